import type { Mutant } from '../mutant.ts';

const TESTS = ['test/conformance/deviations.test.ts'];
const STAGE1 = 'src/model/smmu/walk/stage1.ts';
const STAGE2 = 'src/model/smmu/walk/stage2.ts';
const TRANSLATION = 'src/model/smmu/translation.ts';

/** QEMU's deviations: each does what QEMU does, and nothing beside it. */
export const deviationMutants: readonly Mutant[] = [
  {
    id: 'qemu-concatenation',
    file: STAGE2,
    text: 'indexBits = Math.min(indexBits, granule - 3)',
    replacement: 'indexBits = Math.min(indexBits, granule)',
    tests: TESTS,
    why: 'concatenated tables would work as they do not in QEMU',
  },
  {
    id: 'qemu-global-entries',
    file: TRANSLATION,
    text: "found.nonGlobal || deviates['global-entries']",
    replacement: 'found.nonGlobal',
    tests: TESTS,
    why: 'a driver that relies on global entries would pass where it fails under QEMU',
  },
  {
    id: 'qemu-silent-walks',
    file: STAGE2,
    text: "!(held && deviates['stage2-hit-silent'])",
    replacement: "!deviates['stage2-hit-silent']",
    tests: TESTS,
    why: 'only faults found on a TLB hit are silent',
  },
  {
    id: 'qemu-span',
    file: 'src/model/smmu/config/stream-table.ts',
    text: '(deviates.span ? 0 : 1)',
    replacement: '1',
    tests: TESTS,
    why: 'StreamIDs that QEMU serves would be refused',
  },
  {
    id: 'qemu-error-stops',
    file: 'src/model/smmu/queues/event-queue.ts',
    text: "!registers.deviates['event-overflow'] && registers.errorActive",
    replacement: 'registers.errorActive',
    tests: TESTS,
    why: 'in QEMU the error stops nothing',
  },
  {
    id: 'qemu-fetch-address',
    file: 'src/model/smmu/fault.ts',
    text: "if (event === EVENT.F_CD_FETCH && this.core.deviates['cd-fetch-address'])",
    replacement: "if (this.core.deviates['cd-fetch-address'])",
    tests: TESTS,
    why: 'only F_CD_FETCH has its address elsewhere',
  },
  {
    id: 'qemu-aptable-reads',
    file: STAGE1,
    text: "deviates['aptable-at-table'] && !had && (dHi & TABLE_AP1) !== 0 && txn.rnw === 0",
    replacement: "deviates['aptable-at-table'] && !had && (dHi & TABLE_AP1) !== 0",
    tests: TESTS,
    why: 'reads pass where APTable forbids writing',
  },
  {
    id: 'qemu-tbi',
    file: 'src/model/smmu/config/decode.ts',
    text: 'deviates.tbi ? cd.TBI0(slots, at)',
    replacement: 'deviates.tbi ? cd.TBI1(slots, at)',
    tests: TESTS,
    why: 'TBI0 decides for both halves',
  },
  {
    id: 'qemu-hit-writes',
    file: TRANSLATION,
    text: "!(txn.rnw === 1 && deviates['tlb-read-permission'])",
    replacement: "!deviates['tlb-read-permission']",
    tests: TESTS,
    why: 'writes are checked on a TLB hit in QEMU too',
  },
  {
    id: 'qemu-piece',
    file: 'src/model/smmu/tlb/reach.ts',
    text: "const size = deviates['tlbi-piece']",
    replacement: "const size = scope.tg === 0 && deviates['tlbi-piece']",
    tests: TESTS,
    why: 'a TLBI with a range leaves pieces of a block outside it, in QEMU too',
  },
  {
    id: 'qemu-blames-nobody',
    file: 'src/model/lab/qemu-differences.ts',
    text: 'alone.get(id)![index]?.text !== plain[index]?.text',
    replacement: 'alone.get(id)![index]?.text === plain[index]?.text',
    tests: ['test/labs/qemu-differences.test.ts'],
    why: 'run --against qemu-11 would blame what makes no difference',
  },
];
