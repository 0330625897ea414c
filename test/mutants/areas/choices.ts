import type { Mutant } from '../mutant.ts';

const TESTS = ['src/model/smmu/registers/choices.test.ts', 'src/model/smmu/commands', 'src/model/smmu/queues'];

/** What the architecture leaves open: the alternatives differ in what the list says. */
export const choiceMutants: readonly Mutant[] = [
  {
    id: 'choice-sync-completes-nothing',
    file: 'src/model/smmu/commands/sync.ts',
    text: 'context.complete();',
    replacement: '',
    tests: TESTS,
    why: 'what a CMD_SYNC waits for would never take effect',
  },
  {
    id: 'choice-truncated-kept',
    file: 'src/model/smmu/commands/cfgi.ts',
    text: 'id % 2 ** bits : null',
    replacement: 'id : null',
    tests: TESTS,
    why: 'bits beyond SIDSIZE would count',
  },
  {
    id: 'choice-priq-overflow-after-reset',
    file: 'src/model/smmu/registers/reset.ts',
    text: "bits & ~(register.id === 'PRIQ_PROD' ? PRI_OVERFLOW : 0)",
    replacement: 'bits',
    tests: TESTS,
    why: 'PRIQ_PROD.OVFLG is 0 after reset whatever the rest is (6.3.35)',
  },
  {
    id: 'choice-split-upper-only',
    file: 'src/model/smmu/registers/register-store.ts',
    text: "this.#choices['registers.split-access'] === 'both'",
    replacement: "this.#choices['registers.split-access'] !== 'both'",
    tests: TESTS,
    why: 'a 64-bit access over two registers would reach neither or both in the wrong one of the alternatives',
  },
  {
    id: 'choice-reserved-last-word',
    file: 'src/model/smmu/commands/command-unit.ts',
    text: ' || (words[3]! & mask[3]!) !== 0',
    replacement: '',
    tests: TESTS,
    why: 'reserved bits of the last word would never be CERROR_ILL',
  },
  {
    id: 'choice-event-abort',
    file: 'src/model/smmu/queues/event-queue.ts',
    text: "registers.choices['EVENTQ.write-abort'] === 'asynchronous'",
    replacement: "registers.choices['EVENTQ.write-abort'] !== 'asynchronous'",
    tests: TESTS,
    why: 'PROD would move past a record that was refused in the wrong one of the alternatives',
  },
  {
    id: 'choice-priq-abort',
    file: 'src/model/smmu/queues/pri-queue.ts',
    text: "registers.choices['PRIQ.write-abort'] === 'asynchronous'",
    replacement: "registers.choices['PRIQ.write-abort'] !== 'asynchronous'",
    tests: ['test/conformance/pri.test.ts'],
    why: 'PROD would move past a request that was refused in the wrong one of the alternatives',
  },
  {
    id: 'choice-duplicates',
    file: 'src/model/smmu/smmu.ts',
    text: "choices['stall.duplicates'] === 'suppressed'",
    replacement: "choices['stall.duplicates'] === 'recorded'",
    tests: ['test/conformance/stall.test.ts'],
    why: 'each stall has an event of its own, unless it is suppressed',
  },
  {
    id: 'choice-translated-cut',
    file: 'src/model/smmu/ats/ats-unit.ts',
    text: 'beyond ? txn.inHi & maskHi(features.oas - 1, 0) : txn.inHi',
    replacement: 'txn.inHi',
    tests: ['test/conformance/ats-translated.test.ts'],
    why: 'an address that is cut would not be',
  },
];
