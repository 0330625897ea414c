import type { Mutant } from '../mutant.ts';

const TESTS = ['test/conformance/misuse.test.ts', 'test/labs/machine.test.ts'];
const UNSYNCED = 'src/model/smmu/coherence/unsynced.ts';
const MISUSES = 'src/model/smmu/coherence/misuses.ts';
const BROKEN = 'src/model/smmu/coherence/break-before-make.ts';
const FIELDS = 'src/model/smmu/coherence/set-fields.ts';
const IGNORED = 'src/model/smmu/config/ignored-fields.ts';
const TOLD = 'src/model/lab/told.ts';

/** What software does wrong with what is cached, and what is asserted of it. */
export const misuseMutants: readonly Mutant[] = [
  {
    id: 'misuse-unasked',
    file: TOLD,
    text: 'return listed(wanted) === got ? []',
    replacement: 'return listed(wanted) !== got ? []',
    tests: TESTS,
    why: 'an expectation that cannot fail asserts nothing',
  },
  {
    id: 'misuse-wasted-unasked',
    file: TOLD,
    text: 'filter((text) => !lines.some(',
    replacement: 'filter((text) => lines.some(',
    tests: TESTS,
    why: 'a command that was not wasted would be met as one',
  },
  {
    id: 'misuse-wasted-again',
    file: TOLD,
    text: 'this.wasted += lines.length;',
    replacement: '',
    tests: TESTS,
    why: 'what an earlier step asked for would be told again',
  },
  {
    id: 'misuse-sync-of-any-queue',
    file: UNSYNCED,
    text: 'this.named.filter((one) => one.queue !== queue)',
    replacement: '[]',
    tests: TESTS,
    why: 'a CMD_SYNC covers its own queue only (3.5.6)',
  },
  {
    id: 'misuse-sync-completes-nothing',
    file: MISUSES,
    text: 'if (sync) this.unsynced.complete(queue);',
    replacement: 'if (sync) return;',
    tests: TESTS,
    why: 'a CMD_SYNC would not make an invalidation safe to rely on',
  },
  {
    id: 'misuse-refused-issued',
    file: UNSYNCED,
    text: 'this.begun = outOfDate.map(',
    replacement: 'this.named = outOfDate.map(',
    tests: TESTS,
    why: 'a command that the queue stops at invalidates nothing',
  },
  {
    id: 'misuse-other-stream',
    file: UNSYNCED,
    text: 'return sid === txn.sid;',
    replacement: 'return true;',
    tests: TESTS,
    why: 'a stream that had nothing cached would be blamed for the CD that it shares',
  },
  {
    id: 'misuse-other-context',
    file: UNSYNCED,
    text: '=> slots[txn.slot + at] === context)',
    replacement: '=> slots[txn.slot + at] !== context)',
    tests: TESTS,
    why: 'a stream of another VMID would be blamed for tables that it shares',
  },
  {
    id: 'misuse-told-again',
    file: UNSYNCED,
    text: 'this.named = this.named.filter((one) => !relied.includes(one));',
    replacement: '',
    tests: TESTS,
    why: 'each access before the CMD_SYNC would be told of',
  },
  {
    id: 'misuse-change-again',
    file: MISUSES,
    text: 'for (const { change } of structures) this.told.add(change.number);',
    replacement: '',
    tests: TESTS,
    why: 'one change of a live structure would be told of at every access',
  },
  {
    id: 'misuse-break-not-cached',
    file: MISUSES,
    text: 'read !== undefined && this.live.has({ cache, entry })',
    replacement: 'read !== undefined',
    tests: TESTS,
    why: 'after its invalidation a descriptor may become what it likes',
  },
  {
    id: 'misuse-nt',
    file: BROKEN,
    text: 'wasTable ? newLo : oldLo',
    replacement: 'wasTable ? oldLo : newLo',
    tests: TESTS,
    why: 'nT is a bit of the block, before or after',
  },
  {
    id: 'misuse-bbml-2',
    file: BROKEN,
    text: 'return bbml === 2 || (bbml === 1 && nT)',
    replacement: 'return (bbml === 1 && nT)',
    tests: TESTS,
    why: 'with BBML 2 a change of size is no conflict',
  },
  {
    id: 'misuse-global',
    file: BROKEN,
    text: '(oldLo & NG) !== 0 && (newLo & NG) === 0',
    replacement: '(oldLo & NG) === 0 && (newLo & NG) !== 0',
    tests: TESTS,
    why: 'it is the global entry that overlaps others',
  },
  {
    id: 'misuse-type',
    file: BROKEN,
    text: '(outputLo(level) | TYPE)',
    replacement: 'outputLo(level)',
    tests: TESTS,
    why: 'another memory type needs a break too',
  },
  {
    id: 'misuse-fields-again',
    file: FIELDS,
    text: 'this.told.set(address, text);',
    replacement: '',
    tests: TESTS,
    why: 'the same bits would be told of at every fetch',
  },
  {
    id: 'misuse-unused-structure',
    file: FIELDS,
    text: 'if (isUnused(structure, words)) return [];',
    replacement: '',
    tests: TESTS,
    why: 'what is not valid has no fields',
  },
  {
    id: 'misuse-ignored-used',
    file: IGNORED,
    text: '&& !used(one))',
    replacement: '&& used(one))',
    tests: TESTS,
    why: 'fields that count would be told of as ignored',
  },
];
