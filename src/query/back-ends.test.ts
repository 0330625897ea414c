/** One filter, three answers that must be one: the predicate, SQL over the tables of a store, and the meaning spelled out. */
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, EVENTS } from '../model/spec/index.ts';
import { KIND } from '../model/trace/record.ts';
import { LANDMARK_NAMES, Marks } from './age.ts';
import type { Ages, Landmark } from './age.ts';
import { compileFilter } from './compile.ts';
import type { Condition } from './condition.ts';
import type { Field } from './field.ts';
import { emptyElement, readField, toPredicate } from './predicate.ts';
import type { Element } from './predicate.ts';
import { largest } from './ranges.ts';
import { registryOf } from './registry.ts';
import type { List } from './registry.ts';
import { ROW_KINDS, toSql } from './sql.ts';
import { recordColumns, SQL_TABLES, TABLES_SQL, transactionColumns } from './tables.ts';
import { TRANSACTION_WORDS, TXN } from './transaction-row.ts';

const ROWS = 400;
const DEVICES = [[0x10, 'nic0'], [3, 'edu0']] as const;
const LISTS: readonly List[] = ['transactions', 'events', 'records'];
const registries = { transactions: registryOf('transactions', DEVICES), events: registryOf('events', DEVICES), records: registryOf('records', DEVICES) };

/** Random words, many of them small or with the top bit set, from one seed so that a failure repeats. */
function words(count: number): Int32Array {
  let seed = 0x1234_5678;
  const next = (): number => {
    seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b_3c6d) + 0x9e37_79b9;
    return (seed ^ (seed >>> 13)) | 0;
  };
  return Int32Array.from({ length: count }, () => {
    const way = next() & 3;
    return way === 0 ? next() & 31 : way === 1 ? next() & 0x7ff : next();
  });
}

const transactions = words(ROWS * TRANSACTION_WORDS);
const records = words(ROWS * 16);
const kinds = [KIND.EVENT, KIND.COMMAND, KIND.READ_STRUCT, KIND.REG_WRITE, KIND.TXN_END, KIND.FAULT];
for (let n = 0; n < ROWS; n++) {
  records[n * 16] = (records[n * 16]! & ~0xff) | kinds[n % kinds.length]!;
  records[n * 16 + 1] = n;
  const tags = n % kinds.length === 0 ? EVENTS.cases : COMMANDS.cases;
  if (n % kinds.length < 2) records[n * 16 + 8] = (records[n * 16 + 8]! & ~0xff) | tags[n % tags.length]!.number;
}

/** Transaction n belongs with record n; every third has none. */
const isPaired = (n: number): boolean => n % 3 !== 0;
function elementOf(list: List, n: number): Element {
  const element = emptyElement();
  if (list !== 'transactions' || isPaired(n)) Object.assign(element, { record: records, recordAt: n * 16 });
  if (list === 'transactions' || (list === 'events' && isPaired(n))) Object.assign(element, { transaction: transactions, transactionAt: n * TRANSACTION_WORDS });
  return element;
}

// Transaction n + 1 begins where record n is made, which is of it or of none.
for (let n = 0; n < ROWS; n++) {
  transactions[n * TRANSACTION_WORDS + TXN.NUMBER] = n + 1;
  transactions[n * TRANSACTION_WORDS + TXN.FIRST] = n;
  records[n * 16 + 2] = isPaired(n) ? n + 1 : 0;
}

/** Of each list, all there are: a filter looks at each of them thousands of times. */
const elementsOf = (list: List): readonly Element[] => Array.from({ length: ROWS }, (_, n) => elementOf(list, n));
const elements = { transactions: elementsOf('transactions'), events: elementsOf('events'), records: elementsOf('records') };
/** Numbers of those that pass. */
const numbersOf = (list: List, passes: (element: Element) => boolean): number[] => elements[list].flatMap((element, n) => (passes(element) ? [n] : []));

const isMet = ({ kind, tag }: Landmark, n: number): boolean => (records[n * 16]! & 0xff) === kind && (tag === null || (records[n * 16 + 8]! & 0xff) === tag);
const landmarks = LANDMARK_NAMES.filter((name) => records.some((_, at) => at % 16 === 0 && isMet(registries.transactions.asked(`age(${name})`)!.since!, at / 16)));

const ages: Ages = (landmark) => {
  const marks = new Marks(landmark);
  for (let n = 0; n < ROWS; n++) {
    marks.reach(n + 1);
    marks.pass(records, n * 16);
  }
  return marks.ageOf;
};

/** The value of a field, of an age counted one by one. */
function valueIn(field: Field, element: Element): bigint | null {
  const value = readField(field, element);
  if (field.since === null || value === null) return value;
  for (let before = Number(value) - 2, age = 0n; before >= 0; before--, age++) if (isMet(field.since, before)) return age;
  return null;
}

let db: Database.Database;
beforeAll(() => {
  db = new Database(':memory:');
  db.exec(TABLES_SQL);
  const insert = (table: string, values: readonly unknown[]): unknown => db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join()})`).run(...values);
  for (let n = 0; n < ROWS; n++) {
    insert('transaction_row', [...transactionColumns(registries.transactions, elementOf('transactions', n)), isPaired(n) ? n : null]);
    insert('record_row', recordColumns(elementOf('events', n)));
  }
});
afterAll(() => void db.close());

/** Numbers of the rows that a list has: a transaction's is its own, else the record's. */
function bySql(list: List, condition: Condition): { readonly rows: number[]; readonly exact: boolean } {
  const table = SQL_TABLES[list];
  const { sql, parameters, exact } = toSql(condition, table);
  const key = list === 'transactions' ? 't.txn - 1' : 'r.seq';
  const rows = db.prepare(`SELECT ${key} AS n FROM ${table.from} WHERE ${sql} ORDER BY n`).all(...parameters) as { n: number }[];
  return { rows: rows.map(({ n }) => n), exact };
}

function byPredicate(list: List, condition: Condition): number[] {
  return numbersOf(list, toPredicate(condition, ages));
}

function byMeaning(list: List, condition: Condition): number[] {
  const holds = (one: Condition, element: Element): boolean => {
    switch (one.kind) {
      case 'and':
        return one.of.every((part) => holds(part, element));
      case 'or':
        return one.of.some((part) => holds(part, element));
      case 'not':
        return !holds(one.of, element);
      case 'has':
        return valueIn(one.field, element) !== null;
      case 'test': {
        const value = valueIn(one.field, element);
        return value !== null && one.ranges.some(([first, last]) => value >= first && value <= last);
      }
    }
  };
  return numbersOf(list, (element) => holds(condition, element));
}

/** Values that some row has are asked for as often as any. */
function numberFor(list: List, field: Field): fc.Arbitrary<bigint> {
  const stored = elements[list].map((element) => valueIn(field, element)).filter((value) => value !== null);
  const there = stored.length === 0 ? [1n] : stored.map((value) => (field.exponent ? 1n << (value & 63n) : value & largest(field.bits)));
  return fc.oneof(fc.constantFrom(...there), fc.bigInt(0n, largest(field.bits)), fc.constantFrom(0n, 1n, largest(field.bits), largest(field.bits - 1)));
}

/** Made once for each field: what its rows hold is gone through for it. */
const tests = new Map<Field, fc.Arbitrary<string>>();
function testOf(list: List, field: Field): fc.Arbitrary<string> {
  const made = tests.get(field) ?? anyTestOf(list, field);
  tests.set(field, made);
  return made;
}

function anyTestOf(list: List, field: Field): fc.Arbitrary<string> {
  const { name } = field;
  const number = numberFor(list, field);
  const names = [...field.values.keys()].map((value) => JSON.stringify(value));
  const equal = fc.tuple(fc.constantFrom('==', '!='), names.length === 0 ? number.map(String) : fc.oneof(number.map(String), fc.constantFrom(...names))).map(([operator, value]) => `${name} ${operator} ${value}`);
  const has = fc.constant(`has(${name})`);
  const set = fc.array(number, { minLength: 1, maxLength: 4 }).map((values) => `${name} in {${values.join(', ')}}`);
  if (field.type === 'flag') return fc.oneof(fc.constant(name), equal, has);
  if (field.type === 'enum') return names.length === 0 ? has : fc.oneof(equal, set, has, fc.constantFrom('"*_*"', '"F_*"', '"?O*"').map((pattern) => `${name} matches ${pattern}`));
  const order = fc.tuple(fc.constantFrom('<', '<=', '>', '>='), number).map(([operator, value]) => `${name} ${operator} ${value}`);
  const range = fc.tuple(number, number).map(([a, b]) => `${name} in ${a < b ? a : b}..${a < b ? b : a}`);
  const block = fc.tuple(number, fc.integer({ min: 0, max: Math.min(20, field.bits) })).map(([value, bits]) => `${name} == ${value}/${bits}`);
  return fc.oneof(equal, set, order, range, block, has);
}

function filterFor(list: List): fc.Arbitrary<string> {
  const fields = registries[list].fields.filter(({ places }) => places.length > 0);
  const { text } = fc.letrec<{ text: string }>((tie) => ({
    text: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...fields).chain((field) => testOf(list, field)),
      fc.tuple(tie('text'), fc.constantFrom('&&', '||'), tie('text')).map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      tie('text').map((inner) => `!(${inner})`),
    ),
  }));
  return text;
}

/** What a filter means and what SQL says of it; the predicate must agree with its meaning. */
function answersTo(list: List, text: string): ReturnType<typeof bySql> & { readonly wanted: number[] } {
  const filter = compileFilter(text, registries[list]);
  if (!filter.ok) throw new Error(`${text}: ${filter.error.message}`);
  const { condition } = filter.value;
  const wanted = byMeaning(list, condition);
  expect([text, byPredicate(list, condition)]).toEqual([text, wanted]);
  return { wanted, ...bySql(list, condition) };
}

/** 1 where a filter tells rows apart. */
const apart = ({ length }: readonly number[]): number => (length > 0 && length < ROWS ? 1 : 0);

describe.each(LISTS)('a filter of %s', (list) => {
  it('is the same as predicate, as SQL and by its meaning', () => {
    let matches = 0;
    fc.assert(
      fc.property(filterFor(list), (text) => {
        const { wanted, rows, exact } = answersTo(list, text);
        matches += apart(wanted);
        expect([text, exact, rows]).toEqual([text, true, wanted]);
      }),
      { numRuns: 700 },
    );
    expect(matches).toBeGreaterThan(50);
  });

  it('counts from a record as predicate, as SQL and by its meaning', () => {
    const fields = landmarks.map((name) => registries[list].asked(`age(${name})`)!);
    const stored = fields.filter(({ since }) => ROW_KINDS.has(since!.kind));
    expect(stored.length).toBeGreaterThan(20);
    let matches = 0;
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...fields), fc.constantFrom(...stored)).chain((field) => fc.tuple(fc.constant(field), testOf(list, field), fc.boolean())), ([field, text, isNot]) => {
        const { wanted, rows, exact } = answersTo(list, isNot ? `!(${text}) && has(txn)` : text);
        matches += apart(wanted);
        expect([text, exact]).toEqual([text, stored.includes(field)]);
        if (exact) expect([text, rows]).toEqual([text, wanted]);
        else expect(rows).toEqual(expect.arrayContaining(wanted));
      }),
      { numRuns: 40 },
    );
    expect(matches).toBeGreaterThan(10);
  });

  it('reaches every field that the list has', () => {
    for (const field of registries[list].fields) {
      const filter = compileFilter(`has(${field.name})`, registries[list]);
      if (!filter.ok) throw new Error(filter.error.message);
      expect([field.name, bySql(list, filter.value.condition).rows]).toEqual([field.name, byPredicate(list, filter.value.condition)]);
    }
  });
});

it('a table without a source gives too many rows and says so', () => {
  const filter = compileFilter('status == fault && evt.type != F_ACCESS', registries.transactions);
  if (!filter.ok) throw new Error(filter.error.message);
  const where = toSql(filter.value.condition, { from: 'transaction_row', prefix: { record: null, transaction: '' } });
  expect(where).toEqual({ sql: '((status = ?) AND 1)', parameters: [1n], exact: false });
});

it('a million rows are tested in well under the time a user waits', () => {
  const filter = compileFilter('status == fault && sid in {0x10, 0x18..0x1f} && iova in 0x8000_0000..0x8000_ffff', registries.transactions);
  if (!filter.ok) throw new Error(filter.error.message);
  const test = toPredicate(filter.value.condition, ages);
  const element = elementOf('transactions', 1);
  const best = Math.min(
    ...[0, 1, 2, 3, 4].map(() => {
      const before = process.cpuUsage();
      for (let n = 0; n < 1_000_000; n++) {
        element.transactionAt = (n % ROWS) * TRANSACTION_WORDS;
        test(element);
      }
      return process.cpuUsage(before).user / 1000;
    }),
  );
  expect(best).toBeLessThan(200);
});
