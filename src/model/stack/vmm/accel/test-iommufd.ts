/** For tests: an iommufd and device files that say what they were asked, in words. */
import { decodeStruct, putField } from '../../uapi/bytes.ts';
import { STRUCT_FAULT_ALLOC, STRUCT_HWPT_PAGE_RESPONSE, STRUCT_VEVENTQ_ALLOC } from '../../uapi/iommufd/events.ts';
import { STRUCT_HWPT_ALLOC, STRUCT_HWPT_ARM_SMMUV3, STRUCT_HWPT_INVALIDATE } from '../../uapi/iommufd/hwpt.ts';
import { STRUCT_DESTROY } from '../../uapi/iommufd/ioas.ts';
import * as IOCTL from '../../uapi/iommufd/ioctls.ts';
import { STRUCT_ATTACH_IOMMUFD_PT } from '../../uapi/iommufd/vfio-cdev.ts';
import { STRUCT_VDEVICE_ALLOC, STRUCT_VIOMMU_ALLOC } from '../../uapi/iommufd/viommu.ts';
import { UserSpace } from '../../uapi/user-memory.ts';
import type { IdRegisters } from '../../../spec/index.ts';
import { QEMU_V10_ID } from '../id-registers.ts';
import { TestGuest } from '../test-guest.ts';
import { AccelHost } from './accel-host.ts';
import { IommufdCalls } from './iommufd-calls.ts';
import { Vsmmu } from './vsmmu.ts';
import type { AccelDevice } from './vsmmu.ts';

class FakeIommufd {
  readonly log: string[] = [];
  readonly space = new UserSpace();
  /** What the file of the event queue holds. */
  pending: Uint8Array[] = [];
  /** What the file of the fault queue holds. */
  faults: Uint8Array[] = [];
  /** Errno of the next write() to it. */
  failAnswer = 0;
  /** Errno and entry_num of the next HWPT_INVALIDATE; null: it succeeds. */
  failInvalidate: readonly [result: number, handled: number] | null = null;
  /** Errno of the next HWPT_ALLOC. */
  failAlloc = 0;
  /** Errno of the next ATTACH_IOMMUFD_PT. */
  failAttach = 0;
  private next = 100;

  ioctl(cmd: number, bytes: Uint8Array): number {
    switch (cmd) {
      case IOCTL.IOMMU_VIOMMU_ALLOC:
        return this.#made(`VIOMMU_ALLOC parent ${decodeStruct(STRUCT_VIOMMU_ALLOC, bytes).hwpt_id}`, (id) =>
          putField(STRUCT_VIOMMU_ALLOC, 'out_viommu_id', id, bytes),
        );
      case IOCTL.IOMMU_VDEVICE_ALLOC:
        return this.#made(`VDEVICE_ALLOC vSID ${decodeStruct(STRUCT_VDEVICE_ALLOC, bytes).virt_id}`, (id) =>
          putField(STRUCT_VDEVICE_ALLOC, 'out_vdevice_id', id, bytes),
        );
      case IOCTL.IOMMU_VEVENTQ_ALLOC:
        return this.#made(`VEVENTQ_ALLOC depth ${decodeStruct(STRUCT_VEVENTQ_ALLOC, bytes).veventq_depth}`, () =>
          putField(STRUCT_VEVENTQ_ALLOC, 'out_veventq_fd', 3, bytes),
        );
      case IOCTL.IOMMU_FAULT_QUEUE_ALLOC:
        return this.#made('FAULT_QUEUE_ALLOC', (id) => {
          putField(STRUCT_FAULT_ALLOC, 'out_fault_id', id, bytes);
          putField(STRUCT_FAULT_ALLOC, 'out_fault_fd', 4, bytes);
        });
      case IOCTL.IOMMU_DESTROY:
        this.log.push(`DESTROY ${decodeStruct(STRUCT_DESTROY, bytes).id}`);
        return 0;
      case IOCTL.IOMMU_HWPT_ALLOC:
        return this.#hwptAlloc(bytes);
      case IOCTL.IOMMU_HWPT_INVALIDATE:
        return this.#invalidate(bytes);
      default:
        return -25;
    }
  }

  readFile(fd: number, length: number): Uint8Array | number {
    const file = { 3: this.pending, 4: this.faults }[fd];
    return file === undefined ? -9 : (file.shift()?.slice(0, length) ?? new Uint8Array());
  }

  writeFile(fd: number, data: Uint8Array): number {
    if (fd !== 4) return -9;
    const { cookie, code } = decodeStruct(STRUCT_HWPT_PAGE_RESPONSE, data);
    this.log.push(`ANSWER ${cookie} ${code}`);
    const result = this.failAnswer;
    this.failAnswer = 0;
    return result === 0 ? data.length : result;
  }

  take(): string[] {
    return this.log.splice(0);
  }

  #made(what: string, put: (id: number) => void): number {
    put(this.next);
    this.log.push(`${what} -> ${this.next++}`);
    return 0;
  }

  #hwptAlloc(bytes: Uint8Array): number {
    const { data_uptr: uptr, data_len: length, flags, fault_id: fault } = decodeStruct(STRUCT_HWPT_ALLOC, bytes);
    const { ste } = decodeStruct(STRUCT_HWPT_ARM_SMMUV3, this.space.read(uptr, length)!);
    const result = this.failAlloc;
    this.failAlloc = 0;
    if (result !== 0) return result;
    const faults = flags === 0 ? '' : `, faults to ${fault}`;
    return this.#made(`HWPT_ALLOC ${ste.map((word) => word.toString(16)).join(' ')}${faults}`, (id) =>
      putField(STRUCT_HWPT_ALLOC, 'out_hwpt_id', id, bytes),
    );
  }

  #invalidate(bytes: Uint8Array): number {
    const { data_uptr: uptr, entry_len: length, entry_num: count } = decodeStruct(STRUCT_HWPT_INVALIDATE, bytes);
    const data = this.space.read(uptr, length * count)!;
    const opcodes = Array.from({ length: count }, (_, i) => data[i * length]!.toString(16));
    const [result, handled] = this.failInvalidate ?? [0, count];
    this.failInvalidate = null;
    putField(STRUCT_HWPT_INVALIDATE, 'entry_num', handled, bytes);
    this.log.push(`HWPT_INVALIDATE ${opcodes.join(' ')}`);
    return result;
  }
}

/** A guest on an accelerated VMM with devices of these StreamIDs; the parent is HWPT 50. */
export function accelGuest(commandsPerIoctl: number, sids: readonly number[], id: IdRegisters = QEMU_V10_ID, stalls = false) {
  const iommufd = new FakeIommufd();
  const calls = new IommufdCalls(iommufd, iommufd.space);
  const devices = sids.map((vSid): AccelDevice => {
    const ioctl = (_cmd: number, bytes: Uint8Array): number => {
      iommufd.log.push(`ATTACH ${vSid} to ${decodeStruct(STRUCT_ATTACH_IOMMUFD_PT, bytes).pt_id}`);
      const result = iommufd.failAttach;
      iommufd.failAttach = 0;
      return result;
    };
    return { name: `device-${vSid}`, vSid, devId: vSid + 1000, file: { ioctl }, canStall: stalls };
  });
  const vsmmu = Vsmmu.create(calls, devices, 50, stalls);
  if (typeof vsmmu === 'number') throw new Error(`no vSMMU: ${vsmmu}`);
  const made = iommufd.take();
  const guest = new TestGuest((side) => new AccelHost(side, { calls, vsmmu, commandsPerIoctl }), 'OVFLG', id);
  return { guest, iommufd, made };
}
