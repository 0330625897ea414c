import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFilter } from './compile.ts';
import { print } from './print.ts';
import { COMPARISONS } from './syntax.ts';

const nowhere = { from: 0, to: 0 };

/** The tree without the places in the text. */
function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).flatMap(([key, value]) => (key === 'from' || key === 'to' ? [] : [[key, bare(value)]])));
}

const field = fc.constantFrom('sid', 'evt.type', 'cmd.TG', 'reg.CR0.SMMUEN', 'no_such-field').map((name) => ({ ...nowhere, name }));
const numberValue = fc
  .tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.boolean())
  .map(([value, hex]) => ({ ...nowhere, kind: 'number' as const, value, text: hex ? `0x${value.toString(16)}` : value.toString() }));
const nameValue = fc.oneof(fc.constantFrom('F_TRANSLATION', 's2.permission-read', 'in', 'IN', '4K'), fc.string({ maxLength: 12 })).map((name) => ({ ...nowhere, kind: 'name' as const, name }));
const block = fc.tuple(numberValue, numberValue).map(([inside, bits]) => ({ ...nowhere, kind: 'block' as const, inside, bits }));
const range = fc.tuple(numberValue, numberValue).map(([first, last]) => ({ ...nowhere, kind: 'range' as const, first, last }));
const test = fc.oneof(
  fc.record({ kind: fc.constantFrom('flag' as const, 'has' as const), field }),
  fc.record({ kind: fc.constant('compare' as const), field, operator: fc.constantFrom(...COMPARISONS), value: fc.oneof(numberValue, nameValue, block) }),
  fc.record({ kind: fc.constant('in' as const), field, values: fc.array(fc.oneof(numberValue, nameValue, range, block), { minLength: 1, maxLength: 4 }), braces: fc.constant(true) }),
  fc.record({ kind: fc.constant('in' as const), field, values: fc.oneof(numberValue, nameValue, range, block).map((one) => [one]), braces: fc.constant(false) }),
  fc.record({ kind: fc.constant('matches' as const), field, pattern: nameValue }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    test,
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('tree'), right: tie('tree') }),
    fc.record({ kind: fc.constant('not' as const), of: tie('tree') }),
  ),
}));

const valueOf = (text: string): unknown => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  return bare(parsed.value);
};
const column = (text: string): unknown => {
  const parsed = parseFilter(text);
  return parsed.ok ? 'no error' : [parsed.error.at?.column, parsed.error.message];
};

describe('the parser', () => {
  it('reads back every tree that is printed', () => {
    fc.assert(
      fc.property(tree, (any) => {
        const text = print(any as Parameters<typeof print>[0]);
        fc.pre(text.length <= 4000);
        expect(valueOf(text)).toEqual(bare(any));
      }),
      { numRuns: 2000 },
    );
  });

  it('never does anything but parse or say where it cannot', () => {
    const pieces = fc.constantFrom('sid', '==', '=', '!', '(', ')', '{', '}', ',', '..', '/', '12', '0x', '"', 'in', 'and', '||', ' ', 'has', '\\', '§');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const parsed = parseFilter(text);
        if (parsed.ok) return;
        expect(parsed.error).toMatchObject({ code: 'filter-syntax', at: { line: 1 } });
        const { column = 0, endColumn = 0 } = parsed.error.at ?? {};
        expect(column >= 1 && column <= text.length + 1 && endColumn > column && endColumn <= text.length + 2).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('binds and closer than or, not closest, both to the left', () => {
    expect(valueOf('a || b && !c')).toEqual(valueOf('(a or (b and (not c)))'));
    expect(valueOf('a && b && c')).toEqual(valueOf('(a && b) && c'));
    expect(valueOf('a && (b && c)')).not.toEqual(valueOf('a && b && c'));
    expect(valueOf('!a == 1')).toEqual(valueOf('!(a == 1)'));
  });

  it('reads numbers with separators, bases and units', () => {
    for (const [text, value] of [['0x8000_0000', 0x8000_0000n], ['0b1_01', 5n], ['4K', 4096n], ['2M', 1n << 21n], ['0x1G', null]] as const) {
      const parsed = parseFilter(`a == ${text}`);
      if (value === null) expect(parsed.ok).toBe(false);
      else expect(parsed).toMatchObject({ value: { value: { kind: 'number', value } } });
    }
  });

  it('says at which column it stopped, and what it expected', () => {
    expect(column('sid = 4')).toEqual([5, '"=" means nothing here: write == to compare']);
    expect(column('sid ==')).toEqual([7, 'expected a value, not the end']);
    expect(column('sid == 4 5')).toEqual([10, 'expected and, or, or the end, not "5"']);
    expect(column('(sid == 4')).toEqual([10, 'expected ) here']);
    expect(column('sid == 1..4')).toEqual([8, 'a range goes with in: sid in 1..4']);
    expect(column('sid in {1, ')).toEqual([12, 'expected a value, not the end']);
    expect(column('has sid')).toEqual([5, 'expected ( and a field, as in has(evt.STAG)']);
    expect(column('a matches 4')).toEqual([11, 'expected a pattern in quotes, such as "TLBI_*", not "4"']);
    expect(column('a == "x')).toEqual([6, 'the text has no closing "']);
    expect(column('a == 12x')).toEqual([6, '12x is no number: expected 481, 0x8000_0000, 0b101 or 4K']);
    expect(column('')).toEqual([1, 'expected a field, such as sid or evt.type, not the end']);
    expect(column(`a == ${'1'.repeat(5000)}`)).toEqual([4097, 'a filter has at most 4096 characters']);
  });
});
