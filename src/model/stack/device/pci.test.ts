import { describe, expect, it } from 'vitest';
import type { BusMasterFactory } from './bus-master.ts';
import { COMMAND, PCI } from './config-space.ts';
import { Ecam } from './ecam.ts';
import { EduDevice } from './edu.ts';
import { createHostBridge } from './host-bridge.ts';
import { PciBus } from './pci-bus.ts';
import { RootPort } from './root-port.ts';

const masters: BusMasterFactory = () => ({ read: (_address, length) => new Uint8Array(length), write: () => false });

function createRoot(interrupts: (pin: number, level: boolean) => void = () => undefined) {
  const root = new PciBus({ number: () => 0, masters, interrupts, firstFreeSlot: 1 });
  root.plug(0, createHostBridge());
  const ecam = new Ecam(root);
  return {
    root,
    ecam,
    config: (bus: number, devfn: number, register: number, width: number) =>
      Number(ecam.read((bus << 20) | (devfn << 12) | register, width)),
  };
}

describe('PCI', () => {
  it('answers enumeration by 2-byte vendor reads, with all ones where there is nothing', () => {
    const { root, config } = createRoot();
    root.plug(8, new EduDevice());
    const found = Array.from({ length: 256 }, (_, devfn) => devfn).filter((devfn) => config(0, devfn, PCI.VENDOR_ID, 2) !== 0xffff);
    expect(found).toEqual([0, 8]);
    expect(config(0, 0, 0, 4)).toBe(0x0008_1b36);
    expect(config(0, 8, 0, 4)).toBe(0x11e8_1234);
    expect(config(0, 8, 0x100, 4)).toBe(0xffff_ffff);
    expect(config(1, 0, 0, 2)).toBe(0xffff);
  });

  it('keeps the I/O, memory and bus master bits of the command register, and sizes BARs', () => {
    const { root, ecam, config } = createRoot();
    root.plug(8, new EduDevice());
    ecam.write(0x8004, 2, 7n);
    expect(config(0, 8, PCI.COMMAND, 2)).toBe(7);
    ecam.write(0x8010, 4, 0xffff_ffffn);
    expect(config(0, 8, PCI.BAR0, 4)).toBe(0xfff0_0000);
    ecam.write(0x8014, 4, 0xffff_ffffn);
    expect(config(0, 8, PCI.BAR0 + 4, 4)).toBe(0);
    ecam.write(0x8000, 4, 0n);
    expect(config(0, 8, 0, 4)).toBe(0x11e8_1234);
  });

  it('decodes a BAR only while memory space is enabled', () => {
    const { root } = createRoot();
    const edu = new EduDevice();
    root.plug(8, edu);
    edu.config.write(PCI.BAR0, 4, 0x1000_0000);
    expect(root.decode(0x1000_0080)).toBeNull();
    edu.config.write(PCI.COMMAND, 2, COMMAND.MEMORY);
    expect(root.decode(0x1000_0080)).toEqual({ mmio: edu, offset: 0x80 });
    expect(root.decode(0x1010_0000)).toBeNull();
  });

  it('gives a function behind a root port the requester id of the bus number that software wrote', () => {
    const { root, config } = createRoot();
    const port = new RootPort(masters);
    root.plug(8, port);
    const edu = new EduDevice();
    port.secondary.plug(0, edu);
    expect(edu.requesterId).toBe(0);
    port.config.write(PCI.SECONDARY_BUS, 1, 5);
    expect(edu.requesterId).toBe(0x500);
    expect(config(5, 0, 0, 4)).toBe(0x11e8_1234);
    port.config.write(PCI.PRIMARY_BUS, 4, 0x0001_0100);
    expect(edu.requesterId).toBe(0x100);
    expect(config(5, 0, 0, 4)).toBe(0xffff_ffff);
  });

  it('passes memory accesses down inside the window of a root port only', () => {
    const { root } = createRoot();
    const port = new RootPort(masters);
    root.plug(8, port);
    const edu = new EduDevice();
    port.secondary.plug(0, edu);
    edu.config.write(PCI.COMMAND, 2, COMMAND.MEMORY);
    edu.config.write(PCI.BAR0, 4, 0x1020_0000);
    port.config.write(PCI.MEMORY_BASE, 4, 0x1020_1020);
    expect(root.decode(0x1020_0000)).toBeNull();
    port.config.write(PCI.COMMAND, 2, COMMAND.MEMORY);
    expect(root.decode(0x1020_0004)).toEqual({ mmio: edu, offset: 4 });
    port.config.write(PCI.MEMORY_BASE, 4, 0x1030_1030);
    expect(root.decode(0x1020_0004)).toBeNull();
  });

  it('rotates interrupt pins by slot, at every bus on the way', () => {
    const wires: [number, boolean][] = [];
    const { root } = createRoot((pin, level) => wires.push([pin, level]));
    const port = new RootPort(masters);
    root.plug(2 << 3, port);
    const edu = new EduDevice();
    port.secondary.plug(1 << 3, edu);
    edu.write(0x60, 4, 1n);
    edu.write(0x64, 4, 1n);
    expect(wires).toEqual([
      [3, true],
      [3, false],
    ]);
  });

  it('finds the first free slot', () => {
    const { root } = createRoot();
    expect(root.freeDevfn()).toBe(8);
    root.plug(8, new EduDevice());
    root.plug((3 << 3) | 1, new EduDevice());
    expect(root.freeDevfn()).toBe(16);
  });
});
