import type { Mutant } from '../mutant.ts';

const TESTS = ['test/stack/driver/io-pgtable.test.ts', 'src/model/stack/guest', 'test/stack/vmm/guest-kernel.test.ts'];
const TABLE = 'src/model/stack/io-pgtable/page-table.ts';
const DESCRIPTOR = 'src/model/stack/io-pgtable/descriptor.ts';
const GEOMETRY = 'src/model/stack/io-pgtable/geometry.ts';
const SIZES = 'src/model/stack/io-pgtable/page-sizes.ts';
const DMA = 'src/model/stack/guest/dma-api.ts';
const IOVAS = 'src/model/stack/guest/iova-allocator.ts';

/** Tables as Linux builds, splits and takes them down, and a guest's DMA API over them. */
export const pageTableMutants: readonly Mutant[] = [
  {
    id: 'pgtable-overwrites-a-leaf',
    file: TABLE,
    text: 'if (isLeaf(entry, level)) return -ERRNO.EEXIST;\n    return this.#unmap',
    replacement: 'return this.#unmap',
    tests: TESTS,
    why: 'a second map would replace the first without a TLBI',
  },
  {
    id: 'pgtable-freed-table-in-tlb',
    file: TABLE,
    text: 'tlb.flushWalk(iova, pgsize, 1n << BigInt(pageShift));',
    replacement: '',
    tests: TESTS,
    why: 'the walk cache would point into memory that was given back',
  },
  {
    id: 'pgtable-unmap-without-tlbi',
    file: TABLE,
    text: 'else if (gather !== null) tlb.addPage(gather, iova, pgsize);',
    replacement: '',
    tests: TESTS,
    why: 'an unmapped page would stay in the TLB',
  },
  {
    id: 'pgtable-split-keeps-the-hole',
    file: TABLE,
    text: 'if (i !== hole) memory.write64',
    replacement: 'memory.write64',
    tests: TESTS,
    why: 'the page that goes would stay mapped in the new table',
  },
  {
    id: 'pgtable-ias-unchecked',
    file: TABLE,
    text: 'iova >> BigInt(ias) !== 0n ||',
    replacement: '',
    tests: TESTS,
    why: 'an address beyond the tables would wrap into them',
  },
  {
    id: 'descriptor-read-only',
    file: DESCRIPTOR,
    text: 'has(prot, PROT.READ) && !has(prot, PROT.WRITE) ?',
    replacement: 'has(prot, PROT.READ) && has(prot, PROT.WRITE) ?',
    tests: TESTS,
    why: 'read-only buffers would be writable',
  },
  {
    id: 'descriptor-without-ng',
    file: DESCRIPTOR,
    text: 'return S1_NG | readOnly',
    replacement: 'return readOnly',
    tests: TESTS,
    why: 'a global mapping survives CMD_TLBI_NH_ASID',
  },
  {
    id: 'descriptor-s2-noexec',
    file: DESCRIPTOR,
    text: '(has(prot, PROT.NOEXEC) ? XN : 0n)',
    replacement: '0n',
    tests: TESTS,
    why: 'IOMMU_NOEXEC would do nothing',
  },
  {
    id: 'geometry-52-bit-4k',
    file: GEOMETRY,
    text: '(pageShift === 16 ? 52 : 48)',
    replacement: '52',
    tests: TESTS,
    why: 'tables of 4K pages cannot translate 52 bits: a parent for an SMMU that has them would start at level -1',
  },
  {
    id: 'geometry-without-concatenation',
    file: GEOMETRY,
    text: 'stage === 2 && startLevel === 0 && 2 ** rootBits <= MAX_CONCATENATED',
    replacement: 'stage === 2 && startLevel === 9 && 2 ** rootBits <= MAX_CONCATENATED',
    tests: TESTS,
    why: 'stage 2 would take a level more than the STE says',
  },
  {
    id: 'sizes-ignore-alignment',
    file: SIZES,
    text: '(iova + done) | (paddr + done)',
    replacement: 'iova + done',
    tests: TESTS,
    why: 'a block would be mapped to a PA that is not aligned to it',
  },
  {
    id: 'sizes-failure-kept',
    file: SIZES,
    text: 'if (done > 0n) unmapRange(table, iova, done, gather);',
    replacement: '',
    tests: TESTS,
    why: 'half of a failed map would stay',
  },
  {
    id: 'dma-strict-without-tlbi',
    file: DMA,
    text: 'driver.iotlbSync(domain, gather);',
    replacement: '',
    tests: TESTS,
    why: 'strict means that a device cannot reach a buffer after its unmap',
  },
  {
    id: 'dma-lazy-without-flush',
    file: DMA,
    text: 'driver.flushIotlbAll(domain);',
    replacement: '',
    tests: TESTS,
    why: 'an IOVA would be used again while the TLB still has the old page',
  },
  {
    id: 'iova-overlap',
    file: IOVAS,
    text: 'if (start < top) top = start;',
    replacement: '',
    tests: TESTS,
    why: 'two buffers would get overlapping addresses',
  },
];
