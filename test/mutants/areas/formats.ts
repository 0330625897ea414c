import type { Mutant } from '../mutant.ts';

const CASES = ['src/formats/qemu-cases', 'test/cli/cases.test.ts'];
const CAPTURES = ['test/cli/check.test.ts', 'test/cli/translate.test.ts', 'src/formats/capture'];
const LOGS = ['src/formats/dmesg', 'test/cli/decode.test.ts'];
const JUDGE = 'src/formats/qemu-cases/judge.ts';
const REMOVAL = 'src/formats/qemu-cases/removal.ts';
const CHECK = 'src/formats/capture/check.ts';
const DMESG = 'src/formats/dmesg/parse.ts';

/** Judges that are too lenient say that all is well; parsers that guess say what was not there. */
export const formatMutants: readonly Mutant[] = [
  {
    id: 'judge-explains-agreement',
    file: JUDGE,
    text: '(tx.diff !== null && agrees)',
    replacement: '(tx.diff !== null || agrees)',
    tests: CASES,
    why: 'an answer that is neither QEMU\u2019s nor the reference\u2019s would count as explained',
  },
  {
    id: 'judge-masks-everything',
    file: JUDGE,
    text: 'return sameList(answer.events.map(masked), theirs.map(masked)) ?',
    replacement: 'return answer.events.length === theirs.length ?',
    tests: CASES,
    why: 'a wrong event record would count as QEMU\u2019s',
  },
  {
    id: 'judge-ignores-s2',
    file: JUDGE,
    text: 's2 !== (ref.s2 === 1)',
    replacement: 's2 === null',
    tests: CASES,
    why: 'a fault of the wrong stage would agree with the reference',
  },
  {
    id: 'judge-ignores-ipa',
    file: JUDGE,
    text: 'words[3] >> 12n === ref.ipa >> 12n',
    replacement: 'words[3] >= 0n',
    tests: CASES,
    why: 'a wrong IPA would agree with the reference',
  },
  {
    id: 'judge-stale-is-fine',
    file: JUDGE,
    text: "if (freshness === 'required') return",
    replacement: "if (freshness === 'unchanged') return",
    tests: CASES,
    why: 'a stale answer after its invalidation would pass',
  },
  {
    id: 'removal-asid-takes-globals',
    file: REMOVAL,
    text: 'sameVmid && sameAsid && past.nonGlobal',
    replacement: 'sameVmid && sameAsid',
    tests: CASES,
    why: 'a legal stale global entry would be called a failure',
  },
  {
    id: 'removal-leaf-ignored',
    file: REMOVAL,
    text: "namesPage(command, past.iova) && (leaf || command.number('Leaf') === 0)",
    replacement: 'namesPage(command, past.iova)',
    tests: CASES,
    why: 'a legal stale table would be called a failure',
  },
  {
    id: 'check-ignores-stage2-rights',
    file: CHECK,
    text: 'perm !== barred && s2perm !== barred',
    replacement: 'perm !== barred',
    tests: CAPTURES,
    why: 'pages that stage 2 makes read-only would be reported as differences',
  },
  {
    id: 'check-ignores-page-size',
    file: CHECK,
    text: '(known.pageSize === null || outcome.pageSize === BigInt(known.pageSize))',
    replacement: 'known.pageSize !== 0',
    tests: CAPTURES,
    why: 'a wrong page size would not be found',
  },
  {
    id: 'check-takes-any-fault',
    file: CHECK,
    text: 'if (outcome.fault?.name !== known.expect)',
    replacement: 'if (outcome.fault === undefined)',
    tests: CAPTURES,
    why: 'another fault than the captured one would pass',
  },
  {
    id: 'fault-difference-without-ipa',
    file: 'src/formats/capture/fault-difference.ts',
    text: 'words[3]! & ~PAGE_OFFSET',
    replacement: 'words[3]! & 0n',
    tests: CAPTURES,
    why: 'a wrong IPA in an event record would pass',
  },
  {
    id: 'ranges-overlap-by-one',
    file: 'src/formats/capture/ranges.ts',
    text: 'next.base < before.base + before.size',
    replacement: 'next.base <= before.base + before.size',
    tests: CAPTURES,
    why: 'captures whose segments touch would be refused',
  },
  {
    id: 'dmesg-number-unchecked',
    file: DMESG,
    text: 'if (Number(words[0]! & 0xffn) !== number) {',
    replacement: 'if (Number(words[0]! & 0xffn) < 0) {',
    tests: LOGS,
    why: 'a garbled record would be decoded as something else',
  },
  {
    id: 'dmesg-one-word-more',
    file: DMESG,
    text: 'pending.words.length < pending.wanted',
    replacement: 'pending.words.length <= pending.wanted',
    tests: LOGS,
    why: 'no record would ever be complete',
  },
  {
    id: 'dmesg-mixes-devices',
    file: DMESG,
    text: 'this.#pending.set(line.device,',
    replacement: "this.#pending.set('',",
    tests: LOGS,
    why: 'words of two SMMUs would be put into one record',
  },
  {
    id: 'dmesg-decoded-line-of-another-stream',
    file: DMESG,
    text: ' || Number(last.words[0]! >> 32n) !== text.sid)',
    replacement: ')',
    tests: LOGS,
    why: "the kernel's decoding of one event would be attached to the words of another",
  },
  {
    id: 'dmesg-privilege',
    file: 'src/formats/dmesg/messages.ts',
    text: 'privileged: match[1] === undefined',
    replacement: 'privileged: match[1] !== undefined',
    tests: LOGS,
    why: 'unprivileged accesses would be shown as privileged',
  },
];
