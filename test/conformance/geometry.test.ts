import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/model/spec/index.ts';
import { decodeRecord, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { CD_AT, NestedMachine, SID } from './nested-machine.ts';

/** Start levels and index widths of both stages (smmuv3.md 4.4 and 4.5): every TxSZ, granule and S2SL0, legal or not. */

/** An empty table, aligned to more than any table needs. */
const ROOT = 0x4200_0000n;
const GRANULES = { 12: { tg0: 0, tg1: 2, name: '4K' }, 14: { tg0: 2, tg1: 1, name: '16K' }, 16: { tg0: 1, tg1: 3, name: '64K' } } as const;
type Granule = keyof typeof GRANULES;
const granules = [12, 14, 16] as const;

/** All granules, OAS by its code, VAX, STT. */
function machine(oas: number, vax = 0, stt = false): NestedMachine {
  const { IDR3 } = PRESETS['qemu-11'].id;
  return new NestedMachine({ id: { IDR5: 0x70 | oas | (vax << 10), IDR3: stt ? IDR3 | 0x200 : IDR3 & ~0x200 } });
}

/** The first descriptor that an access reads at `stage`: its level and which of its table it is; or the rule that refused before. */
function firstRead(m: NestedMachine, stage: number, iova: bigint): { level: number; index: bigint } | string {
  const buffer = new TraceBuffer();
  m.smmu.setRecorder(new Recorder(buffer));
  const { rule } = m.smmu.translate({ sid: SID, iova, access: 'read' });
  for (let at = 0; at < buffer.count * RECORD_WORDS; at += RECORD_WORDS) {
    const record = decodeRecord(buffer.words, at);
    if (record.kind === 'READ' && record.stage === stage) return { level: record.level!, index: (record.address - ROOT) / 8n };
  }
  return rule;
}

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

/** Stage 1 start level by TxSZ: the first row whose TxSZ reaches. */
// prettier-ignore
const STAGE_1: Readonly<Record<Granule, readonly (readonly [to: number, level: number])[]>> = {
  12: [[24, 0], [33, 1], [42, 2], [48, 3]],
  14: [[16, 0], [27, 1], [38, 2], [48, 3]],
  16: [[21, 1], [34, 2], [47, 3]],
};

describe('stage 1 (4.4) [cd.T0SZ] [cd.T1SZ] [cd.TG0] [cd.TG1] [cd.TTB0] [cd.TTB1] [register.IDR5.VAX] [order.4.1.9a]', () => {
  const cases = granules.flatMap(
    (g) =>
      [
        [g, false, 0],
        [g, true, 0],
        [g, false, 1],
      ] as const,
  );

  it.each(cases)('granule 2^%i, small tables %s, VAX %i: every T0SZ and T1SZ', (g, stt, vax) => {
    const m = machine(6, vax, stt);
    m.ste({ Config: 5, S1ContextPtr: CD_AT });
    const least = g === 16 && vax === 1 ? 12 : 16;
    const most = !stt ? 39 : g === 16 ? 47 : 48;
    for (let txsz = 0; txsz < 64; txsz++) {
      const size = 64 - txsz;
      const legal = txsz >= least && txsz <= most;
      const level = STAGE_1[g].find(([to]) => txsz <= to)?.[1] ?? 3;
      const width = size - ((3 - level) * (g - 3) + g);
      m.cd({ IPS: 6, TTB0: ROOT, T0SZ: txsz, TG0: GRANULES[g].tg0 });
      expect(firstRead(m, 1, ones(size)), `T0SZ ${txsz}`).toEqual(legal ? { level, index: ones(width) } : 'cd.t0sz');
      m.cd({ IPS: 6, EPD0: true, EPD1: false, TTB1: ROOT, T1SZ: txsz, TG1: GRANULES[g].tg1 });
      const lowest = BigInt.asUintN(64, -(1n << BigInt(size)));
      expect(firstRead(m, 1, lowest), `T1SZ ${txsz}`).toEqual(legal ? { level, index: 0n } : 'cd.t1sz');
      if (!legal) continue;
      expect(firstRead(m, 1, ones(64)), `T1SZ ${txsz}`).toEqual({ level, index: ones(width) });
      expect(firstRead(m, 1, lowest - (1n << 12n)), `below T1SZ ${txsz}`).toBe('s1.input-range');
    }
  });

  it('granules that IDR5 does not have, and the reserved codes, are C_BAD_CD [register.IDR5.GRAN4K] [register.IDR5.GRAN16K] [register.IDR5.GRAN64K]', () => {
    for (const g of granules) {
      const m = new NestedMachine({
        id: { IDR5: 0x70 & ~(g === 12 ? 0x10 : g === 14 ? 0x20 : 0x40) },
        ste: { Config: 5, S1ContextPtr: CD_AT },
      });
      for (const other of granules) {
        m.cd({ TTB0: ROOT, TG0: GRANULES[other].tg0, T0SZ: 25, IPS: 0 });
        expect(firstRead(m, 1, 0n) === 'cd.tg0', `without ${GRANULES[g].name}, TG0 ${GRANULES[other].name}`).toBe(other === g);
      }
    }
    const m = machine(4);
    m.ste({ Config: 5, S1ContextPtr: CD_AT });
    m.cd({ TTB0: ROOT, TG0: 3 });
    expect(firstRead(m, 1, 0n)).toBe('cd.tg0');
    m.cd({ TTB0: ROOT, EPD1: false, T1SZ: 16, TG1: 0 });
    expect(firstRead(m, 1, 0n)).toBe('cd.tg1');
  });
});

/** S2SL0: start level and the sizes of IPA it suits, as 4.5 prints them. */
// prettier-ignore
const STAGE_2: Readonly<Record<Granule, readonly (readonly [sl0: number, level: number, min: number, max: number])[]>> = {
  12: [[0, 2, 22, 34], [1, 1, 31, 43], [2, 0, 40, 52], [3, 3, 13, 25]],
  14: [[0, 3, 15, 29], [1, 2, 26, 40], [2, 1, 37, 51]],
  16: [[0, 3, 17, 33], [1, 2, 30, 46], [2, 1, 43, 59]],
};
const OAS = [32, 36, 40, 42, 44, 48, 52];

describe('stage 2 (4.5), up to 16 start tables in one [ste.S2T0SZ] [ste.S2SL0] [ste.S2TG] [ste.S2TTB] [register.IDR3.STT]', () => {
  const cases = granules.flatMap((g) => [...OAS.map((_, code) => [g, code, false] as const), [g, 6, true] as const]);

  it.each(cases)('granule 2^%i, OAS code %i, small tables %s: every S2T0SZ with every S2SL0', (g, code, stt) => {
    const m = machine(code, 0, stt);
    const oas = OAS[code]!;
    const least = Math.max(g === 16 ? 12 : 16, 64 - oas);
    const most = !stt ? 39 : g === 16 ? 47 : 48;
    for (let sl0 = 0; sl0 < 4; sl0++) {
      const row = STAGE_2[g].find(([one]) => one === sl0);
      const reserved = row === undefined || (sl0 === 3 && !stt) || (sl0 === 2 && oas < (g === 14 ? 42 : 44));
      for (let t0sz = 0; t0sz < 64; t0sz++) {
        const size = 64 - t0sz;
        m.ste({ Config: 6, S2TTB: ROOT, S2TG: GRANULES[g].tg0, S2SL0: sl0, S2T0SZ: t0sz, S2PS: 6 });
        const inRange = t0sz >= least && t0sz <= most;
        const legal = inRange && !reserved && size >= row[2] && size <= row[3];
        const width = row === undefined ? 0 : size - ((3 - row[1]) * (g - 3) + g);
        const wanted = legal ? { level: row[1], index: ones(width) } : inRange ? 'ste.s2sl0' : 'ste.s2t0sz';
        expect(firstRead(m, 2, ones(size)), `S2SL0 ${sl0} S2T0SZ ${t0sz}`).toEqual(wanted);
        if (legal && size < oas) expect(firstRead(m, 2, 1n << BigInt(size))).toBe('s2.input-range');
      }
    }
  });

  it('S2TG 3 is reserved', () => {
    const m = machine(4);
    m.ste({ S2TG: 3 });
    expect(firstRead(m, 2, 0n)).toBe('ste.s2tg');
  });
});
