/** What the tests of the uAPI start from: containers and iommufds over recording drivers, and bytes as a VMM sends them. */
import { expect } from 'vitest';
import { PhysicalMemory } from '../../../src/model/memory/physical-memory.ts';
import { ERRNO } from '../../../src/model/stack/errno.ts';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { FaultReports } from '../../../src/model/stack/host/core/fault-reports.ts';
import type { HostDevice } from '../../../src/model/stack/host/driver/types.ts';
import { Iommufd } from '../../../src/model/stack/host/iommufd/iommufd.ts';
import { VfioContainer } from '../../../src/model/stack/host/vfio/container.ts';
import type { VfioGroup } from '../../../src/model/stack/host/vfio/groups.ts';
import { StackJournal } from '../../../src/model/stack/journal.ts';
import { decodeStruct, encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import type { UapiStruct, ValuesOf } from '../../../src/model/stack/uapi/bytes.ts';
import { IOMMU_HWPT_DATA, STRUCT_HWPT_ALLOC, STRUCT_HWPT_ARM_SMMUV3 } from '../../../src/model/stack/uapi/iommufd/hwpt.ts';
import { IOMMU_IOAS_MAP_FLAG, STRUCT_IOAS_ALLOC, STRUCT_IOAS_MAP } from '../../../src/model/stack/uapi/iommufd/ioas.ts';
import {
  IOMMU_HWPT_ALLOC,
  IOMMU_IOAS_ALLOC,
  IOMMU_IOAS_MAP,
  IOMMU_VDEVICE_ALLOC,
  IOMMU_VIOMMU_ALLOC,
} from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import { STRUCT_VDEVICE_ALLOC, STRUCT_VIOMMU_ALLOC } from '../../../src/model/stack/uapi/iommufd/viommu.ts';
import { UserSpace } from '../../../src/model/stack/uapi/user-memory.ts';
import { VFIO_CACHE_INVALIDATE, VFIO_IOMMU_TYPE, VFIO_SET_PASID_TABLE } from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import { IOMMU_PASID_TABLE_CONFIG } from '../../../src/model/stack/uapi/vfio-v16/pasid-table.ts';
import { RecordingDriver, device } from './recording-driver.ts';

/** RAM of the host, and where the process has it. */
export const RAM_BASE = 0x4000_0000n;
const RAM_SIZE = 0x10_0000n;
export const RAM_PTR = 0x5555_0000_0000n;

/** The answer of an ioctl is 0 or minus this errno. */
export const expectErrno = (result: number, name: ErrnoName | 'ok'): void => expect(result).toBe(name === 'ok' ? 0 : -ERRNO[name]);

export function userSpace(): UserSpace {
  const space = new UserSpace();
  space.mapRam(RAM_PTR, new PhysicalMemory([{ base: RAM_BASE, size: RAM_SIZE }]), RAM_BASE, RAM_SIZE);
  return space;
}

export interface VfioSetup {
  readonly driver: RecordingDriver;
  readonly container: VfioContainer;
  readonly device: HostDevice;
  readonly groups: readonly VfioGroup[];
  readonly memory: UserSpace;
  readonly reports: FaultReports;
  readonly journal: StackJournal;
}

/** A container with the given groups, or with one group of one device; nested unless `type` says otherwise. */
export function vfio(groups?: readonly VfioGroup[], type: number = VFIO_IOMMU_TYPE.VFIO_TYPE1_NESTING_IOMMU): VfioSetup {
  const journal = new StackJournal();
  const driver = new RecordingDriver();
  const list = groups ?? [{ driver, devices: [device('0000:00:04.0', 0x20)] }];
  const memory = userSpace();
  const container = new VfioContainer({ memory, journal });
  for (const group of list) expectErrno(container.addGroup(group), 'ok');
  expectErrno(container.setIommu(type), 'ok');
  const [first] = list[0]!.devices;
  return { driver, container, device: first!, groups: list, memory, reports: new FaultReports(journal), journal };
}

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** SET_PASID_TABLE with a good configuration, but for what is given. */
export function setPasidTable(
  config: Partial<ValuesOf<typeof IOMMU_PASID_TABLE_CONFIG>> = {},
  head: Partial<ValuesOf<typeof VFIO_SET_PASID_TABLE>> = {},
): Uint8Array {
  return concat(
    encodeStruct(VFIO_SET_PASID_TABLE, { argsz: 40, flags: 1, ...head }),
    encodeStruct(IOMMU_PASID_TABLE_CONFIG, {
      argsz: 32,
      version: 1,
      base_ptr: 0x8_4567_8040n,
      format: 1,
      config: 1,
      smmuv3_version: 1,
      ...config,
    }),
  );
}

/** CACHE_INVALIDATE with the 56 bytes of a structure behind its head. */
export const cacheInvalidate = (info: Uint8Array, head: Partial<ValuesOf<typeof VFIO_CACHE_INVALIDATE>> = {}): Uint8Array =>
  concat(encodeStruct(VFIO_CACHE_INVALIDATE, { argsz: 64, ...head }), info);

/** A process that has /dev/iommu open and a device bound to it. */
export interface Process {
  readonly iommufd: Iommufd;
  readonly deviceId: number;
  readonly memory: UserSpace;
}

export interface IommufdSetup extends Process {
  readonly driver: RecordingDriver;
  readonly device: HostDevice;
  readonly reports: FaultReports;
  readonly journal: StackJournal;
}

export function iommufd(driver = new RecordingDriver(), one = device('0000:00:04.0', 0x20)): IommufdSetup {
  const journal = new StackJournal();
  const reports = new FaultReports(journal);
  const memory = userSpace();
  const fd = new Iommufd({ memory, reports, journal });
  return { driver, iommufd: fd, device: one, deviceId: fd.bind(driver, one), memory, reports, journal };
}

/** An ioctl whose structure says its own size: the result and the structure as it came back. */
export function call<S extends UapiStruct>(
  fd: Iommufd,
  cmd: number,
  struct: S,
  values: Partial<ValuesOf<S>>,
): { readonly result: number; readonly out: ValuesOf<S> } {
  const bytes = encodeStruct(struct, { size: struct.bytes, ...values } as Partial<ValuesOf<S>>);
  const result = fd.ioctl(cmd, bytes);
  return { result, out: decodeStruct(struct, bytes) };
}

export const allocIoas = ({ iommufd: fd }: Process): number => call(fd, IOMMU_IOAS_ALLOC, STRUCT_IOAS_ALLOC, {}).out.out_ioas_id;

export function mapRam(
  { iommufd: fd }: Process,
  ioas: number,
  values: Partial<ValuesOf<typeof STRUCT_IOAS_MAP>> = {},
): { readonly result: number; readonly iova: bigint } {
  const flags = IOMMU_IOAS_MAP_FLAG.FIXED_IOVA | IOMMU_IOAS_MAP_FLAG.READABLE | IOMMU_IOAS_MAP_FLAG.WRITEABLE;
  const { result, out } = call(fd, IOMMU_IOAS_MAP, STRUCT_IOAS_MAP, {
    flags,
    ioas_id: ioas,
    user_va: RAM_PTR,
    length: 0x1_0000n,
    iova: 0x4000_0000n,
    ...values,
  });
  return { result, iova: out.iova };
}

export function allocHwpt(
  { iommufd: fd, deviceId }: Process,
  values: Partial<ValuesOf<typeof STRUCT_HWPT_ALLOC>>,
): { readonly result: number; readonly id: number } {
  const { result, out } = call(fd, IOMMU_HWPT_ALLOC, STRUCT_HWPT_ALLOC, { dev_id: deviceId, ...values });
  return { result, id: out.out_hwpt_id };
}

/** A nest parent and a vIOMMU on it. */
export function nesting(setup: Process): { readonly ioas: number; readonly parent: number; readonly viommu: number } {
  const ioas = allocIoas(setup);
  const parent = allocHwpt(setup, { pt_id: ioas, flags: 1 }).id;
  const viommu = call(setup.iommufd, IOMMU_VIOMMU_ALLOC, STRUCT_VIOMMU_ALLOC, { type: 1, dev_id: setup.deviceId, hwpt_id: parent }).out
    .out_viommu_id;
  return { ioas, parent, viommu };
}

export const allocVdevice = (
  setup: Process,
  viommu: number,
  virtId: bigint,
  deviceId = setup.deviceId,
): { readonly result: number; readonly id: number } => {
  const { result, out } = call(setup.iommufd, IOMMU_VDEVICE_ALLOC, STRUCT_VDEVICE_ALLOC, {
    viommu_id: viommu,
    dev_id: deviceId,
    virt_id: virtId,
  });
  return { result, id: out.out_vdevice_id };
};

/** HWPT_ALLOC of a guest's STE under a vIOMMU. */
export function allocVste(
  setup: Process,
  viommu: number,
  ste: readonly [bigint, bigint],
  values: Partial<ValuesOf<typeof STRUCT_HWPT_ALLOC>> = {},
): { readonly result: number; readonly id: number } {
  const data_uptr = setup.memory.place(encodeStruct(STRUCT_HWPT_ARM_SMMUV3, { ste }));
  return allocHwpt(setup, {
    pt_id: viommu,
    data_type: IOMMU_HWPT_DATA.ARM_SMMUV3,
    data_len: STRUCT_HWPT_ARM_SMMUV3.bytes,
    data_uptr,
    ...values,
  });
}
