import type { Mutant } from '../mutant.ts';

const TESTS = ['src/query/ranges.test.ts', 'src/host/store/query/find.test.ts', 'src/query/back-ends.test.ts', 'test/contract/kept.test.ts'];
const CHUNKS = 'src/host/store/query/chunk-condition.ts';
const FIND = 'src/host/store/query/find.ts';
const STORED = 'src/host/store/query/stored-trace.ts';
const RANGES = 'src/query/ranges.ts';
const AGE = 'src/query/age.ts';
const PREDICATE = 'src/query/predicate.ts';
const SHARDS = 'src/host/export/parquet-shards.ts';

/** A filter means one thing: over a live trace, a stored one, in SQL and over records as they come. */
export const queryMutants: readonly Mutant[] = [
  {
    id: 'query-chunk-and-or',
    file: CHUNKS,
    text: 'one.kind === \'and\' ? \' AND \' : \' OR \'',
    replacement: 'one.kind === \'and\' ? \' AND \' : \' AND \'',
    tests: TESTS,
    why: 'chunks that match one side of an or would be passed over',
  },
  {
    id: 'query-chunk-not',
    file: CHUNKS,
    text: "case 'not':\n        return '1';",
    replacement: "case 'not':\n        return '0';",
    tests: TESTS,
    why: 'what is not excluded would be passed over',
  },
  {
    id: 'query-chunk-mask',
    file: CHUNKS,
    text: 'return ((1n << (last - first + 1n)) - 1n) << first;',
    replacement: 'return ((1n << (last - first)) - 1n) << first;',
    tests: TESTS,
    why: 'chunks that hold the last value of a range would be passed over',
  },
  {
    id: 'query-chunk-beyond-mask',
    file: CHUNKS,
    text: 'if (last > 63n) return -1n;',
    replacement: 'if (last > 63n) return 0n;',
    tests: TESTS,
    why: 'an open range of kinds would find nothing',
  },
  {
    id: 'query-chunk-txn',
    file: CHUNKS,
    text: '(first_txn <= ${bind(last)} AND last_txn',
    replacement: '(first_txn < ${bind(last)} AND last_txn',
    tests: TESTS,
    why: 'a chunk that begins with the transaction would be passed over',
  },
  {
    id: 'query-chunk-streams',
    file: CHUNKS,
    text: '(NOT streams_listed OR EXISTS',
    replacement: '(EXISTS',
    tests: TESTS,
    why: 'chunks of too many streams to list would be passed over',
  },
  {
    id: 'query-unended',
    file: FIND,
    text: 'if ((words[at + TXN.RESULT]! & ENDED) === 0) continue;',
    replacement: '',
    tests: TESTS,
    why: 'a transaction under way would be found',
  },
  {
    id: 'query-event-of-unended',
    file: FIND,
    text: 'if (txn > lastEnded) return;',
    replacement: '',
    tests: TESTS,
    why: 'an event would be found before its transaction has ended',
  },
  {
    id: 'query-position',
    file: FIND,
    text: 'if (matches(element)) take(first + at / RECORD_WORDS);',
    replacement: 'if (matches(element)) take(at / RECORD_WORDS);',
    tests: TESTS,
    why: 'every match would seem to be of the first chunk',
  },
  {
    id: 'query-from',
    file: FIND,
    text: 'found.total >= from && ',
    replacement: '',
    tests: TESTS,
    why: 'every page of matches would be the first',
  },
  {
    id: 'query-damaged-chunk',
    file: STORED,
    text: 'if (bytes.byteLength !== size) throw',
    replacement: 'if (false) throw',
    tests: TESTS,
    why: 'a chunk that was cut off would be read as shorter',
  },
  {
    id: 'query-not-indexed',
    file: STORED,
    text: 'if (indexed === 0) throw',
    replacement: 'if (false) throw',
    tests: TESTS,
    why: 'a trace of an earlier version would seem to hold nothing',
  },
  {
    id: 'query-age-between-chunks',
    file: STORED,
    text: 'while (before < begun.length && begun[before]!.first < first) marks.reach(begun[before++]!.last_txn);',
    replacement: '',
    tests: TESTS,
    why: 'ages would forget transactions of chunks without the landmark',
  },
  {
    id: 'query-age-own',
    file: AGE,
    text: 'if (this.#marks[middle]! < txn) low = middle + 1;',
    replacement: 'if (this.#marks[middle]! <= txn) low = middle + 1;',
    tests: TESTS,
    why: 'what a transaction led to would count as before it',
  },
  {
    id: 'query-age-tag',
    file: AGE,
    text: '|| (tag !== null && (words[at + PAYLOAD]! & 0xff) !== tag)) return;',
    replacement: ') return;',
    tests: TESTS,
    why: 'age(CMD_SYNC) would count from any command',
  },
  {
    id: 'query-union-touching',
    file: RANGES,
    text: 'first <= before[1] + 1n',
    replacement: 'first < before[1]',
    tests: TESTS,
    why: 'ranges that touch would stay two',
  },
  {
    id: 'query-complement-end',
    file: RANGES,
    text: 'return next <= largest(bits) ?',
    replacement: 'return next < largest(bits) ?',
    tests: TESTS,
    why: 'the largest number would be in no complement',
  },
  {
    id: 'query-not',
    file: PREDICATE,
    text: 'return (element) => !of(element);',
    replacement: 'return (element) => of(element);',
    tests: TESTS,
    why: '! would mean nothing',
  },
  {
    id: 'query-parquet-shard',
    file: SHARDS,
    text: 'this.#inShard >= this.#shardRows) await',
    replacement: 'this.#inShard > this.#shardRows) await',
    tests: ['test/contract/parquet.test.ts'],
    why: 'a shard would hold more rows than it may',
  },
  {
    id: 'query-parquet-filter',
    file: SHARDS,
    text: 'if (matches !== null && !matches(this.#element)) continue;',
    replacement: '',
    tests: ['test/contract/parquet.test.ts'],
    why: 'a filtered export would hold everything',
  },
];
