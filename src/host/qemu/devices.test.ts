import { expect, it } from 'vitest';
import { deviceArguments, isReachable, patternLines, seatsOf, wakeLines } from './devices.ts';

it('knows which StreamIDs a PCI function of virt can have', () => {
  expect([0, 7, 8, 0xf7, 0xf8, 0xff, 0x100, 0x107, 0x108, 0x500, 0xffff].map(isReachable)).toEqual([false, false, true, true, false, false, true, true, false, true, false]);
});

it('seats a device at its StreamID, behind a root port where that has a bus', () => {
  const seats = seatsOf([0x18, 0x500, 0x501]);
  expect(seats.map(({ port }) => port)).toEqual([null, 0xf8, 0xf8]);
  expect(deviceArguments(seats).filter((word) => word !== '-device')).toEqual([
    'pcie-root-port,id=rp248,bus=pcie.0,addr=1f.0,multifunction=on,chassis=1',
    'edu,dma_mask=0xffffffffffffffff,bus=pcie.0,addr=3.0,multifunction=on',
    'edu,dma_mask=0xffffffffffffffff,bus=rp248,addr=0.0,multifunction=on',
    'edu,dma_mask=0xffffffffffffffff,bus=rp248,addr=0.1,multifunction=on',
  ]);
});

it('wakes a bridge with its bus and a window over the devices behind it', () => {
  expect(wakeLines(seatsOf([0x500, 0x501])).slice(0, 3)).toEqual(['writel 0x40100f8018 0x50500', 'writel 0x40100f8020 0x10101000', 'writew 0x40100f8004 0x7']);
});

it('seats an iommu-testdev where a StreamID only writes, and has it write its pattern', () => {
  const seats = seatsOf([0x18, 0x20], [0x20]);
  expect(deviceArguments(seats).filter((word) => word !== '-device')).toEqual([
    'edu,dma_mask=0xffffffffffffffff,bus=pcie.0,addr=3.0,multifunction=on',
    'iommu-testdev,bus=pcie.0,addr=4.0,multifunction=on',
  ]);
  expect(patternLines(seats[1]!, 0x12_3456_7890n, 4)).toEqual(['writel 0x10100004 0x34567890', 'writel 0x10100008 0x12', 'writel 0x1010000c 0x4', 'writel 0x10100018 0xa', 'writel 0x10100014 0x1', 'readl 0x10100000']);
});
