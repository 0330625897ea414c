import { expect, test } from 'vitest';
import { encodeStruct, readUint } from '../../uapi/bytes.ts';
import { VFIO_CAP_TYPE, VFIO_DEVICE_GET_REGION_INFO, VFIO_DEVICE_SET_IRQS, VFIO_REGION_INFO } from '../../uapi/vfio-v16/device.ts';
import { findFaultRegion, signalFaults } from './fault-region.ts';

/** A device whose region 9 is of another type and whose region 10 is the fault region; capabilities in a chain. */
function device(caps: readonly { readonly type: number; readonly subtype: number }[]) {
  const calls: number[] = [];
  const ioctl = (cmd: number, bytes: Uint8Array): number => {
    calls.push(cmd);
    const cap = caps[readUint(bytes, 8, 4) - 9];
    if (cmd !== VFIO_DEVICE_GET_REGION_INFO || cap === undefined) return -22;
    bytes.set(encodeStruct(VFIO_REGION_INFO, { argsz: 256, cap_offset: 32 }));
    bytes.set(encodeStruct(VFIO_CAP_TYPE, { id: 1, version: 1, next: 48 }), 32);
    bytes.set(encodeStruct(VFIO_CAP_TYPE, { id: 2, version: 1, ...cap }), 48);
    return 0;
  };
  return { calls, ioctl };
}

test('found by its capability, whatever its number', () => {
  const found = findFaultRegion(
    device([
      { type: 4, subtype: 2 },
      { type: 4, subtype: 1 },
    ]),
  );
  expect(found).toBe(10);
});

test('a device without: neither region nor interrupt, and nothing is set up', () => {
  const plain = device([{ type: 1, subtype: 1 }]);
  expect(findFaultRegion(plain)).toBeNull();
  expect(signalFaults(plain, 5)).toBeNull();
  expect(plain.calls).not.toContain(VFIO_DEVICE_SET_IRQS);
});

test('a chain of capabilities that points back ends', () => {
  const ioctl = (_: number, bytes: Uint8Array): number => {
    if (readUint(bytes, 8, 4) > 9) return -22;
    bytes.set(encodeStruct(VFIO_REGION_INFO, { argsz: 256, cap_offset: 32 }));
    bytes.set(encodeStruct(VFIO_CAP_TYPE, { id: 1, version: 1, next: 32 }), 32);
    return 0;
  };
  expect(findFaultRegion({ ioctl })).toBeNull();
});
