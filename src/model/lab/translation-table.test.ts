import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Granule } from './data.ts';
import { stage2Format, stage2Leaf } from './descriptor-format.ts';
import { granuleBytes, leafBytes } from './geometry.ts';
import { TranslationTable } from './translation-table.ts';
import type { TableMemory } from './translation-table.ts';

const LEAF = { access: 'rw', execute: 'both', memory: 'normal', AF: true, block: null, descriptor: {} } as const;

class Words implements TableMemory {
  readonly words = new Map<bigint, bigint>();
  tables = 0;
  #next = 0x1_0000n;
  readonly limit: number;

  constructor(limit = 10_000) {
    this.limit = limit;
  }

  read64(address: bigint): bigint | null {
    return this.words.get(address) ?? 0n;
  }

  write64(address: bigint, value: bigint): boolean {
    this.words.set(address, value);
    return true;
  }

  allocateTable(_level: number, size: bigint, align: bigint): bigint | null {
    if (this.tables === this.limit) return null;
    this.tables++;
    const address = this.#next + BigInt.asUintN(64, -this.#next) % align;
    this.#next = address + size;
    return address;
  }
}

function tableOf(granule: Granule, startLevel: number, inputBits: number, memory = new Words()): { table: TranslationTable; memory: Words } {
  const table = TranslationTable.create(stage2Format(granule), { startLevel, inputBits, inputBase: 0n }, memory);
  if (!table.ok) throw new Error(table.error.message);
  return { table: table.value, memory };
}

const encode = (granule: Granule) => stage2Leaf(granule, LEAF, false);

test('takes the largest leaves that alignment and size allow', () => {
  const { table, memory } = tableOf('4K', 0, 44);
  const mapped = table.map(0x1f_f000n, 0x801f_f000n, 0x40_2000n, null, encode('4K'));
  expect(mapped.ok).toBe(true);
  expect(table.find(0x1f_f000n)).toMatchObject({ level: 3, output: 0x801f_f000n });
  expect(table.find(0x20_0000n)).toMatchObject({ level: 2, output: 0x8020_0000n });
  expect(table.find(0x5f_ffffn)).toMatchObject({ level: 2, input: 0x40_0000n, output: 0x8040_0000n });
  expect(table.find(0x60_0fffn)).toMatchObject({ level: 3, output: 0x8060_0000n });
  expect(table.find(0x60_1000n)).toBeNull();
  expect(memory.tables).toBe(5);
});

test('a forced leaf size, and what cannot be mapped with it', () => {
  const { table } = tableOf('4K', 0, 44);
  expect(table.map(0n, 0x8000_0000n, 0x20_0000n, 0x1000n, encode('4K')).ok).toBe(true);
  expect(table.find(0n)?.level).toBe(3);
  const refused = table.map(0x1000n, 0n, 0x20_0000n, 0x20_0000n, encode('4K'));
  expect(refused).toMatchObject({ ok: false, error: { code: 'misaligned' } });
});

test('a map of millions of pages is refused at once', () => {
  const { table } = tableOf('4K', 0, 48);
  expect(table.map(0n, 0x1000n, 1n << 40n, null, encode('4K'))).toMatchObject({ ok: false, error: { code: 'too-many-leaves' } });
  expect(table.map(0n, 1n << 40n, 1n << 40n, null, encode('4K')).ok).toBe(true);
});

test('unmapping a part splits the block and keeps the attributes of the rest', () => {
  const { table } = tableOf('4K', 0, 44);
  const readOnly = stage2Leaf('4K', { ...LEAF, access: 'ro', memory: 'device', execute: 'none' }, false);
  table.map(0x20_0000n, 0x8020_0000n, 0x20_0000n, null, readOnly);
  expect(table.unmap(0x20_3000n, 0x1000n)).toEqual({ ok: true, value: 0x1000n });
  expect(table.find(0x20_3000n)).toBeNull();
  const left = table.find(0x20_4000n);
  expect(left).toMatchObject({ level: 3, output: 0x8020_4000n });
  expect(left?.word).toBe(readOnly(3, 0x8020_4000n));
  expect(table.unmap(0n, 0x20_0000n)).toEqual({ ok: true, value: 0n });
});

test('memory that runs out is an error, not an exception', () => {
  const { table } = tableOf('4K', 0, 44, new Words(2));
  expect(table.map(0n, 0n, 0x1000n, null, encode('4K'))).toMatchObject({ ok: false, error: { code: 'memory-full' } });
});

test('a 64K granule holds output bits [51:48] in descriptor bits [15:12]', () => {
  const { table } = tableOf('64K', 1, 48);
  table.map(0n, 0xa_8000_0001_0000n, 0x1_0000n, null, encode('64K'));
  expect(table.find(0x1234n)?.output).toBe(0xa_8000_0001_0000n);
  expect((table.find(0n)?.word ?? 0n) & 0xf000n).toBe(0xa000n);
});

test.each(['4K', '16K', '64K'] as const)('random maps and unmaps of the %s granule agree with a flat model', (granule) => {
  const page = granuleBytes(granule);
  const pages = Number(leafBytes(granule, 2) / page) * 3;
  const range = fc.tuple(fc.nat(pages - 1), fc.integer({ min: 1, max: pages }), fc.nat(7), fc.boolean());
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(pages - 1), { minLength: 20, maxLength: 20 }), (edits, probes) => {
      const { table } = tableOf(granule, 1, 48 - (granule === '4K' ? 6 : 0));
      const model = new Map<number, bigint>();
      for (const [from, length, where, isMap] of edits) {
        const count = Math.min(length, pages - from);
        const output = (1n << 40n) + BigInt(where) * leafBytes(granule, 2) + (where % 2 === 0 ? BigInt(from) * page : 0n);
        const done = isMap
          ? table.map(BigInt(from) * page, output, BigInt(count) * page, null, encode(granule))
          : table.unmap(BigInt(from) * page, BigInt(count) * page);
        if (!done.ok) throw new Error(done.error.message);
        for (let i = 0; i < count; i++) {
          if (isMap) model.set(from + i, output + BigInt(i) * page);
          else model.delete(from + i);
        }
      }
      for (const probe of probes) {
        const leaf = table.find(BigInt(probe) * page);
        const got = leaf === null ? undefined : leaf.output + (BigInt(probe) * page - leaf.input);
        expect(got).toBe(model.get(probe));
      }
    }),
    { numRuns: 12 },
  );
});
