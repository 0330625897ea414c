import type { Mutant } from '../mutant.ts';

const QUEUES = ['src/model/smmu/queues', 'src/model/smmu/registers/tables.test.ts'];
const INDEX = 'src/model/smmu/queues/queue-index.ts';
const EVENT = 'src/model/smmu/queues/event-queue.ts';
const REGISTERS = 'src/model/smmu/registers/queue-registers.ts';

/** Indexes, wrap and overflow of the queues. */
export const queueMutants: readonly Mutant[] = [
  {
    id: 'queue-without-wrap',
    file: INDEX,
    text: '(index + 1) & indexMask(log2Size)',
    replacement: '(index + 1) & (2 ** log2Size - 1)',
    tests: QUEUES,
    why: 'a full queue would look empty',
  },
  {
    id: 'queue-full-one-late',
    file: INDEX,
    text: 'occupancy(prod, cons, log2Size) >= 2 ** log2Size',
    replacement: 'occupancy(prod, cons, log2Size) > 2 ** log2Size',
    tests: QUEUES,
    why: 'the oldest event would be written over',
  },
  {
    id: 'queue-full-is-inconsistent',
    file: INDEX,
    text: 'occupancy(prod, cons, log2Size) <= 2 ** log2Size',
    replacement: 'occupancy(prod, cons, log2Size) < 2 ** log2Size',
    tests: QUEUES,
    why: 'a full command queue would never be consumed',
  },
  {
    id: 'overflow-toggles-again',
    file: REGISTERS,
    text: 'if (!this.overflowed) ',
    replacement: '',
    tests: QUEUES,
    why: 'two lost events would look like none',
  },
  {
    id: 'overflow-flag-lost',
    file: REGISTERS,
    text: '(this.words[this.owned]! & ~INDEX) | index',
    replacement: 'index',
    tests: QUEUES,
    why: 'the next event would hide an overflow that nobody acknowledged',
  },
  {
    id: 'queue-base-alignment',
    file: REGISTERS,
    text: 'Math.max(MIN_LOG2_BYTES, this.log2Size + this.log2Entry)',
    replacement: 'MIN_LOG2_BYTES',
    tests: QUEUES,
    why: 'a misaligned base would be taken at its word',
  },
  {
    id: 'queue-size-not-capped',
    file: REGISTERS,
    text: 'Math.min(this.words[this.base]! & LOG2SIZE, this.maxLog2Size)',
    replacement: 'this.words[this.base]! & LOG2SIZE',
    tests: QUEUES,
    why: 'a queue larger than IDR1 allows would be used whole',
  },
  {
    id: 'event-interrupt-each',
    file: EVENT,
    text: "verdict === WRITTEN && (wasEmpty || this.registers.deviates['event-interrupt'])",
    replacement: 'verdict === WRITTEN',
    tests: QUEUES,
    why: 'only empty to non-empty is an interrupt: a driver that misses events would not be found out',
  },
  {
    id: 'event-after-abort',
    file: EVENT,
    text: "if (!registers.deviates['event-overflow'] && registers.errorActive('EVENTQ_ABT_ERR')) return DROPPED_ABT_ERR;",
    replacement: '',
    tests: QUEUES,
    why: 'nothing is written until EVENTQ_ABT_ERR is acknowledged',
  },
  {
    id: 'event-abort-moves-prod',
    file: EVENT,
    text: 'return ABORTED;',
    replacement: '{ queue.advance(); return ABORTED; }',
    tests: QUEUES,
    why: 'software would read a record that was never written',
  },
];
