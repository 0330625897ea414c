import type { Mutant } from '../mutant.ts';

const TESTS = ['src/model/stack/assembly', 'src/model/stack/journal.test.ts', 'test/labs/stack-documents.test.ts'];
const JOURNAL = 'src/model/stack/journal.ts';
const VFIO = 'src/model/stack/assembly/vfio-process.ts';

/** VMMs as processes with containers and files, devices that come later, and the journal of it all. */
export const assemblyMutants: readonly Mutant[] = [
  {
    id: 'plug-unknown-to-the-vsmmu',
    file: VFIO,
    text: 'this.assigned.push(assignedOf(made));',
    replacement: '',
    tests: TESTS,
    why: 'a device that comes later would never be told to the host',
  },
  {
    id: 'plug-not-bound',
    file: 'src/model/stack/assembly/stack-vm.ts',
    text: 'this._devices.set(name, bound);\n    return 0;',
    replacement: 'return 0;',
    tests: TESTS,
    why: 'the guest would not know its new device',
  },
  {
    id: 'container-for-each-device',
    file: VFIO,
    text: 'options.shared ? (held[0]?.container ?? null) : null',
    replacement: 'null',
    tests: TESTS,
    why: 'devices of one container share one configuration, and its defects',
  },
  {
    id: 'unmap-first-container',
    file: VFIO,
    text: 'results.find((result) => result !== 0) ?? 0',
    replacement: 'results[0] ?? 0',
    tests: TESTS,
    why: 'a refusal of the second container would be success',
  },
  {
    id: 'journal-path-in-a-path',
    file: JOURNAL,
    text: 'if (this.open) return cause();',
    replacement: '',
    tests: TESTS,
    why: 'what a guest’s action leads to would be paths of its own',
  },
  {
    id: 'journal-order-of-ends',
    file: JOURNAL,
    text: 'order: since.order, ...end',
    replacement: 'order: this.order++, ...end',
    tests: TESTS,
    why: 'hops would be shown in the order in which they ended',
  },
  {
    id: 'journal-outside-a-path',
    file: JOURNAL,
    text: 'assert(this.open || this.booting,',
    replacement: 'assert(this.order >= 0,',
    tests: TESTS,
    why: 'a part that acts by itself would not be found out',
  },
  {
    id: 'journal-path-stays-open',
    file: JOURNAL,
    text: '} finally {\n      this.open = false;',
    replacement: '} finally {',
    tests: TESTS,
    why: 'all that follows would be one path',
  },
];
