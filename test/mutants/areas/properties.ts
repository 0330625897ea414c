import type { Mutant } from '../mutant.ts';

const SEQUENCES = ['test/conformance/stale-sequences.test.ts'];
const ISOLATION = ['test/conformance/isolation.test.ts'];
const SAME_TRACE = ['test/labs/same-trace.test.ts'];

/** What the properties over random machines alone must notice: each could fail. */
export const propertyMutants: readonly Mutant[] = [
  {
    id: 'property-range-short',
    file: 'src/model/smmu/tlb/reach.ts',
    text: '(scope.num + 1)',
    replacement: 'scope.num',
    tests: SEQUENCES,
    why: 'a driver that invalidates a range rightly would meet the last page of it',
  },
  {
    id: 'property-vmid-wildcard',
    file: 'src/model/smmu/tlb/reach.ts',
    text: '((vmid ^ scope.vmid) & scope.vmidMask) === 0',
    replacement: 'vmid === scope.vmid',
    tests: SEQUENCES,
    why: 'a driver that relies on CR0.VMW would meet what it has invalidated',
  },
  {
    id: 'property-table-unreached',
    file: 'src/model/smmu/tlb/maintenance.ts',
    text: 'if (!scope.leaf) {',
    replacement: 'if (scope.leaf) {',
    tests: SEQUENCES,
    why: 'a table that is freed and used again would be walked as what it was',
  },
  {
    id: 'property-tables-without-stage-2',
    file: 'src/model/smmu/walk/stage1.ts',
    text: 'this.isPa = !nested;',
    replacement: 'this.isPa = nested;',
    tests: ISOLATION,
    why: 'tables of a guest would be read at any PA',
  },
  {
    id: 'property-vmid-untagged',
    file: 'src/model/smmu/config/config-cache.ts',
    text: 'const vm = world !== NS_EL1 || !features.s2p ? 0 : vmid(slots, s + SLOT.STE);',
    replacement: 'const vm = world !== NS_EL1 || features.s2p ? 0 : vmid(slots, s + SLOT.STE);',
    tests: ISOLATION,
    why: 'one VM would be answered from the entries of another',
  },
  {
    id: 'property-unrolled-without-stage-2',
    file: 'src/model/smmu/walk/fast-walk.ts',
    text: '        shift -= 9;\n        ipaHi = dHi & 0xffff;',
    replacement: '        shift -= 9;\n        isPa = level === 3;\n        ipaHi = dHi & 0xffff;',
    tests: ISOLATION,
    why: 'the unrolled walk would read wherever a table of level 2 of the guest points, as if that were a PA',
  },
  {
    id: 'property-numbers-of-all',
    file: 'src/model/smmu/smmu.ts',
    text: 'txn.start(txn.number + 1,',
    replacement: "txn.start(Object.assign(globalThis, { n: Number(Reflect.get(globalThis, 'n') ?? 0) + 1 }).n,",
    tests: SAME_TRACE,
    why: 'the trace of a lab would depend on what ran before it in the same process',
  },
  {
    id: 'property-process-leaks',
    file: 'src/model/smmu/txn.ts',
    text: 'from 1. */\n  number = 0;',
    replacement: 'from 1. */\n  number = process.pid;',
    tests: SAME_TRACE,
    why: 'a trace would be the same only within one process',
  },
  {
    id: 'property-window-twice',
    file: 'src/model/memory/window.ts',
    text: '  kept = null;\n',
    replacement: '',
    tests: SAME_TRACE,
    why: 'two machines at once would have one memory',
  },
];
