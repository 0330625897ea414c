import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { align } from './align.ts';
import { compareItems, TraceComparison } from './compare.ts';
import type { CompareOptions, Difference } from './compare.ts';
import { ItemReader } from './item.ts';
import type { ItemStretch, TraceItem } from './item.ts';
import { RECORD_WORDS } from '../record.ts';
import { Recorder } from '../recorder.ts';
import { TraceBuffer } from '../sink.ts';

const ALL: CompareOptions = { depth: 'all', ignore: [] };

/** Few kinds, names and values, so that records are often alike. */
const item: fc.Arbitrary<TraceItem> = fc
  .record({ kind: fc.constantFrom('READ', 'COMMAND', 'EVENT', 'HOP', 'LOOKUP'), name: fc.constantFrom('x', 'y'), value: fc.constantFrom('0', '1', '2'), seq: fc.nat(), transaction: fc.nat(3) })
  .map(({ kind, name, value, seq, transaction }) => ({ kind: kind as TraceItem['kind'], name, fields: { value, other: '0' }, text: `${kind} ${name} ${value}`, shows: kind === 'EVENT', seq, transaction }));
const items = fc.array(item, { minLength: 1, maxLength: 40 });
const place = fc.double({ min: 0, max: 0.999, noNaN: true });

describe('two traces', () => {
  test('a trace and itself have no difference, at any depth, whatever its numbers are', () => {
    fc.assert(
      fc.property(items, fc.constantFrom('outcome', 'path', 'all'), (list, depth) => {
        const renumbered = list.map((one) => ({ ...one, seq: one.seq + 7, transaction: one.transaction + 1 }));
        expect(compareItems(1, list, renumbered, { depth, ignore: [] })).toEqual([]);
      }),
    );
  });

  test('a record that is not there is missing, or extra the other way round, and nothing else is said', () => {
    fc.assert(
      fc.property(items, place, (list, where) => {
        const at = Math.floor(where * list.length);
        const less = list.filter((_, i) => i !== at);
        const [missing] = compareItems(3, list, less, ALL);
        expect(compareItems(3, list, less, ALL)).toHaveLength(1);
        expect(missing).toMatchObject({ class: 'missing', step: 3, b: null, a: { kind: list[at]!.kind, fields: list[at]!.fields } });
        expect(compareItems(3, less, list, ALL).map((one) => one.class)).toEqual(['extra']);
      }),
    );
  });

  test('two neighbours that change places are reordered, and nothing else is said', () => {
    fc.assert(
      fc.property(items, place, (list, where) => {
        const at = Math.floor(where * (list.length - 1));
        const [one, other] = [list[at], list[at + 1]];
        fc.pre(one !== undefined && other !== undefined && one.text !== other.text);
        const swapped = list.map((each, i) => (i === at ? other : i === at + 1 ? one : each));
        const found = compareItems(1, list, swapped, ALL);
        expect(found.map((each) => each.class)).toEqual(['reordered']);
        expect(found[0]!.a!.text).toBe(found[0]!.b!.text);
      }),
    );
  });

  test('a field that is another is changed, with both values, and nothing else is said', () => {
    fc.assert(
      fc.property(items, place, (list, where) => {
        const at = Math.floor(where * list.length);
        const flipped = list.map((one, i) => (i === at ? { ...one, fields: { ...one.fields, value: 'another' } } : one));
        const found = compareItems(1, list, flipped, ALL);
        expect(found.map((each) => each.class)).toEqual(['changed']);
        expect(found[0]!.fields).toEqual([{ name: 'value', a: list[at]!.fields['value'], b: 'another' }]);
        for (const ignore of ['value', `${list[at]!.kind}.value`, list[at]!.kind]) expect(compareItems(1, list, flipped, { depth: 'all', ignore: [ignore] })).toEqual([]);
      }),
    );
  });

  test('what does not count at a depth is not compared', () => {
    const [event, hop, read] = (['EVENT', 'HOP', 'READ'] as const).map((kind): TraceItem => ({ kind, name: 'x', fields: {}, text: kind, shows: kind === 'EVENT', seq: 0, transaction: 0 }));
    const kinds = (depth: CompareOptions['depth']) => compareItems(1, [event!, hop!, read!], [], { depth, ignore: [] }).map(({ a }) => a!.kind);
    expect([kinds('outcome'), kinds('path'), kinds('all')]).toEqual([['EVENT'], ['EVENT', 'HOP'], ['EVENT', 'HOP', 'READ']]);
  });

  test('a record of another name in its place changed its name; a hop that did something else did not', () => {
    const one = (kind: TraceItem['kind'], name: string): TraceItem => ({ kind, name, fields: { a: '1' }, text: name, shows: true, seq: 0, transaction: 0 });
    expect(compareItems(1, [one('COMMAND', 'CMD_TLBI_NH_VA')], [one('COMMAND', 'CMD_TLBI_NH_VAA')], ALL)).toMatchObject([{ class: 'changed', fields: [{ name: 'what', a: 'CMD_TLBI_NH_VA', b: 'CMD_TLBI_NH_VAA' }] }]);
    expect(compareItems(1, [one('HOP', 'uapi A')], [one('HOP', 'uapi B')], ALL).map((each) => each.class)).toEqual(['missing', 'extra']);
  });
});

describe('a step in stretches', () => {
  const listed = (values: readonly number[]): TraceItem[] => values.map((value, seq) => ({ kind: 'READ', name: 'x', fields: { value: String(value) }, text: `read ${value}`, shows: false, seq, transaction: 0 }));
  const stretches = (items: readonly TraceItem[], size: number): ItemStretch[] => {
    const count = Math.max(1, Math.ceil(items.length / size));
    return Array.from({ length: count }, (_, i) => ({ index: 1, items: items.slice(i * size, (i + 1) * size), last: i === count - 1 }));
  };
  function compared(a: ItemStretch[], b: ItemStretch[]): Difference[] {
    const comparison = new TraceComparison(ALL);
    const found: Difference[] = [];
    while (!comparison.isDone) {
      for (let side = comparison.wants; side !== null; side = comparison.wants) comparison.give(side, (side === 'a' ? a : b).shift() ?? null);
      found.push(...comparison.take());
    }
    return found;
  }
  const long = Array.from({ length: 5000 }, (_, i) => i);

  test('is compared as a whole one is: what is not there early shifts nothing behind it', () => {
    const [a, b] = [listed(long), listed([...long.slice(0, 10), ...long.slice(12, 4000), -1, ...long.slice(4000)])];
    const classes = (found: readonly Difference[]) => found.map((one) => one.class);
    expect(classes(compared(stretches(a, 200), stretches(b, 200)))).toEqual(['missing', 'missing', 'extra']);
    expect(classes(compareItems(1, a, b, ALL))).toEqual(['missing', 'missing', 'extra']);
  });

  test('that only one side came to is all there is of it', () => {
    const found = compared(stretches(listed(long), 100), []);
    expect([found.length, new Set(found.map((one) => one.class))]).toEqual([long.length, new Set(['missing'])]);
  });
});

describe('a trace in pieces', () => {
  test('makes the same steps wherever it is cut, hops and their texts too', () => {
    const buffer = new TraceBuffer();
    const recorder = new Recorder(buffer);
    for (let step = 0; step < 3; step++) {
      recorder.step(step);
      recorder.hop(2, step, -1, step, 0, 0, false, JSON.stringify(['VFIO_IOMMU_MAP_DMA', [['iova', '0x10000000'], ['size', '0x1000']], null]));
    }
    const words = buffer.taken();
    const stepsOf = (pieces: readonly Int32Array[]): ItemStretch[] => {
      const reader = new ItemReader();
      return [...pieces.flatMap((piece) => [...reader.push(piece)]), reader.end()];
    };
    const whole = stepsOf([words]);
    expect(whole.flatMap(({ items }) => items).some(({ kind, fields }) => kind === 'HOP' && Object.keys(fields).length > 0)).toBe(true);
    for (let at = RECORD_WORDS; at < words.length; at += RECORD_WORDS) expect(stepsOf([words.subarray(0, at), words.subarray(at)])).toEqual(whole);
    expect(stepsOf([words.subarray(0, -RECORD_WORDS)]).at(-1)!.items.map(({ kind }) => kind)).toEqual(['HOP', 'HOP_DATA', 'HOP_DATA']);
  });
});

describe('aligning', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 });

  test('every element of both is in order, and pairs are alike', () => {
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        const pairs = align(a, b);
        expect(pairs.flatMap(([i]) => (i === null ? [] : [i]))).toEqual(a.map((_, i) => i));
        expect(pairs.flatMap(([, j]) => (j === null ? [] : [j]))).toEqual(b.map((_, j) => j));
        for (const [i, j] of pairs) if (i !== null && j !== null) expect(a[i]).toBe(b[j]);
      }),
    );
  });

  test('thousands of records without a common end are aligned in one go', () => {
    const a = Array.from({ length: 5000 }, (_, i) => `${i % 7}`);
    const pairs = align(['only a', ...a, 'x', 'end of a', 'x'], ['only b', 'y', ...a, 'y']);
    expect(pairs.filter(([i, j]) => i !== null && j !== null).length).toBeGreaterThan(4900);
  });
});
