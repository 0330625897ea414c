import type { Mutant } from '../mutant.ts';

const TESTS = [
  'src/model/smmu/msi/msi-writer.test.ts',
  'src/model/smmu/queues/command-queue.test.ts',
  'src/model/smmu/commands/sync.test.ts',
];
const WRITER = 'src/model/smmu/msi/msi-writer.ts';

/** Interrupts as writes to memory. */
export const msiMutants: readonly Mutant[] = [
  {
    id: 'msi-beyond-oas',
    file: WRITER,
    text: 'const atHi = hi & ~maskHi(63, oas);',
    replacement: 'const atHi = hi;',
    tests: TESTS,
    why: 'the address is cut off at OAS (3.4.3)',
  },
  {
    id: 'msi-to-address-0',
    file: WRITER,
    text: 'if (!msi || (hi | lo) === 0) return;',
    replacement: 'if (!msi) return;',
    tests: TESTS,
    why: 'a driver that uses wires leaves the address 0, and memory there would be overwritten',
  },
  {
    id: 'msi-abort-silent',
    file: WRITER,
    text: 'if (!written) this.registers.activateError(ABORTS[source]);',
    replacement: '',
    tests: TESTS,
    why: 'a lost interrupt would leave no trace',
  },
  {
    id: 'msi-abort-of-another',
    file: WRITER,
    text: "PRIQ: 'MSI_PRIQ_ABT_ERR'",
    replacement: "PRIQ: 'MSI_EVENTQ_ABT_ERR'",
    tests: TESTS,
    why: 'GERROR would blame another source',
  },
  {
    id: 'msi-data-lost',
    file: WRITER,
    text: 'this.registers.peek(data)',
    replacement: '0',
    tests: TESTS,
    why: 'the interrupt controller would take the MSI for another',
  },
  {
    id: 'msi-of-sync-late',
    file: 'src/model/smmu/commands/command-unit.ts',
    text: 'hooks.msi?.(msiHi, msiLo, msiData);',
    replacement: '',
    tests: TESTS,
    why: 'a driver that polls the MSI of its CMD_SYNC would wait for ever',
  },
  {
    id: 'msi-without-the-feature',
    file: WRITER,
    text: 'if (!msi || (hi | lo) === 0) return;',
    replacement: 'if ((hi | lo) === 0) return;',
    tests: TESTS,
    why: 'an SMMU without IDR0.MSI would write to memory',
  },
];
