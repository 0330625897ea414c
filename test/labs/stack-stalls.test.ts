/** Recoverable faults by raw bytes: a VMM that answers by hand, and what each hop says of an answer that is none. */
import { afterEach, describe, test, expect } from 'vitest';
import { parseLab } from '../../src/formats/lab/index.ts';
import { createRunner, withUapi } from '../../src/model/lab/index.ts';
import type { Runner, StepResult, Uapi } from '../../src/model/lab/index.ts';

const open: Runner[] = [];
afterEach(() => open.splice(0).forEach((runner) => runner.release()));

function met(text: string, uapi: Uapi): readonly StepResult[] {
  const parsed = parseLab(text);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const made = createRunner(withUapi(parsed.value, uapi));
  if (!made.ok) throw new Error(made.error.message);
  open.push(made.value);
  const results = made.value.run();
  expect(results.filter(({ expectation, error }) => expectation.state === 'failed' || error !== null).map(({ index, expectation, error }) => `step ${index + 1}: ${error?.message ?? (expectation.state === 'failed' ? expectation.message : '')}`)).toEqual([]);
  return results;
}

/** QEMU has no page faults: whoever answers here does it by hand. The guest lets its device stall behind its VMM's back. */
const lab = (more: { canStall?: boolean; hitless?: boolean; pageRequest?: string; vmm?: string }, steps: string): string => `host:
  uapi: { kind: iommufd }
  vmm: ${more.vmm ?? 'qemu-v10'}
  smmu: { preset: v3.2 }
  vms: [{ name: vm0, ram: [{ ipa: 0x80000000, size: 16M }] }]
  devices: [{ name: gpu0, StreamID: 0x20, vm: vm0, vSID: 0x8, canStall: ${more.canStall ?? true} }]
guest:
  vm0: { driver: { hitless: ${more.hitless ?? false} }, faults: { pageRequest: ${more.pageRequest ?? 'none'} } }
steps:
${steps}`;

const STALLS = `
  - cd: { device: gpu0, set: { S: 1 } }
  - host_command: { CMD_CFGI_CD_ALL: { StreamID: gpu0 } }`;

/** Fault queue 10 with file 4; the guest's STE anew, with faults to it: HWPT 11. */
const FAULT_QUEUE = `${STALLS}
  - IOMMU_FAULT_QUEUE_ALLOC: { device: gpu0, expect: { errno: 0, fields: { out_fault_id: 10, out_fault_fd: 4 } } }
  - IOMMU_HWPT_ALLOC: { device: gpu0, flags: FAULT_ID_VALID, dev_id: 1, pt_id: 4, data_type: ARM_SMMUV3, data: "0b90c080 00000000 d6000000 00000000", fault_id: 10, expect: { errno: 0, fields: { out_hwpt_id: 11 } } }
  - VFIO_DEVICE_ATTACH_IOMMUFD_PT: { device: gpu0, pt_id: 11, expect: { errno: 0 } }`;

const DMA = '  - dma: { device: gpu0, iova: 0x10000000, access: write, expect: { status: stalled, guestEvents: [] } }';

describe('c.2: a fault queue by hand', () => {
  test('the fault as it is read; page_response with its cookie retries, and the transfer ends in that step', () => {
    met(lab({}, `${FAULT_QUEUE}
${DMA}
  - inspect: { faults: gpu0, expect: { fields: { pageFaults: 1 } } }
  - file_read: { vm: vm0, fd: 4, length: 39, expect: { errno: ESPIPE } }
  - file_read: { vm: vm0, fd: 4, length: 80, expect: { errno: 0, bytes: "02000000 01000000 00000000 00000000 02000000 00000000 00000010 00000000 00000000 01000000" } }
  - map: { device: gpu0, iova: 0x10000000, ipa: 0x80100000, size: 4K }
  - page_response: { device: gpu0, fd: 4, cookie: 2, expect: { errno: EINVAL } }
  - page_response: { device: gpu0, fd: 5, cookie: 1, expect: { errno: EBADF } }
  - page_response: { device: gpu0, fd: 4, cookie: 1, code: FAILURE, expect: { errno: EINVAL, commands: [] } }
  - page_response: { device: gpu0, fd: 4, cookie: 1, expect: { errno: 0, fields: { taken: 8 }, commands: [CMD_RESUME StreamID=0x20 STAG=0 Ac=1] } }
  - page_response: { device: gpu0, fd: 4, cookie: 1, expect: { errno: EINVAL, commands: [] } }
  - inspect: { stalled: true, expect: { fields: { entries: 0 } } }`), 'iommufd');
  });

  test('file_write: answers as bytes, in order up to the first that is none; 7 bytes are -ESPIPE; a vEVENTQ takes none', () => {
    met(lab({}, `${FAULT_QUEUE}
${DMA}
  - dma: { device: gpu0, iova: 0x20000000, access: read, expect: { status: stalled, stag: 1 } }
  - file_read: { vm: vm0, fd: 4, length: 80, expect: { errno: 0 } }
  - file_write: { vm: vm0, fd: 4, bytes: "01000000 000000", expect: { errno: ESPIPE } }
  - file_write: { vm: vm0, fd: 3, bytes: "01000000 00000000", expect: { errno: EINVAL } }
  - file_write: { vm: vm0, fd: 4, bytes: "01000000 01000000 09000000 00000000 02000000 01000000", expect: { errno: 0, fields: { taken: 8 }, commands: [CMD_RESUME STAG=0 Ab=1] } }
  - file_write: { vm: vm0, fd: 4, bytes: "02000000 01000000", expect: { errno: 0, commands: [CMD_RESUME STAG=1 Ab=1] } }`), 'iommufd');
  });

  test('a new domain for the device answers INVALID what its fault queue had', () => {
    met(lab({}, `${FAULT_QUEUE}
${DMA}
  - VFIO_DEVICE_ATTACH_IOMMUFD_PT: { device: gpu0, pt_id: 9, expect: { errno: 0 } }
  - inspect: { stalled: true, expect: { fields: { entries: 0 } } }`), 'iommufd');
  });
});

test('c.2: a record of a vEVENTQ as its file gives it: header, then the event with the vSID', () => {
  const read = met(lab({ canStall: false }, `
  - IOMMU_VIOMMU_ALLOC: { device: gpu0, type: ARM_SMMUV3, dev_id: 1, hwpt_id: 3, expect: { errno: 0, fields: { out_viommu_id: 10 } } }
  - IOMMU_DESTROY: { device: gpu0, id: 5, expect: { errno: 0 } }
  - IOMMU_VDEVICE_ALLOC: { device: gpu0, viommu_id: 10, dev_id: 1, virt_id: 0x77, expect: { errno: 0 } }
  - IOMMU_HWPT_ALLOC: { device: gpu0, dev_id: 1, pt_id: 10, data_type: ARM_SMMUV3, data: "0b90c080 00000000 d6000000 00000000", expect: { errno: 0, fields: { out_hwpt_id: 12 } } }
  - VFIO_DEVICE_ATTACH_IOMMUFD_PT: { device: gpu0, pt_id: 12, expect: { errno: 0 } }
  - IOMMU_VEVENTQ_ALLOC: { device: gpu0, viommu_id: 10, type: ARM_SMMUV3, veventq_depth: 4, expect: { errno: 0, fields: { out_veventq_fd: 4 } } }
  - dma: { device: gpu0, iova: 0x10000000, access: read, expect: { status: fault, guestEvents: [], hostLog: [] } }
  - file_read: { vm: vm0, fd: 4, length: 39, expect: { errno: 0 } }
  - file_read: { vm: vm0, fd: 4, expect: { errno: 0, bytes: "00000000 00000000 10000000 77000000 00000000 08020000 00000010 00000000 00000000 00000000" } }
  - file_read: { vm: vm0, fd: 4, expect: { errno: 0 } }`), 'iommufd').filter(({ verb }) => verb === 'file_read').map(({ text }) => text);
  expect(read).toEqual(['the VMM of vm0 reads file 4: 0 bytes', 'the VMM of vm0 reads file 4: 40 bytes', 'the VMM of vm0 reads file 4: 0 bytes']);
});

describe('a stall that nobody may answer', () => {
  test('iommufd: without a fault queue the core answers INVALID (iopf_error_response), the event is printed', () => {
    const [, , dma] = met(lab({}, `${STALLS}
  - dma: { device: gpu0, iova: 0x10000000, access: write, expect: { status: fault, response: abort, commands: [CMD_RESUME StreamID=0x20 Ab=1], hostLog: [F_TRANSLATION], dropped: [nobody registered a fault handler] } }`), 'iommufd');
    expect(dma!.details.map(({ value }) => value).join('\n')).toContain('iopf_error_response device gpu0, grpid 0, code 1');
  });

  test('iommufd: S1STALLD is the guest\'s own bit. Where firmware says that the device does not stall the driver refuses to answer, and it waits for ever', () => {
    met(lab({ canStall: false }, `${STALLS}
  - dma: { device: gpu0, iova: 0x10000000, access: write, expect: { status: stalled, commands: [], hostLog: ["!master->stall_enabled"], dropped: [the device does not stall] } }`), 'iommufd');
  });

  test('v16: there S1STALLD is the host\'s, and a CD with S is illegal [ste.S1STALLD] [cd.S]', () => {
    met(lab({ canStall: false }, `
  - inspect: { STE: gpu0, expect: { fields: { S1STALLD: 1 } } }
${STALLS}
  - dma: { device: gpu0, iova: 0x10000000, access: write, expect: { status: fault, hostEvents: [C_BAD_CD] } }`), 'vfio-v16-posted');
  });

  test.each([['an older kernel: its driver answers', false], ['a current one: its core does', true]])('in the guest, %s', (_row, hitless) => {
    for (const uapi of ['vfio-v16-posted', 'iommufd'] as const)
      met(lab({ vmm: 'ideal', hitless }, `
  - dma: { device: gpu0, iova: 0x10000000, access: write, expect: { status: fault, response: abort, commands: [CMD_RESUME Ab=1], guestLog: [event 0x10 received] } }`), uapi);
  });
});

describe('who has a say', () => {
  test.each([
    ['a kernel that knows no stalls', 'vm0: { driver: { stalls: false } }'],
    ['a virtual SMMU that only terminates', 'vm0: { vsmmu: { IDR0: { STALL_MODEL: 1 }, IDR5: { STALL_MAX: 0 } } }'],
  ])('%s: CD.S stays 0, the fault is a plain one [cd.S]', (_row, guest) => {
    const text = lab({ vmm: 'ideal' }, `
  - inspect: { CD: gpu0, expect: { fields: { S: 0 } } }
  - dma: { device: gpu0, iova: 0x10000000, access: write, expect: { status: fault, hostEvents: [F_TRANSLATION Stall=0], guestEvents: [F_TRANSLATION Stall=0] } }`);
    for (const uapi of ['vfio-v16-intended', 'iommufd'] as const) met(text.replace(/ {2}vm0: .*\n/, `  ${guest}\n`), uapi);
  });

  test('a virtual SMMU may not promise stalls that the host\'s has not', () => {
    const text = lab({ vmm: 'ideal' }, '  - note: x').replace('preset: v3.2', 'preset: qemu-11').replace(/ {2}vm0: .*\n/, '  vm0: { vsmmu: { IDR0: { STALL_MODEL: 0 }, IDR5: { STALL_MAX: 4 } } }\n');
    expect(() => met(text, 'iommufd')).toThrow('the virtual SMMU promises what the host\'s does not have: STALL_MODEL');
  });

  test('resume: nothing is there to answer, or not with that STAG', () => {
    const parsed = parseLab(lab({ vmm: 'ideal', pageRequest: 'wait' }, `  - resume: { device: gpu0 }
  - dma: { device: gpu0, iova: 0x10000000, access: read }
  - resume: { device: gpu0, stag: 4 }`));
    const made = createRunner(parsed.ok ? parsed.value : (null as never));
    if (!made.ok) throw new Error(made.error.message);
    open.push(made.value);
    expect(made.value.run().map(({ error }) => error?.message ?? null)).toEqual(['no driver of guest vm0 has a page request of gpu0 to answer', null, 'no driver of guest vm0 has a page request of gpu0 with STAG 0x4 to answer']);
  });
});
