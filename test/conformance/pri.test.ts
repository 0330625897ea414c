import { describe, expect, it } from 'vitest';
import type { AtcInvalidation, PageResponse } from '../../src/model/smmu/ats/endpoints.ts';
import type { PageRequest } from '../../src/model/smmu/pri/page-request.ts';
import { PPR } from '../../src/model/smmu/queues/pri-queue.ts';
import { decode, PRI_ENTRY } from '../../src/model/spec/index.ts';
import type { IdRegisters } from '../../src/model/spec/index.ts';
import { ATS_ID, AtsMachine, REC_CFG_ATS, RECINVSID } from './ats-machine.ts';
import { ABORTS, IOVA, SID } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

/** Page requests and what goes to devices: IHI 0070 4.5, 7.1, 8.1 and 8.2. */

const PRI_QUEUE = 0x401c_0000n;
const PRIQ_BASE = 0xc0;
const PRIQ_PROD = 0x100c8;
const PRIQ_CONS = 0x100cc;
const LO = 0xdc;
const OVFLG = 0x8000_0000;
const GERROR = 0x60;
const GERRORN = 0x64;
const PRIQ_ABT_ERR = 8;
const PPS: Partial<IdRegisters> = { IDR3: 0x1434 };

class PriMachine extends AtsMachine {
  readonly responses: PageResponse[] = [];
  readonly invalidations: AtcInvalidation[] = [];
  answers = true;
  /** Of the PRI queue. */
  interrupts = 0;

  /** A PRI queue of four entries. */
  constructor(options: MachineOptions & { readonly base?: bigint; readonly lastOnly?: boolean; readonly cr0?: number } = {}) {
    super({ ...options, onInterrupt: (source) => void (this.interrupts += source === 'PRIQ' ? 1 : 0) }, 0);
    this.smmu.connect({
      respond: (response) => this.responses.push(response),
      invalidate: (invalidation) => {
        this.invalidations.push(invalidation);
        return this.answers;
      },
    });
    this.smmu.write64(PRIQ_BASE, (options.base ?? PRI_QUEUE) | 2n);
    this.smmu.write32(PRIQ_PROD, 0);
    this.smmu.write32(PRIQ_CONS, 0);
    if (options.lastOnly === true) this.smmu.write32(LO, OVFLG);
    this.smmu.write32(0x50, 2);
    this.smmu.write32(0x20, options.cr0 ?? 0b1_1111);
  }

  ask(extra: Partial<PageRequest> = {}): number {
    return this.smmu.pageRequest({ sid: SID, iova: IOVA, read: true, write: false, group: 7, last: true, ...extra });
  }

  get prod(): number {
    return this.smmu.read32(PRIQ_PROD);
  }

  fill(): void {
    for (let group = 0; group < 4; group++) expect(this.ask({ group })).toBe(PPR.WRITTEN);
  }
}

const failure = { sid: SID, ssid: null, group: 7, code: 'failure', automatic: true };
const success = { ...failure, code: 'success' };

describe('the PRI queue takes a request', () => {
  it('[order.8.1.1] [register.PRIQ_PROD.WR] as an entry, and moves PROD', () => {
    const m = new PriMachine();
    m.ask({ ssid: 5, write: true, execute: true, privileged: true, iova: IOVA + 0xabcn, group: 0x1ff, last: false });
    expect(m.prod).toBe(1);
    expect(decode(PRI_ENTRY, m.smmu.priQueue.entries()[0]!, 0)).toMatchObject({
      StreamID: SID,
      SSV: true,
      SubstreamID: 5,
      Priv: true,
      X: true,
      R: true,
      W: true,
      Last: false,
      PRGIndex: 0x1ff,
      Address: IOVA,
    });
    expect(m.responses).toEqual([]);
  });

  it('[order.8.1.1] without PASID X and Priv are 0', () => {
    const m = new PriMachine();
    m.ask({ execute: true, privileged: true });
    expect(decode(PRI_ENTRY, m.smmu.priQueue.entries()[0]!, 0)).toMatchObject({ SSV: false, X: false, Priv: false, SubstreamID: 0 });
  });

  it('[order.8.1.1] whatever EATS and ATSCHK say', () => {
    expect(new PriMachine({ ste: { EATS: 0 } }).ask()).toBe(PPR.WRITTEN);
  });

  it('[order.8.1.1] a stop marker is written like a request; the same bits without PASID are a request', () => {
    const m = new PriMachine();
    expect([m.ask({ ssid: 1, read: false }), m.ask({ read: false })]).toEqual([PPR.WRITTEN, PPR.WRITTEN]);
  });
});

describe('interrupts of the PRI queue', () => {
  const interrupts = (m: PriMachine, act: () => void): number => {
    const before = m.interrupts;
    act();
    return m.interrupts - before;
  };

  it('[register.PRIQ_IRQ_CFG2.LO] LO 0: when the queue was empty', () => {
    const m = new PriMachine();
    expect(interrupts(m, () => [m.ask({ last: false }), m.ask(), m.ask()])).toBe(1);
    m.smmu.write32(PRIQ_CONS, m.prod);
    expect(interrupts(m, () => m.ask({ last: false }))).toBe(1);
  });

  it('[register.PRIQ_IRQ_CFG2.LO] LO 1: for the last of a group, lost in an overflow too', () => {
    const m = new PriMachine({ lastOnly: true });
    expect(interrupts(m, () => [m.ask({ last: false }), m.ask(), m.ask({ last: false }), m.ask()])).toBe(2);
    expect(interrupts(m, () => [m.ask({ last: false }), m.ask()])).toBe(1);
  });
});

describe('a request that the queue cannot take', () => {
  it.each([
    ['[register.CR0.PRIQEN] PRIQEN 0', { cr0: 0b1_1101 }],
    ['[register.CR0.SMMUEN] SMMUEN 0 makes the effective PRIQEN 0', { cr0: 0b1_1110 }],
  ])('[order.8.1.2] %s: discarded, Failure without PASID, but nothing for a stop marker', (_title, options) => {
    const m = new PriMachine(options);
    expect([m.ask({ ssid: 3 }), m.ask({ last: false }), m.ask({ ssid: 3, read: false })]).toEqual([
      PPR.DISABLED,
      PPR.DISABLED,
      PPR.DISABLED,
    ]);
    expect(m.responses).toEqual([failure, failure]);
    expect(m.prod).toBe(0);
  });

  it('[order.8.1.5] [register.GERROR.PRIQ_ABT_ERR] a write that aborts: Failure, and Failure for all that follow until it is acknowledged', () => {
    const m = new PriMachine({ base: ABORTS });
    expect([m.ask(), m.ask({ ssid: 1 })]).toEqual([PPR.ABORTED, PPR.ERROR]);
    expect(m.smmu.read32(GERROR)).toBe(PRIQ_ABT_ERR);
    expect([m.responses, m.prod]).toEqual([[failure, failure], 0]);
    m.smmu.write32(GERRORN, PRIQ_ABT_ERR);
    expect(m.ask()).toBe(PPR.ABORTED);
  });

  it('[order.8.1.3] [gotcha.15] [register.PRIQ_PROD.OVFLG] [register.PRIQ_CONS.OVACKFLG] a full queue flags the overflow and takes nothing until it is acknowledged, room or not', () => {
    const m = new PriMachine();
    m.fill();
    expect(m.ask({ last: false })).toBe(PPR.FULL);
    expect([m.prod, m.responses]).toEqual([(OVFLG | 4) >>> 0, []]);
    m.smmu.write32(PRIQ_CONS, 4);
    expect(m.ask()).toBe(PPR.OVERFLOWED);
    expect([m.prod, m.responses]).toEqual([(OVFLG | 4) >>> 0, [success]]);
    m.smmu.write32(PRIQ_CONS, (OVFLG | 4) >>> 0);
    expect(m.ask()).toBe(PPR.WRITTEN);
    expect(m.prod).toBe((OVFLG | 5) >>> 0);
  });

  const overflowed = (options: MachineOptions = {}): PriMachine => {
    const m = new PriMachine(options);
    m.fill();
    return m;
  };
  const withPasid = (options: MachineOptions): PageResponse[] => {
    const m = overflowed(options);
    m.ask({ ssid: 3 });
    return m.responses;
  };

  it('[order.8.1.3] overflow: the last of a group without PASID gets Success without PASID, a stop marker nothing', () => {
    const m = overflowed();
    m.ask();
    m.ask({ ssid: 2, read: false });
    expect(m.responses).toEqual([success]);
  });

  it('[order.8.1.4] [register.IDR3.PPS] overflow with PASID: PPS 1 answers with it', () => {
    expect(withPasid({ id: PPS })).toEqual([{ ...success, ssid: 3 }]);
    expect(withPasid({ id: PPS, ste: { V: false } })).toEqual([{ ...success, ssid: 3 }]);
  });

  it('[order.8.1.4] [ste.PPAR] overflow with PASID: PPS 0 asks STE.PPAR', () => {
    expect([withPasid({}), withPasid({ ste: { PPAR: true } })]).toEqual([[success], [{ ...success, ssid: 3 }]]);
  });

  it('[order.8.1.4] [register.CR2.REC_CFG_ATS] overflow with PASID: an STE that is ILLEGAL or unavailable gives Failure, told with REC_CFG_ATS', () => {
    const asked = (cr2: number, sid: number, options: MachineOptions = {}): [PageResponse[], number] => {
      const m = overflowed({ cr2, ...options });
      m.ask({ sid, ssid: 3 });
      return [m.responses, m.smmu.eventQueue.entries().length];
    };
    const bad = { ste: { V: false } };
    expect(asked(0, SID, bad)).toEqual([[failure], 0]);
    expect(asked(REC_CFG_ATS, SID, bad)).toEqual([[failure], 1]);
    expect(asked(REC_CFG_ATS, 0x4000)).toEqual([[{ ...failure, sid: 0x4000 }], 0]);
    expect(asked(REC_CFG_ATS | RECINVSID, 0x4000)).toEqual([[{ ...failure, sid: 0x4000 }], 1]);
  });
});

describe('commands to devices', () => {
  const ATC_INV = 0x40n | (BigInt(SID) << 32n);
  const SYNC = 0x46n;
  const CMDQ_CONS = 0x9c;
  const CERROR = (m: PriMachine): number => (m.smmu.read32(CMDQ_CONS) >>> 24) & 0x7f;

  it('[command.CMD_ATC_INV] says which translations: SSV, SubstreamID, Global with SSV only, Size', () => {
    const m = new PriMachine();
    m.command(ATC_INV, IOVA | 3n);
    m.command(ATC_INV | (1n << 9n), 52n);
    m.command(ATC_INV | (1n << 11n) | (6n << 12n), IOVA);
    m.command(ATC_INV | (1n << 11n) | (1n << 9n), 63n);
    const base = { sid: SID, ssid: null, global: false };
    expect(m.invalidations).toEqual([
      { ...base, iova: IOVA, size: 3 },
      { ...base, iova: 0n, size: 52 },
      { ...base, ssid: 6, iova: IOVA, size: 0 },
      { ...base, ssid: 0, global: true, iova: 0n, size: 52 },
    ]);
  });

  it('[order.8.2.3] [command.CMD_SYNC] [register.CMDQ_CONS.ERR] a device that does not answer stops the queue at the CMD_SYNC, which is executed again', () => {
    const m = new PriMachine();
    m.answers = false;
    m.command(ATC_INV, IOVA);
    expect([m.smmu.read32(CMDQ_CONS), m.smmu.read32(GERROR)]).toEqual([1, 0]);
    m.command(SYNC);
    expect([m.smmu.read32(CMDQ_CONS) & 0xff, CERROR(m), m.smmu.read32(GERROR)]).toEqual([1, 3, 1]);
    m.smmu.write32(GERRORN, 1);
    expect(m.smmu.read32(CMDQ_CONS) & 0xff).toBe(2);
    expect(m.invalidations).toHaveLength(1);
    // What was told is forgotten: the next CMD_SYNC completes.
    m.command(SYNC);
    expect(m.smmu.read32(CMDQ_CONS) & 0xff).toBe(3);
  });

  it('choices: a Size above 52 is illegal; PROD moves past a request that memory refused', () => {
    const illegal = new PriMachine({ choices: { 'atc-inv.size': 'CERROR_ILL' } });
    illegal.command(ATC_INV, 53n);
    expect([CERROR(illegal), illegal.invalidations]).toEqual([1, []]);
    const asynchronous = new PriMachine({ base: ABORTS, choices: { 'PRIQ.write-abort': 'asynchronous' } });
    expect([asynchronous.ask(), asynchronous.prod, asynchronous.responses]).toEqual([PPR.ABORTED, 1, [failure]]);
  });

  it('[command.CMD_PRI_RESP] carries group, PASID and code; a reserved code is CERROR_ILL', () => {
    const m = new PriMachine();
    const resp = 0x41n | (BigInt(SID) << 32n);
    m.command(resp, 7n | (2n << 12n));
    m.command(resp | (1n << 11n) | (4n << 12n), 8n | (1n << 12n));
    m.command(resp, 9n);
    expect(m.responses).toEqual([
      { sid: SID, ssid: null, group: 7, code: 'success', automatic: false },
      { sid: SID, ssid: 4, group: 8, code: 'invalid', automatic: false },
      { sid: SID, ssid: null, group: 9, code: 'failure', automatic: false },
    ]);
    m.command(resp, 9n | (3n << 12n));
    expect([CERROR(m), m.responses.length]).toEqual([1, 3]);
  });

  it('[order.8.2.2] [register.CR0.SMMUEN] [command.CMD_ATC_INV] [command.CMD_PRI_RESP] both are ignored while SMMUEN is 0', () => {
    const m = new PriMachine({ cr0: 0b1_1110 });
    m.answers = false;
    m.command(ATC_INV, IOVA);
    m.command(0x41n | (BigInt(SID) << 32n), 7n);
    m.command(SYNC);
    expect([m.invalidations, m.responses, m.smmu.read32(CMDQ_CONS)]).toEqual([[], [], 3]);
  });

  it('4.1.3: they are illegal on an SMMU without ATS, or PRI', () => {
    for (const [bit, d0] of [
      [10, ATC_INV],
      [16, 0x41n],
    ] as const) {
      const m = new PriMachine({ id: { IDR0: ATS_ID.IDR0 & ~(1 << bit) } });
      m.command(d0);
      expect(CERROR(m)).toBe(1);
    }
  });
});
