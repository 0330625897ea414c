import { PciFunction } from './pci-function.ts';

/** The host bridge at 00:00.0, as QEMU's generic PCI Express host has it (1b36:0008). */
export function createHostBridge(): PciFunction {
  return new PciFunction({
    vendor: 0x1b36,
    device: 0x0008,
    revision: 0,
    classCode: 0x06_00_00,
    headerType: 0,
    express: false,
    interruptPin: 0,
  });
}
