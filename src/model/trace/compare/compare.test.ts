import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { align } from './align.ts';
import { compareItems } from './compare.ts';
import type { CompareOptions } from './compare.ts';
import type { TraceItem } from './item.ts';

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
