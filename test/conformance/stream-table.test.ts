import { describe, expect, it } from 'vitest';
import { PhysicalMemory } from '../../src/model/memory/physical-memory.ts';
import { NO_CACHES } from '../../src/model/smmu/options.ts';
import { Smmu } from '../../src/model/smmu/smmu.ts';
import { encode, PRESETS, STE } from '../../src/model/spec/index.ts';
import { fieldsOf } from './nested-machine.ts';

/** Where the STE of a StreamID is (smmuv3.md 2.1; IHI 0070 3.3.1, 5.1, 6.3.24, 6.3.25). */

const TABLE = 0x4010_0000n;
const LEVEL_1 = 0x4020_0000n;
const BYPASS = new Uint32Array(16);
encode(STE, { V: true, Config: 4 }, BYPASS, 0);

interface Setting {
  readonly base: bigint;
  readonly log2Size: number;
  /** Present: two-level. */
  readonly split?: number;
  readonly sidSize?: number;
  /** Further memory, for STEs far away. */
  readonly far?: bigint;
}

class StreamTableMachine {
  readonly memory: PhysicalMemory;
  readonly smmu: Smmu;

  constructor({ base, log2Size, split, sidSize = 16, far }: Setting) {
    this.memory = new PhysicalMemory([
      { base: 0x4000_0000n, size: 64n << 20n },
      ...(far === undefined ? [] : [{ base: far, size: 4096n }]),
    ]);
    const { id } = PRESETS['qemu-11'];
    this.smmu = new Smmu({ id: { ...id, IDR1: (id.IDR1 & ~0x3f) | sidSize }, memory: this.memory, caches: NO_CACHES });
    this.smmu.write32(0x2c, 2);
    this.smmu.write64(0x80, base);
    this.smmu.write32(0x88, log2Size | (split === undefined ? 0 : (split << 6) | (1 << 16)));
    this.smmu.write32(0x20, 1);
  }

  /** Puts a bypass STE at a PA. */
  put(pa: bigint): this {
    expect(this.memory.writeBytes(pa, new Uint8Array(BYPASS.buffer))).toBe(true);
    return this;
  }

  word(pa: bigint, value: bigint): this {
    this.memory.write64(pa, value);
    return this;
  }

  /** `found` for the bypass STE, else the event's name. */
  ask(sid: number): string {
    const { status, events } = this.smmu.translate({ sid, iova: 0x1000n, access: 'read' });
    return status === 'bypass' ? 'found' : fieldsOf(events[0]!).name;
  }

  fetchAddress(sid: number): unknown {
    return fieldsOf(this.smmu.translate({ sid, iova: 0n, access: 'read' }).events[0]!)['FetchAddr'];
  }
}

describe('linear [order.4.1.2] [register.STRTAB_BASE.ADDR] [register.STRTAB_BASE_CFG.LOG2SIZE] [register.IDR1.SIDSIZE]', () => {
  it('the STE is at base + StreamID * 64, up to 2^LOG2SIZE', () => {
    const m = new StreamTableMachine({ base: TABLE, log2Size: 4 });
    m.put(TABLE)
      .put(TABLE + 15n * 64n)
      .put(TABLE + 16n * 64n);
    expect([0, 15, 14, 16].map((sid) => m.ask(sid))).toEqual(['found', 'found', 'C_BAD_STE', 'C_BAD_STREAMID']);
  });

  it('the base is aligned to the table: 2^(LOG2SIZE + 6) bytes (6.3.24)', () => {
    for (const log2Size of [0, 1, 4, 8, 13]) {
      const bytes = 64n << BigInt(log2Size);
      const m = new StreamTableMachine({ base: TABLE + bytes - 64n, log2Size }).put(TABLE);
      expect(m.ask(0), `LOG2SIZE ${log2Size}`).toBe('found');
    }
  });

  it('LOG2SIZE beyond SIDSIZE: the range is 2^SIDSIZE, the alignment that of the value written (gotcha 20) [gotcha.20]', () => {
    const m = new StreamTableMachine({ base: TABLE + 0x1000n, log2Size: 10, sidSize: 6 }).put(TABLE).put(TABLE + 63n * 64n);
    expect([0, 63, 64].map((sid) => m.ask(sid))).toEqual(['found', 'found', 'C_BAD_STREAMID']);
  });

  it('SIDSIZE 32: the upper half of the StreamIDs is found beyond 128 GiB, not below the base', () => {
    const sid = 0x8000_0040;
    const far = BigInt(sid) * 64n;
    const m = new StreamTableMachine({ base: 0n, log2Size: 32, sidSize: 32, far }).put(far);
    expect(m.ask(sid)).toBe('found');
    expect(m.ask(sid + 1)).toBe('C_BAD_STE');
    expect(m.fetchAddress(0xffff_ffff)).toBe(0xffff_ffffn * 64n);
    const [record] = m.smmu.translate({ sid: sid + 1, iova: 0n, access: 'read' }).events;
    expect(fieldsOf(record!)['StreamID']).toBe(sid + 1);
  });

  it('an STE beyond OAS is F_STE_FETCH, and its address is told (7.3.4) [event.F_STE_FETCH] [order.4.1.3] [rule.ste.fetch]', () => {
    const m = new StreamTableMachine({ base: 1n << 46n, log2Size: 4 });
    expect(m.ask(3)).toBe('F_STE_FETCH');
    expect(m.fetchAddress(3)).toBe((1n << 46n) + 0xc0n);
  });
});

describe('two levels [register.STRTAB_BASE_CFG.FMT] [register.STRTAB_BASE_CFG.SPLIT] [register.IDR0.ST_LEVEL]', () => {
  const l1std = (at: bigint, span: number): bigint => at | BigInt(span);
  /** LOG2SIZE 12, SPLIT 8: 16 descriptors of up to 256 STEs. */
  const two = (split = 8, log2Size = 12, base = LEVEL_1): StreamTableMachine => new StreamTableMachine({ base, log2Size, split });

  it.each([6, 8, 10])('SPLIT %i: the descriptor is StreamID[n-1:SPLIT], the STE StreamID[SPLIT-1:0]', (split) => {
    const last = (1 << split) - 1;
    const m = two(split)
      .word(LEVEL_1 + 3n * 8n, l1std(TABLE, split + 1))
      .put(TABLE + BigInt(last) * 64n);
    expect(m.ask((3 << split) | last)).toBe('found');
    expect(m.ask((2 << split) | last)).toBe('C_BAD_STREAMID');
  });

  it.each([0, 7, 9, 11, 31])('SPLIT %i is reserved and acts as 6 (6.3.25)', (split) => {
    expect(
      two(split)
        .word(LEVEL_1 + 8n, l1std(TABLE, 7))
        .put(TABLE + 5n * 64n)
        .ask(64 + 5),
    ).toBe('found');
  });

  it('every Span: 0, above 11 and above SPLIT + 1 are C_BAD_STREAMID, else 2^(Span-1) STEs (5.1, gotcha 21) [gotcha.21] [event.C_BAD_STREAMID] [rule.sid.l1std]', () => {
    for (const split of [6, 8, 10]) {
      for (let span = 0; span < 32; span++) {
        const m = two(split).word(LEVEL_1, l1std(TABLE, span));
        const legal = span > 0 && span < 12 && span <= split + 1;
        const last = legal ? 2 ** (span - 1) - 1 : 0;
        m.put(TABLE + BigInt(last) * 64n);
        expect(m.ask(last), `SPLIT ${split} Span ${span}`).toBe(legal ? 'found' : 'C_BAD_STREAMID');
        if (last + 1 < 1 << split) expect(m.ask(last + 1)).toBe('C_BAD_STREAMID');
        m.memory.release();
      }
    }
  });

  it('L2Ptr is aligned to the table that Span makes: bits [5 + Span - 1 : 0] count as 0', () => {
    for (const span of [1, 4, 9]) {
      const stray = (64n << BigInt(span - 1)) - 64n;
      expect(
        two()
          .word(LEVEL_1, l1std(TABLE | stray, span))
          .put(TABLE)
          .ask(0),
        `Span ${span}`,
      ).toBe('found');
    }
  });

  it('SPLIT at or above the StreamID size: one descriptor', () => {
    const m = two(8, 5)
      .word(LEVEL_1, l1std(TABLE, 6))
      .put(TABLE + 31n * 64n);
    expect([31, 32].map((sid) => m.ask(sid))).toEqual(['found', 'C_BAD_STREAMID']);
  });

  it('the base is aligned to the descriptors, and to 64 bytes at least (6.3.24)', () => {
    expect(
      two(6, 12, LEVEL_1 + 0x1c0n)
        .word(LEVEL_1, l1std(TABLE, 1))
        .put(TABLE)
        .ask(0),
    ).toBe('found');
    expect(
      two(6, 5, LEVEL_1 + 0x40n)
        .word(LEVEL_1 + 0x40n, l1std(TABLE, 1))
        .put(TABLE)
        .ask(0),
    ).toBe('found');
  });

  it('a descriptor outside memory and an L2Ptr beyond OAS or memory are F_STE_FETCH with their address (7.3.4)', () => {
    expect(two(8, 12, 0x7000_0000n).fetchAddress(0x105)).toBe(0x7000_0008n);
    expect(
      two()
        .word(LEVEL_1 + 8n, l1std(1n << 45n, 9))
        .fetchAddress(0x105),
    ).toBe((1n << 45n) + 0x140n);
    expect(
      two()
        .word(LEVEL_1 + 8n, l1std(0x7000_0000n, 9))
        .fetchAddress(0x105),
    ).toBe(0x7000_0140n);
  });
});
