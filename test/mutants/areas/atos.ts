import type { Mutant } from '../mutant.ts';

const TESTS = ['test/conformance/atos.test.ts'];
const ATOS = 'src/model/smmu/atos/atos.ts';
const REGISTERS = 'src/model/smmu/atos/atos-registers.ts';

/** Address translation operations. */
export const atosMutants: readonly Mutant[] = [
  {
    id: 'atos-updates-flags',
    file: ATOS,
    text: 'const flags = new NoUpdate(core, this.faults);',
    replacement: 'const flags = new FlagUpdate(core, this.faults);',
    tests: TESTS,
    why: 'a question would make pages accessed and dirty',
  },
  {
    id: 'atos-overridden',
    file: ATOS,
    text: 'features: { ...smmu.features, attrPermsOvr: false },',
    replacement: '',
    tests: TESTS,
    why: "PnU and InD are the operation's own (9.1)",
  },
  {
    id: 'atos-reason-of-another',
    file: ATOS,
    text: 'this.#fault(txn.event, cause + 1,',
    replacement: 'this.#fault(txn.event, cause,',
    tests: TESTS,
    why: 'a fault of the CD would be told as one without reason',
  },
  {
    id: 'atos-address-of-an-abort',
    file: ATOS,
    text: 'const hasIpa = txn.event !== EVENT.F_WALK_EABT;',
    replacement: 'const hasIpa = txn.event > 0;',
    tests: TESTS,
    why: 'an external abort would be told with an address that is none',
  },
  {
    id: 'atos-tells-stage-2',
    file: ATOS,
    text: 'if (type === TYPE.STAGE_1) return this.#fault(cause',
    replacement: 'if (type === 9) return this.#fault(cause',
    tests: TESTS,
    why: "a guest would learn of its host's stage 2",
  },
  {
    id: 'atos-size-a-power-off',
    file: ATOS,
    text: 'low & (-1 << shift)) | (1 << (shift - 1))',
    replacement: 'low & (-1 << shift)) | (1 << shift)',
    tests: TESTS,
    why: 'Size would be told twice as large',
  },
  {
    id: 'atos-httui-ignored',
    file: ATOS,
    text: 'const allowed = httui ?',
    replacement: 'const allowed = !httui ?',
    tests: TESTS,
    why: 'HTTUI would do the opposite',
  },
  {
    id: 'vatos-any-vm',
    file: ATOS,
    text: 'if (vmid !== null && !this.#isOf(vmid)) return',
    replacement: 'if (vmid !== null && vmid < 0) return',
    tests: TESTS,
    why: "a VM could ask for translations of another VM's streams",
  },
  {
    id: 'vatos-stage-2',
    file: ATOS,
    text: ' || (vmid !== null && type !== TYPE.STAGE_1)',
    replacement: '',
    tests: TESTS,
    why: 'a VM could ask for PAs',
  },
  {
    id: 'atos-run-stays',
    file: REGISTERS,
    text: 'image[CTRL]! &= ~RUN;',
    replacement: '',
    tests: TESTS,
    why: 'a driver that waits for RUN = 0 would wait for ever',
  },
];
