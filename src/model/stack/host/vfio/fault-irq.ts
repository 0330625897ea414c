/** The fault interrupt of a device: an eventfd, set up with VFIO_DEVICE_SET_IRQS. */
import { ERRNO } from '../../errno.ts';
import { decodeStruct, readUint } from '../../uapi/bytes.ts';
import { VFIO_IRQ_SET as SET, VFIO_IRQ_SET_HEAD, VFIO_PCI_NUM_IRQS } from '../../uapi/vfio-v16/device.ts';
import { copyFromUser } from '../core/user-copy.ts';

export const FAULT_IRQ_INDEX = VFIO_PCI_NUM_IRQS;

const DATA = SET.DATA_NONE | SET.DATA_BOOL | SET.DATA_EVENTFD;
const ACTION = SET.ACTION_MASK | SET.ACTION_UNMASK | SET.ACTION_TRIGGER;
/** The file descriptor -1: no eventfd from now on. */
const NONE = 0xffff_ffff;
/** File descriptors are not negative. */
const MAX_FD = 0x7fff_ffff;

export class FaultIrq {
  private readonly signal: (fd: number) => void;
  private fd: number | null = null;

  constructor(signal: (fd: number) => void) {
    this.signal = signal;
  }

  /** eventfd_signal() where there is one. */
  fire(): void {
    if (this.fd !== null) this.signal(this.fd);
  }

  /** VFIO_DEVICE_SET_IRQS; `exists`: the device has a fault interrupt. There is none of the interrupts of PCI itself. */
  set(exists: boolean, user: Uint8Array): number {
    const head = copyFromUser(user, 0, VFIO_IRQ_SET_HEAD.bytes);
    if (head === null) return -ERRNO.EFAULT;
    const { argsz, flags, index, start, count } = decodeStruct(VFIO_IRQ_SET_HEAD, head);
    if (argsz < VFIO_IRQ_SET_HEAD.bytes || !exists || index !== FAULT_IRQ_INDEX || (flags & ~(DATA | ACTION)) !== 0) return -ERRNO.EINVAL;
    if (start >= 1 || start + count > 1) return -ERRNO.EINVAL;
    const size = dataSize(flags);
    if (size === null || argsz - VFIO_IRQ_SET_HEAD.bytes < count * size) return -ERRNO.EINVAL;
    const data = copyFromUser(user, VFIO_IRQ_SET_HEAD.bytes, count * size);
    if (data === null) return -ERRNO.EFAULT;
    return (flags & ACTION) === SET.ACTION_TRIGGER ? this.#trigger(flags & DATA, count, data) : -ERRNO.ENOTTY;
  }

  /** vfio_pci_set_ctx_trigger_single() */
  #trigger(kind: number, count: number, data: Uint8Array): number {
    if (kind === SET.DATA_NONE) {
      if (count > 0) this.fire();
      else this.fd = null;
      return 0;
    }
    if (count === 0) return -ERRNO.EINVAL;
    if (kind === SET.DATA_BOOL) {
      if (data[0] !== 0) this.fire();
      return 0;
    }
    const fd = readUint(data, 0, 4);
    if (fd !== NONE && fd > MAX_FD) return -ERRNO.EINVAL;
    this.fd = fd === NONE ? null : fd;
    return 0;
  }
}

/** Bytes of data for each interrupt, or null when not exactly one kind of data is given. */
function dataSize(flags: number): number | null {
  switch (flags & DATA) {
    case SET.DATA_NONE:
      return 0;
    case SET.DATA_BOOL:
      return 1;
    case SET.DATA_EVENTFD:
      return 4;
    default:
      return null;
  }
}
