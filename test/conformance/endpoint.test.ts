import { describe, expect, it } from 'vitest';
import { IOVA, IPA, PA, S1_PAGE, SID } from './nested-machine.ts';
import { AtsMachine, SPLIT } from './ats-machine.ts';
import type { Transaction } from '../../src/model/smmu/smmu.ts';
import { Atc } from '../../src/model/endpoint/atc.ts';
import type { AtcEntry } from '../../src/model/endpoint/atc.ts';
import { Endpoint } from '../../src/model/endpoint/endpoint.ts';
import { EndpointBus } from '../../src/model/endpoint/endpoint-bus.ts';

const entry = (iova: bigint, more: Partial<AtcEntry> = {}): AtcEntry => ({
  ssid: null,
  privileged: false,
  iova,
  size: 0x1000n,
  address: iova + 0x1_0000_0000n,
  space: 'pa',
  read: true,
  write: true,
  execute: false,
  origin: 1,
  ...more,
});
const inv = (more: object) => ({ sid: SID, ssid: null, global: false, iova: 0n, size: 0, ...more });
const iovas = (atc: Atc): bigint[] => atc.entries.map(({ iova }) => iova);

describe('an ATC', () => {
  it('finds the entry that permits the access, of its PASID and privilege', () => {
    const atc = new Atc(4);
    atc.fill(entry(0x2000n, { write: false }));
    atc.fill(entry(0x2000n, { ssid: 1, privileged: true }));
    const find = (access: 'read' | 'write', ssid: number | null = null, privileged = false) =>
      atc.find(0x2fffn, { ssid, privileged, access })?.ssid;
    expect([find('read'), find('write'), find('write', 1, true), find('read', 1), find('read', 2)]).toEqual([
      null,
      undefined,
      1,
      undefined,
      undefined,
    ]);
    expect(atc.find(0x3000n, { ssid: null, privileged: false, access: 'read' })).toBeNull();
  });

  it('keeps as many as it has room for, and one for a page', () => {
    const atc = new Atc(2);
    for (const iova of [0x1000n, 0x2000n, 0x2000n, 0x3000n]) atc.fill(entry(iova));
    expect(iovas(atc)).toEqual([0x2000n, 0x3000n]);
    atc.fill(entry(0n, { size: 0x20_0000n }));
    expect(iovas(atc)).toEqual([0n]);
    const none = new Atc(0);
    none.fill(entry(0x1000n));
    expect(iovas(none)).toEqual([]);
  });

  it('[command.CMD_ATC_INV] invalidates an aligned range, of one PASID, of every PASID, or of none', () => {
    const filled = (): Atc => {
      const atc = new Atc(8);
      for (const iova of [0x1000n, 0x2000n, 0x3000n, 0x4000n]) atc.fill(entry(iova));
      atc.fill(entry(0x1000n, { ssid: 1 }));
      atc.fill(entry(0x1000n, { ssid: 2 }));
      return atc;
    };
    const removed = (more: object): number => filled().invalidate(inv(more));
    // Pages 2 and 3; the low bit of the page number does not count.
    expect(removed({ iova: 0x3000n, size: 1 })).toBe(2);
    expect(removed({ size: 52 })).toBe(4);
    expect(removed({ ssid: 1, iova: 0x1000n })).toBe(1);
    expect(removed({ ssid: 0, global: true, size: 52 })).toBe(2);
    const block = new Atc(1);
    block.fill(entry(0n, { size: 0x20_0000n }));
    expect(block.invalidate(inv({ iova: 0x5000n }))).toBe(1);
  });
});

describe('an endpoint', () => {
  const made = (ste = {}) => {
    const m = new AtsMachine({ ste });
    const bus = new EndpointBus();
    const endpoint = new Endpoint(m.smmu, { sid: SID, entries: 4, answers: true, credits: 1 });
    bus.add(endpoint);
    m.smmu.connect(bus);
    const access = (kind: Transaction['access'] = 'read', iova = IOVA) => endpoint.access({ sid: SID, iova, access: kind }, 4);
    return { m, bus, endpoint, access };
  };

  it('asks once, and then goes out Translated', () => {
    const { endpoint, access } = made();
    expect(access('write', IOVA + 8n)).toMatchObject({ status: 'bypass', pa: PA + 8n, transaction: 2 });
    expect(access('write', IOVA + 16n)).toMatchObject({ status: 'bypass', pa: PA + 16n, transaction: 3 });
    expect(endpoint.atc.entries).toHaveLength(1);
  });

  it('asks again when what it has does not permit the access, and does not access what is not granted', () => {
    const { m, access } = made();
    m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n);
    expect(access().status).toBe('bypass');
    expect(access('write')).toMatchObject({ status: 'fault', response: 'abort', rule: 'atc.refused', transaction: 3 });
    m.mapStage1(IOVA, IPA | S1_PAGE);
    expect(access('write').pa).toBe(PA);
  });

  it('tells what stood behind an empty completion, UR or CA', () => {
    const { m, access } = made();
    m.mapStage1(IOVA, 0n);
    expect(access()).toMatchObject({ status: 'fault', response: 'abort', fault: { name: 'F_TRANSLATION', recorded: false } });
    expect(made({ EATS: 0 }).access().fault?.name).toBe('F_BAD_ATS_TREQ');
    expect(made({ Config: 0 }).access().status).toBe('abort');
    expect(made({ V: false }).access().fault?.name).toBe('C_BAD_STE');
  });

  it('[ste.EATS] split: the IPA is kept, and goes through stage 2', () => {
    const { endpoint, access } = made({ EATS: SPLIT });
    expect(access('read', IOVA + 4n)).toMatchObject({ status: 'success', pa: PA + 4n });
    expect(endpoint.atc.entries[0]).toMatchObject({ address: IPA, space: 'ipa' });
  });

  it('without PASID executes nothing: an instruction fetch is a read', () => {
    expect(made().access('execute').status).toBe('bypass');
  });

  it('[command.CMD_PRI_RESP] page requests: credits, groups, and no more after a Failure', () => {
    const { endpoint, bus } = made();
    const pri = endpoint.pri!;
    const ask = (group: number) => pri.ask({ sid: SID, iova: IOVA, read: true, write: false, group, last: true });
    // PRIQEN is 0 here: the SMMU answers Failure at once.
    expect([ask(1), pri.stopped, pri.outstanding, ask(2)]).toEqual(['discarded', true, 0, 'stopped']);
    expect(endpoint.lastResponse).toMatchObject({ group: 1, code: 'failure', automatic: true });
    bus.respond({ sid: SID, ssid: null, group: 9, code: 'success', automatic: false });
    expect(pri.unexpected).toBe(1);
  });

  it('a bus answers for functions that use no ATS', () => {
    expect(new EndpointBus().invalidate(inv({ size: 52 }))).toBe(true);
  });
});
