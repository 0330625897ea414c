/** What inspections and calls by name show, in labs of both kinds, through expectations as a document has them. */
import { afterEach, describe, expect, test } from 'vitest';
import { parseLab } from '../../src/formats/lab/index.ts';
import { createRunner, withUapi } from '../../src/model/lab/index.ts';
import type { Runner, StepResult, Uapi } from '../../src/model/lab/index.ts';

const open: Runner[] = [];
afterEach(() => open.splice(0).forEach((runner) => runner.release()));

function runner(text: string, uapi?: Uapi): Runner {
  const parsed = parseLab(text);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const made = createRunner(uapi === undefined ? parsed.value : withUapi(parsed.value, uapi));
  if (!made.ok) throw new Error(made.error.message);
  open.push(made.value);
  return made.value;
}

const unmet = (results: readonly StepResult[]): string[] => results.filter(({ expectation }) => expectation.state === 'failed').map(({ index, expectation }) => `step ${index + 1}: ${expectation.message}`);
const met = (text: string, uapi?: Uapi): readonly StepResult[] => {
  const results = runner(text, uapi).run();
  expect(unmet(results)).toEqual([]);
  return results;
};
const details = (step: StepResult): string => step.details.map(({ name, value }) => `${name}: ${value}`).join('\n');

const DIRECT = `host:
  vms: [{ name: vm0, vmid: 1, stage2: { map: [{ ipa: 0x80000000, size: 4M, pa: 0x41000000 }] } }]
  devices: [{ name: nic0, StreamID: 0x10, vm: vm0, Config: nested }]
guest:
  vm0: { devices: { nic0: { stage1: { map: [{ iova: 0x1000, ipa: 0x80201000, size: 8K }, { iova: 0x3000, ipa: 0x80203000, size: 4K }, { iova: 0x8000, ipa: 0x80208000, size: 4K, access: ro }, { iova: 0xffffffffffe00000, ipa: 0x80200000, size: 2M }] } } } }
steps:
`;

describe('inspect in a lab with tables by hand', () => {
  test('ranges of both stages: neighbours that go on alike are one', () => {
    const [s1, s2] = met(`${DIRECT}
  - inspect: { stage1: nic0, expect: { ranges: 3, bytes: 0x204000 } }
  - inspect: { stage2: nic0, expect: { ranges: 1, bytes: 4M } }
`);
    expect(details(s1!)).toMatch(/^0x1000 to 0x3fff: 0x80201000; .*\n0x8000 to 0x8fff: 0x80208000; .*\n0xffffffffffe00000 to 0xffffffffffffffff: 0x80200000/);
    expect(details(s2!)).toMatch(/^0x80000000 to 0x803fffff: 0x41000000/);
  });

  test('ranges of the CD of a SubstreamID, through tables of CDs of each format', () => {
    for (const format of ['linear', '4K', '64K']) {
      const [own, other] = met(`host:
  vms: [{ name: vm0, vmid: 1, stage2: { map: [{ ipa: 0x80000000, size: 4M }] } }]
  devices: [{ name: nic0, StreamID: 0x10, vm: vm0, Config: nested }]
guest:
  vm0: { devices: { nic0: { cdTable: { format: ${format}, log2size: 8 }, stage1: { map: [] }, substreams: { 200: { stage1: { map: [{ iova: 0x5000, ipa: 0x80205000, size: 8K }] } } } } } }
steps:
  - inspect: { stage1: nic0, expect: { ranges: 0 } }
  - inspect: { stage1: nic0, ssid: 200, expect: { ranges: 1, bytes: 8K } }
`);
      expect(own!.text).toBe('stage 1 of nic0 maps 0x0 bytes in 0 ranges');
      expect(details(other!)).toMatch(/^0x5000 to 0x6fff: 0x80205000;/);
    }
  });

  test('ranges with 52-bit addresses: the 64K granule has them in descriptor bits [15:12]', () => {
    const [stage1] = met(`host:
  memory: [{ base: 0x40000000, size: 64M }, { base: 0x8000000000000, size: 2M }]
  smmu: { features: { OAS: 52 bits } }
  devices: [{ name: dma0, StreamID: 0x10, Config: s1, stage1: { granule: 64K, map: [{ iova: 0x10000, pa: 0x8000000010000, size: 128K }] } }]
steps:
  - inspect: { stage1: dma0, expect: { ranges: 1, bytes: 128K } }
`);
    expect(details(stage1!)).toMatch(/^0x10000 to 0x2ffff: 0x8000000010000;/);
  });

  test('a walk of a privileged access; structures are counted', () => {
    const results = met(`host:
  devices: [{ name: dma0, StreamID: 0x10, Config: s1, stage1: { map: [{ iova: 0x1000, pa: 0x40100000, size: 4K, privileged: true }] } }]
steps:
  - inspect: { walk: { device: dma0, iova: 0x1000 } }
  - inspect: { walk: { device: dma0, iova: 0x1000, privileged: true }, expect: { pa: 0x40100000 } }
  - inspect: { layout: true, expect: { structures: 8 } }
  - inspect: { tables: dma0, expect: { structures: 5 } }
`);
    expect(results.map(({ text }) => text.replace(/^.*: /, '')).slice(0, 2)).toEqual(['fault, F_PERMISSION', 'success, PA 0x40100000']);
  });

  test('a walk is what memory says, whatever the caches hold, and leaves nothing behind', () => {
    const steps = `
  - dma: { device: nic0, iova: 0x1000, access: read }
  - unmap: { device: nic0, iova: 0x1000, size: 4K }
  - inspect: { walk: { device: nic0, iova: 0x1000 } }
  - inspect: { walk: { device: nic0, iova: 0x8008, access: write } }
  - inspect: { walk: { device: nic0, iova: 0x8008 }, expect: { pa: 0x41208008, pageSize: 4K, reads: 18 } }
  - inspect: { queues: true, expect: { events: 0, commands: 0 } }
  - dma: { device: nic0, iova: 0x1000, access: read, expect: { status: success, reads: 0 } }
`;
    const results = met(DIRECT + steps);
    expect(results[2]!.text).toContain('fault, F_TRANSLATION');
    expect(results[3]!.text).toContain('fault, F_PERMISSION');
    expect(details(results[4]!)).toMatch(/0x8008|80208/);
  });

  test('a walk does not keep the access flag that it would set', () => {
    const results = met(`host:
  vms: [{ name: vm0, vmid: 1, stage2: { map: [{ ipa: 0x80000000, size: 4M }] } }]
  devices: [{ name: nic0, StreamID: 0x10, vm: vm0, Config: nested }]
guest:
  vm0: { devices: { nic0: { cd: { HA: 1 }, stage1: { map: [{ iova: 0x1000, ipa: 0x80201000, size: 4K, AF: false }] } } } }
steps:
  - inspect: { walk: { device: nic0, iova: 0x1000 } }
  - inspect: { stage1: nic0 }
`);
    expect(results[0]!.text).toContain('success');
    expect(details(results[1]!)).toContain('AF=0');
  });

  test('caches name the transaction that made each entry; a TLBI takes it away', () => {
    const results = met(`${DIRECT}
  - inspect: { caches: , expect: { config: 0, tlb: 0, s1Walk: 0, s2Walk: 0, ste: 0 } }
  - dma: { device: nic0, iova: 0x8000, access: read }
  - dma: { device: nic0, iova: 0x1000, access: read }
  - inspect: { caches: true, expect: { config: 1, ste: 1 } }
  - command: { CMD_TLBI_NSNH_ALL: {} }
  - inspect: { caches: true, expect: { tlb: 0, s1Walk: 0, s2Walk: 0, config: 1 } }
`);
    expect(details(results[3]!)).toMatch(/TLB: VMID 1, ASID 1: 0x1000, 0x1000 bytes -> 0x41201000; from transaction 2/);
    expect(details(results[3]!)).toMatch(/configuration: StreamID 0x10; from transaction 1/);
  });

  test('queues and registers, by name', () => {
    const results = met(`${DIRECT}
  - dma: { device: nic0, iova: 0x100000, access: read }
  - inspect: { queues: , expect: { events: 1, commands: 0, overflowed: 0, EVENTQ_PROD: 1 } }
  - inspect: { registers: , expect: { CR0: 0xd } }
`);
    expect(details(results[1]!)).toMatch(/event, waits: F_TRANSLATION .*StreamID 0x10/);
    expect(details(results[1]!)).toMatch(/command: CMD_/);
  });

  test('what differs is said; a stage that is not there is an error of the step', () => {
    const results = runner(`${DIRECT}
  - inspect: { stage1: nic0, expect: { ranges: 4, holes: 1 } }
  - ste: { device: nic0, set: { Config: 4 } }
  - inspect: { stage2: nic0 }
`).run();
    expect(unmet(results)).toEqual(['step 1: ranges: expected 0x4, got 0x3; holes: expected 0x1, got none', 'step 3: the STE of nic0 has no stage 2: Config is 4, V 1']);
  });

  test('tables that lead back into themselves end', () => {
    const [, , looped] = runner(`host:
  vms: [{ name: vm0, vmid: 1, stage2: { map: [{ ipa: 0x80000000, size: 4M }] } }]
  devices: [{ name: s, StreamID: 1, vm: vm0, Config: s2 }]
steps:
  - write: { pa: 0x40200000, bytes: "0300204000000000" }
  - ste: { device: s, set: { S2TTB: 0x40200000, S2T0SZ: 20, S2SL0: 2 } }
  - inspect: { stage2: s }
`).run();
    expect(looped!.error).toBeNull();
  });
});

const STACK = `host:
  uapi: { kind: vfio-v16 }
  vms: [{ name: vm0 }]
  devices: [{ name: nic0, StreamID: 0x20, vm: vm0 }]
steps:
  - map: { device: nic0, iova: 0x10000000, ipa: 0x80100000, size: 4K }
`;

describe.each(['vfio-v16-posted', 'vfio-v16-intended', 'iommufd'] as const)('inspect in a lab of the whole stack on %s', (uapi) => {
  test('tables, walk, caches, queues and registers on both sides', () => {
    const results = met(`${STACK}
  - dma: { device: nic0, iova: 0x10000000, access: read }
  - inspect: { stage2: nic0, expect: { fields: { bytes: 16M } } }
  - inspect: { walk: { device: nic0, iova: 0x10000000 }, expect: { fields: { pageSize: 4K } } }
  - inspect: { caches: , expect: { fields: { tlb: 2, config: 1 } } }
  - inspect: { tlb: nic0, expect: { fields: { entries: 1 } } }
  - inspect: { guestQueues: vm0, expect: { fields: { commands: 0 } } }
  - inspect: { guestRegisters: vm0, expect: { fields: { CR0: 0xd } } }
  - inspect: { registers: , expect: { fields: { CR0: 0xd } } }
  - inspect: { layout: }
  - inspect: { stage1: nic0 }
`, uapi);
    expect(details(results[10]!)).toMatch(/0x10000000 to 0x10000fff: 0x80100000/);
    expect(details(results[9]!)).toMatch(/stage 1 level 3 table of nic0: IPA 0x.*, PA 0x.*, guest's/);
    expect(details(results[6]!)).toContain('command: CMD_');
  });

  test('allocators and waiting faults', () => {
    const results = met(`${STACK}
  - inspect: { allocators: , expect: { fields: { VMIDs: 1, guestASIDs: 1 } } }
  - dma: { device: nic0, iova: 0x5000, access: write }
  - inspect: { faults: nic0, expect: { fields: { entries: 0 } } }
`, uapi);
    if (uapi === 'iommufd') expect(details(results[1]!)).toMatch(/object \d+ of the VMM of vm0: viommu/);
    else expect(details(results[3]!)).toMatch(/slot 0: PTE_FETCH, addr 0x5000/);
  });

  test("a guest's registers and the host's, written and read", () => {
    met(`${STACK}
  - register: { vm: vm0, name: GERROR, expect: { fields: { value: 0 } } }
  - register: { vm: vm0, name: IRQ_CTRL, value: 0, expect: { fields: { value: 0 } } }
  - register: { name: CR2, value: 7 }
  - host_command: { CMD_TLBI_NH_ALL: { VMID: 1 }, expect: { errno: 0, commands: [CMD_TLBI_NH_ALL VMID=1] } }
`, uapi);
  });
});

describe('calls by the names of the kernel', () => {
  test('iommufd: objects are made, found, used and destroyed [c.2] [c.3] [c.4] [c.5]', () => {
    met(`${STACK}
  - IOMMU_IOAS_ALLOC: { device: nic0, expect: { errno: 0 } }
  - IOMMU_GET_HW_INFO: { device: nic0, dev_id: 1, data: "${'00'.repeat(40)}", expect: { errno: 0, fields: { data_type: 2 } } }
  - IOMMU_HWPT_ALLOC: { device: nic0, flags: NEST_PARENT, dev_id: 1, pt_id: 2, expect: { errno: 0 } }
  - IOMMU_HWPT_ALLOC: { device: nic0, flags: NEST_PARENT | DIRTY_TRACKING, dev_id: 1, pt_id: 2, expect: { errno: EOPNOTSUPP } }
  - IOMMU_VIOMMU_ALLOC: { device: nic0, type: ARM_SMMUV3, dev_id: 1, hwpt_id: 99, expect: { errno: ENOENT } }
  - IOMMU_VDEVICE_ALLOC: { device: nic0, viommu_id: 4, dev_id: 1, virt_id: 9, expect: { errno: EEXIST } }
  - IOMMU_FAULT_QUEUE_ALLOC: { device: nic0, expect: { errno: 0 } }
  - IOMMU_DESTROY: { device: nic0, id: 77, expect: { errno: ENOENT } }
  - IOMMU_HWPT_INVALIDATE: { device: nic0, hwpt_id: 4, data_type: VIOMMU_ARM_SMMUV3, data: "10000000000000000000000000000000", expect: { errno: 0, fields: { entry_num: 1 }, commands: [CMD_TLBI_NH_ALL VMID=1] } }
  - IOMMU_HWPT_INVALIDATE: { device: nic0, hwpt_id: 4, data_type: VIOMMU_ARM_SMMUV3, data: "03000000000000000000000000000000", expect: { errno: EIO, fields: { entry_num: 0 } } }
  - VFIO_IOMMU_MAP_DMA: { device: nic0, expect: { errno: ENOTTY } }
`, 'iommufd');
  });

  test('raw sizes: short, long, and memory that ends too soon', () => {
    met(`${STACK}
  - IOMMU_IOAS_ALLOC: { device: nic0, size: 4, expect: { errno: EINVAL } }
  - IOMMU_IOAS_ALLOC: { device: nic0, tail: "00", expect: { errno: 0 } }
  - IOMMU_IOAS_ALLOC: { device: nic0, tail: "01", expect: { errno: E2BIG } }
  - IOMMU_IOAS_ALLOC: { device: nic0, present: 8, expect: { errno: EFAULT } }
`, 'iommufd');
  });

  test('vfio-v16: SET_PASID_TABLE, CACHE_INVALIDATE, regions and the page response [a.1] [a.7] [b.1]', () => {
    met(`${STACK}
  - VFIO_IOMMU_SET_PASID_TABLE: { device: nic0, flags: UNSET, expect: { errno: 0 } }
  - VFIO_IOMMU_SET_PASID_TABLE: { device: nic0, flags: SET, config: { format: 1, config: IOMMU_PASID_CONFIG_TRANSLATE, base_ptr: 0x80c09000 }, expect: { errno: 0 } }
  - VFIO_IOMMU_SET_PASID_TABLE: { device: nic0, flags: SET, config: { format: 1, config: 1, argsz: 31 }, expect: { errno: EINVAL } }
  - VFIO_IOMMU_SET_PASID_TABLE: { device: nic0, flags: 3, expect: { errno: EINVAL } }
  - VFIO_IOMMU_CACHE_INVALIDATE: { device: nic0, info: { cache: IOMMU_CACHE_INV_TYPE_IOTLB, granularity: IOMMU_INV_GRANU_PASID, flags: ARCHID, archid: 5 }, expect: { errno: 0, commands: [CMD_TLBI_NH_ASID ASID=5] } }
  - VFIO_IOMMU_CACHE_INVALIDATE: { device: nic0, info: { cache: 1, version: 2 }, expect: { errno: EINVAL } }
  - VFIO_DEVICE_GET_REGION_INFO: { device: nic0, index: 9, expect: { errno: 0 } }
  - region_read: { device: nic0, expect: { errno: 0 } }
  - region_write: { device: nic0, position: 4, bytes: "00000000", expect: { errno: EINVAL } }
  - region_write: { device: nic0, position: 4096, bytes: "aa", mapped: true, expect: { errno: 0 } }
  - region_read: { device: nic0, position: 4096, length: 2, expect: { bytes: "aa00" } }
  - page_response: { device: nic0, grpid: 3, expect: { errno: 0, fields: { taken: 4 } } }
  - region_read: { device: nic0, region: DMA_FAULT_RESPONSE, length: 4, expect: { bytes: "01000000" } }
  - file_read: { vm: vm0, fd: 3, expect: { errno: EBADF } }
  - IOMMU_IOAS_ALLOC: { device: nic0, expect: { errno: ENOTTY } }
`);
  });
});
