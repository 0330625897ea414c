import { expect, it } from 'vitest';
import { deviceArguments, isReachable, seatsOf, wakeLines } from './edu.ts';

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
