import type { Mutant } from '../mutant.ts';

const IMPORTS = ['test/imports/importers.test.ts'];
const IMAGES = ['test/dumps/images.test.ts'];
const REGISTERS = ['test/dumps/registers.test.ts'];
const BESIDE = ['test/dumps/beside.test.ts'];

/** An importer that guesses says what nobody wrote. */
export const importerMutants: readonly Mutant[] = [
  { id: 'iort-one-id-less', file: 'src/formats/iort/parse.ts', text: 'count: less + 1', replacement: 'count: less', tests: IMPORTS, why: 'the last ID of each mapping would have no StreamID' },
  { id: 'iort-checksum-unchecked', file: 'src/formats/iort/parse.ts', text: 'sumOf(bytes.subarray(0, end)) !== 0', replacement: 'sumOf(bytes.subarray(0, end)) > 255', tests: IMPORTS, why: 'a damaged table would pass for whole' },
  { id: 'iort-rmr-alignment', file: 'src/formats/iort/parse.ts', text: 'base % 0x1_0000n !== 0n || size', replacement: 'size', tests: IMPORTS, why: 'an RMR that Linux passes over would seem right' },
  { id: 'names-widest', file: 'src/formats/import/named-stream.ts', text: 'a.count - b.count', replacement: 'b.count - a.count', tests: IMPORTS, why: 'a bridge would be named in place of the device' },
  { id: 'ftrace-end-inside', file: 'src/formats/ftrace/read.ts', text: 'iova < range.end', replacement: 'iova <= range.end', tests: IMPORTS, why: 'the address behind a mapping would seem mapped' },
  { id: 'ftrace-first-range', file: 'src/formats/ftrace/read.ts', text: 'if (iova >= range.iova && iova', replacement: 'if (range.isMap && iova >= range.iova && iova', tests: IMPORTS, why: 'an unmap would not count' },
  { id: 'strace-bytes-of-another', file: 'src/formats/strace/read.ts', text: '    last = null;\n    if (match', replacement: '    if (match', tests: IMPORTS, why: 'bytes behind a foreign call would be given to the one before' },
  { id: 'device-tree-mask', file: 'src/formats/device-tree/devices.ts', text: 'if (length > PCI_FUNCTIONS)', replacement: 'if (length >= PCI_FUNCTIONS)', tests: IMPORTS, why: 'a map of a whole segment would be called wrong' },
  { id: 'debugfs-half-entry', file: 'src/formats/debugfs/read.ts', text: 'missing !== WORDS / 2', replacement: 'missing !== 1', tests: IMPORTS, why: 'half entries would be refused, cut ones taken' },
  { id: 'debugfs-runs-of-any-step', file: 'src/formats/debugfs/read.ts', text: 'step > 0n && step === first && pa - run.last.pa === step', replacement: 'step > 0n && step === first', tests: IMPORTS, why: 'leaves that lead elsewhere would be one run' },
  { id: 'kdump-rank', file: 'src/formats/kdump/kdump.ts', text: 'this.#dumped.rank(frame)', replacement: 'this.present.rank(frame)', tests: IMAGES, why: 'pages would be those of other frames' },
  { id: 'kdump-cut-is-zero', file: 'src/formats/kdump/kdump.ts', text: 'if (bytes.length < size)', replacement: 'if (bytes.length > size)', tests: IMAGES, why: 'a page behind the end of a file would be unpacked' },
  { id: 'elf-virtual', file: 'src/formats/elf-core/elf-core.ts', text: 'paddr: view.getBigUint64(24, true)', replacement: 'paddr: view.getBigUint64(16, true)', tests: IMAGES, why: 'memory would lie at virtual addresses' },
  { id: 'registers-words-of-8', file: 'src/formats/register-dump/register-dump.ts', text: 'address += digits(value) > 8 ? 8n : 4n', replacement: 'address += 4n', tests: REGISTERS, why: 'xp /2gx would put its second word into the first' },
  { id: 'registers-half', file: 'src/formats/register-dump/register-dump.ts', text: "(typeof reading.of === 'string' || reading.bytes === 8)", replacement: "(typeof reading.of === 'string')", tests: REGISTERS, why: 'the upper half of a register of 64 bits would be lost' },
  { id: 'logged-words-turned', file: 'src/formats/survey/logged-events.ts', text: '[Number(BigInt.asUintN(32, BigInt(`0x${text}`))), Number(BigInt(`0x${text}`) >> 32n)]', replacement: '[Number(BigInt(`0x${text}`) >> 32n), Number(BigInt.asUintN(32, BigInt(`0x${text}`)))]', tests: BESIDE, why: 'events of a log would be others' },
  { id: 'capture-asked-changes', file: 'src/host/engine/as-it-stood.ts', text: '  smmu.registers.restore(registers);\n', replacement: '', tests: BESIDE, why: 'the event queue of a capture would grow by what is asked of it' },
  { id: 'capture-asked-writes', file: 'src/host/engine/as-it-stood.ts', text: 'if (record !== null) memory.writeBytes(slot, record);', replacement: '', tests: BESIDE, why: 'a captured queue would hold what is asked of it' },
  { id: 'context-fault-blocks', file: 'src/formats/debugfs/context-fault.ts', text: "last.fields.some(({ name }) => name === 'FAR') || line", replacement: 'line', tests: IMPORTS, why: 'two faults in a row would be one' },
];
