import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import type { FieldValue } from '../../src/model/spec/index.ts';
import { AtsMachine, CHECKED, FULL, REC_CFG_ATS, RECINVSID, SPLIT, UNCHECKED, titled } from './ats-machine.ts';
import { ABORTS, eventOf, IOVA, IPA, PA, S2_PAGE, SID } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

/** Translated transactions: every row of IHI 0070 3.9.1.3. The address is what a completion gave, a PA or an IPA. */

interface Row {
  readonly title: string;
  readonly machine?: MachineOptions;
  readonly bend?: (m: AtsMachine) => void;
  readonly address?: bigint;
  readonly sid?: number;
  readonly status: Outcome['status'];
  readonly event: Readonly<Record<string, FieldValue | string>> | null;
}

const forbidden = { name: 'F_TRANSL_FORBIDDEN', StreamID: SID, RnW: true, InputAddr: PA };
const S2 = { name: 'F_TRANSLATION', S2: true, Class: 2, PnU: false, InD: false, SSV: false };

const rows: readonly Row[] = [
  {
    title: '[order.4.3.1] [rule.translated.disabled] [register.CR0.SMMUEN] [event.F_TRANSL_FORBIDDEN] SMMUEN 0 aborts',
    bend: (m) => m.smmu.write32(0x20, CHECKED & ~1),
    status: 'fault',
    event: forbidden,
  },
  {
    title: '[order.4.3.2] [rule.translated.unchecked] [register.CR0.ATSCHK] ATSCHK 0 passes without STE, whatever its stream',
    machine: { ste: { V: false } },
    bend: (m) => m.smmu.write32(0x20, UNCHECKED),
    sid: 0x4000,
    status: 'bypass',
    event: null,
  },
  {
    title: '[order.4.3.2] [rule.translated.oas] ATSCHK 0: beyond OAS aborts without event',
    bend: (m) => m.smmu.write32(0x20, UNCHECKED),
    address: 1n << 45n,
    status: 'abort',
    event: null,
  },
  { title: '[order.4.3.4] Config 000 aborts silently', machine: { ste: { Config: 0 } }, status: 'abort', event: null },
  { title: '[order.4.3.5] [rule.translated.forbidden] Config 100 is forbidden', machine: { ste: { Config: 4 } }, status: 'fault', event: forbidden },
  { title: '[order.4.3.5] [ste.EATS] EATS 0 is forbidden', machine: { ste: { EATS: 0 } }, status: 'fault', event: forbidden },
  { title: '[order.4.3.5] [ste.EATS] EATS 3 acts as 0', machine: { ste: { EATS: 3 } }, status: 'fault', event: forbidden },
  { title: '[order.4.3.6] [rule.translated.full] [ste.EATS] EATS 1 passes to the PA', status: 'bypass', event: null },
  { title: '[order.4.3.6] EATS 1: beyond OAS aborts without event', address: 1n << 45n, status: 'abort', event: null },
  {
    title: '[order.4.3.6] [ste.S1DSS] without IDR3.PASIDTT the substream is not looked at: S1DSS 0 refuses nothing',
    machine: { ste: { S1CDMax: 2, S1DSS: 0 } },
    status: 'bypass',
    event: null,
  },
  { title: '[order.4.3.6] no CD is fetched', machine: { ste: { S1ContextPtr: ABORTS }, cd: { V: false } }, status: 'bypass', event: null },
  {
    title: '[order.4.3.7] [event.F_ADDR_SIZE] EATS 2: beyond IAS is a stage 1 address size fault',
    machine: { ste: { EATS: SPLIT } },
    address: 1n << 45n,
    status: 'fault',
    event: { name: 'F_ADDR_SIZE', S2: false, Class: 2 },
  },
  {
    title: '[order.4.3.7] [event.F_TRANSLATION] EATS 2: stage 2 faults are told',
    machine: { ste: { EATS: SPLIT } },
    address: IPA + 0x5000n,
    status: 'fault',
    event: { ...S2, IPA: IPA + 0x5000n, InputAddr: IPA + 0x5000n },
  },
  {
    title: '[order.4.3.7] [ste.S2R] EATS 2: not without S2R',
    machine: { ste: { EATS: SPLIT, S2R: false } },
    address: IPA + 0x5000n,
    status: 'fault',
    event: null,
  },
];

const unconfigured: readonly Row[] = [
  { title: '[event.C_BAD_STREAMID]', sid: 0x4000, status: 'fault', event: { name: 'C_BAD_STREAMID' } },
  { title: '[event.F_STE_FETCH]', bend: (m) => m.moveStreamTable(ABORTS), status: 'fault', event: { name: 'F_STE_FETCH' } },
  { title: '[event.C_BAD_STE]', machine: { ste: { V: false } }, status: 'fault', event: { name: 'C_BAD_STE' } },
];

function check({ machine, bend, address = PA, sid = SID, status, event }: Row, cr2 = RECINVSID | REC_CFG_ATS): void {
  const m = new AtsMachine({ cr2, ...machine });
  bend?.(m);
  const outcome = m.smmu.translated({ sid, ssid: 3, iova: address, access: 'read', privileged: true });
  expect(outcome.status).toBe(status);
  if (status === 'bypass') expect(outcome.pa).toBe(address);
  const told = eventOf(outcome);
  if (event === null) expect(told).toBeNull();
  else expect(told).toMatchObject(event);
}

describe('a Translated transaction', () => {
  it.each(titled(rows))('%s', (_title, row) => check(row));

  it.each(titled(unconfigured))('[order.4.3.3] [gotcha.3] %s is told with REC_CFG_ATS, whatever RECINVSID says', (_title, row) => {
    check(row, REC_CFG_ATS);
    check({ ...row, event: null }, RECINVSID);
  });

  it('[order.4.3.7] [ste.EATS] EATS 2: the IPA goes through stage 2 alone, as unprivileged data', () => {
    const m = new AtsMachine({ ste: { EATS: SPLIT } });
    const outcome = m.smmu.translated({ sid: SID, iova: IPA + 0x123n, access: 'execute', privileged: true });
    expect(outcome).toMatchObject({ status: 'success', pa: PA + 0x123n, pageSize: 0x1000n });
    m.mapStage2(IPA, PA | (S2_PAGE & ~0x80n));
    expect(eventOf(m.smmu.translated({ sid: SID, iova: IPA, access: 'write' }))).toMatchObject({
      name: 'F_PERMISSION',
      S2: true,
      RnW: false,
    });
  });

  it('[ste.PRIVCFG] [ste.INSTCFG] EATS 2: the overrides of the STE count', () => {
    // XN[1:0] = 11: only privileged software executes; without XNX bit 54 alone counts.
    const m = new AtsMachine({ ste: { EATS: SPLIT, INSTCFG: 3, PRIVCFG: 3 }, id: { IDR3: 0x1414 } });
    m.mapStage2(IPA, PA | S2_PAGE | (3n << 53n));
    expect(m.smmu.translated({ sid: SID, iova: IPA, access: 'read' }).status).toBe('success');
    m.setSte('PRIVCFG', 2);
    expect(eventOf(m.smmu.translated({ sid: SID, iova: IPA, access: 'read' }))).toMatchObject({
      name: 'F_PERMISSION',
      PnU: false,
      InD: true,
    });
  });

  it('EATS 2: IPA-keyed TLB entries serve it, and CMD_TLBI_S2_IPA reaches them', () => {
    const m = new AtsMachine({ caches: DEFAULT_CACHES, ste: { EATS: SPLIT } });
    const read = () => m.smmu.translated({ sid: SID, iova: IPA, access: 'read' });
    expect(read().pa).toBe(PA);
    m.mapStage2(IPA, 0n);
    expect(read()).toMatchObject({ pa: PA, reads: 0 });
    m.command(0x2an | (3n << 32n), IPA);
    expect(eventOf(read())?.name).toBe('F_TRANSLATION');
  });

  it('does not disturb the configuration of ordinary transactions', () => {
    const m = new AtsMachine({ caches: DEFAULT_CACHES, ste: { EATS: FULL } });
    expect(m.access().pa).toBe(PA);
    m.smmu.translated({ sid: SID, iova: PA, access: 'read' });
    expect(m.access('read', { iova: IOVA })).toMatchObject({ pa: PA, reads: 0 });
  });

  it('choice translated.oas: an address beyond OAS is cut to it', () => {
    const m = new AtsMachine({ choices: { 'translated.oas': 'truncate' } });
    expect(m.smmu.translated({ sid: SID, iova: (1n << 45n) | PA, access: 'read' })).toMatchObject({ status: 'bypass', pa: PA });
  });

  it('3.9.1: without IDR0.ATS it aborts', () => {
    expect(new AtsMachine({ id: { IDR0: 0x0d44_101b } }).smmu.translated({ sid: SID, iova: PA, access: 'read' }).status).toBe('abort');
  });
});
