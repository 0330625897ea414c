import type { Mutant } from '../mutant.ts';

const TESTS = ['test/conformance/stale-translations.test.ts'];
const CHECKER = 'src/model/smmu/coherence/coherence.ts';
const TRAIL = 'src/model/smmu/coherence/trail.ts';
const REMOVAL = 'src/model/smmu/coherence/removal.ts';

/** The coherence checker: which hits it calls stale, whom it blames, which commands it asks for. */
export const coherenceMutants: readonly Mutant[] = [
  {
    id: 'coherence-cd-forgotten',
    file: TRAIL,
    text: '...this.#structures(STRUCTURE.CD), ...this.#tables',
    replacement: '...this.#tables',
    tests: TESTS,
    why: 'a TLB entry that a change of the CD made stale would have no reason',
  },
  {
    id: 'coherence-walk-cache-forgotten',
    file: TRAIL,
    text: 'case CACHE.S1_WALK:\n        this.#tables.push(...tablesIn(source.reads));',
    replacement: 'case CACHE.S1_WALK:',
    tests: TESTS,
    why: 'what an entry was made from by way of a walk cache would be forgotten',
  },
  {
    id: 'coherence-stage-2-tlb-forgotten',
    file: TRAIL,
    text: 'this.#stage2.push(...tablesIn(source.reads));',
    replacement: '',
    tests: TESTS,
    why: 'what an entry was made from by way of another would be forgotten',
  },
  {
    id: 'coherence-combined-too-wide',
    file: REMOVAL,
    text: "{ name: 'CMD_TLBI_NH_ALL', fields: vmid }], rule: 'stale.combined'",
    replacement: "{ name: 'CMD_TLBI_S12_VMALL', fields: vmid }], rule: 'stale.combined'",
    tests: TESTS,
    why: 'the least command is asked for, not one that empties the VMID',
  },
  {
    id: 'coherence-table-by-leaf',
    file: REMOVAL,
    text: 'const table = isTable(changed) || entry.cache === CACHE.S1_WALK;',
    replacement: 'const table = entry.cache === CACHE.S1_WALK;',
    tests: TESTS,
    why: 'Leaf = 1 does not remove what a table made stale',
  },
  {
    id: 'coherence-global-by-asid',
    file: REMOVAL,
    text: 'const global = scope === SCOPE.GLOBAL;',
    replacement: 'const global = scope < 0;',
    tests: TESTS,
    why: 'a global entry has no ASID to name',
  },
  {
    id: 'coherence-spurious-as-required',
    file: CHECKER,
    text: "success && this.#core.txn.status === STATUS.FAULT ? 'may' : 'must'",
    replacement: "success && this.#core.txn.status < 0 ? 'may' : 'must'",
    tests: TESTS,
    why: 'an entry that allows less than memory does may stay (3.21.1)',
  },
  {
    id: 'coherence-break-unseen',
    file: CHECKER,
    text: 'becameAnother(read, nowHi, nowLo) && ((change?.oldLo ?? 1) & 1) === 1',
    replacement: 'becameAnother(read, nowHi, nowLo)',
    tests: TESTS,
    why: 'a driver that breaks before it makes would be told that it does not',
  },
  {
    id: 'coherence-known-for-ever',
    file: CHECKER,
    text: 'source.cleanAt === this.#words.count && source.cleanFor === stamp',
    replacement: 'source.cleanAt >= 0 && source.cleanFor === stamp',
    tests: TESTS,
    why: 'what was right once would be taken as right for ever',
  },
  {
    id: 'coherence-blames-the-smmu',
    file: CHECKER,
    text: "all.filter(({ change }) => change?.author.kind !== 'SMMU')",
    replacement: 'all',
    tests: TESTS,
    why: 'flags that hardware wrote would be given as the reason',
  },
  {
    id: 'coherence-update-hidden',
    file: 'src/model/smmu/coherence/compare.ts',
    text: 'if (real.updates === 0 && fresh.updates > 0) return false;',
    replacement: '',
    tests: TESTS,
    why: 'a write to a page that became clean would be lost without a word',
  },
  {
    id: 'coherence-checker-writes',
    file: 'src/model/smmu/coherence/fresh-walk.ts',
    text: 'const flags = new CountedUpdate(this.core, this.faults);',
    replacement: 'const flags = new FlagUpdate(this.core, this.faults);',
    tests: TESTS,
    why: 'looking would change the tables',
  },
  {
    id: 'coherence-tags-unseen',
    file: CHECKER,
    text: "? { commands: [], rule: 'stale.tags' }",
    replacement: '? null',
    tests: TESTS,
    why: 'streams that share a VMID and ASID by mistake would not be told',
  },
  {
    id: 'coherence-tables-moved',
    file: CHECKER,
    text: 'configured || this.#steMoved(hit) ? this.#removals.everything',
    replacement: 'configured ? this.#removals.everything',
    tests: TESTS,
    why: 'a stream table put elsewhere makes every STE that is cached stale',
  },
];
