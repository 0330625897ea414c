import { describe, expect, test } from 'vitest';
import { PhysicalMemory } from '../../memory/physical-memory.ts';
import { UserSpace } from './user-memory.ts';

const RAM = 0x5555_0000_0000n;
const PA = 0x4000_0000n;

function space(): { readonly user: UserSpace; readonly memory: PhysicalMemory } {
  const memory = new PhysicalMemory([{ base: PA, size: 0x10000n }]);
  const user = new UserSpace();
  user.mapRam(RAM, memory, PA, 0x2000n);
  return { user, memory };
}

describe('memory of a process', () => {
  test('a buffer is read and written where it is, and not beyond', () => {
    const { user } = space();
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const ptr = user.place(bytes);
    expect(user.read(ptr + 1n, 2)).toEqual(Uint8Array.of(2, 3));
    expect(user.write(ptr + 2n, Uint8Array.of(9, 9))).toBe(true);
    expect([...bytes]).toEqual([1, 2, 9, 9]);
    expect([user.read(ptr, 5), user.read(ptr - 1n, 1), user.write(ptr + 3n, Uint8Array.of(7, 7))]).toEqual([null, null, false]);
    expect([...bytes]).toEqual([1, 2, 9, 9]);
  });

  test('what is read is a copy', () => {
    const { user } = space();
    const ptr = user.place(Uint8Array.of(1));
    user.read(ptr, 1)![0] = 5;
    expect(user.read(ptr, 1)).toEqual(Uint8Array.of(1));
  });

  test('buffers lie apart; one that was removed is gone', () => {
    const { user } = space();
    const [first, second] = [user.place(new Uint8Array(4096)), user.place(new Uint8Array(1))];
    expect([user.read(first + 4096n, 1), user.read(second, 1)]).toEqual([null, Uint8Array.of(0)]);
    user.remove(first);
    user.remove(0n);
    expect([user.read(first, 1), user.read(second, 1)]).toEqual([null, Uint8Array.of(0)]);
  });

  test('RAM is physical memory', () => {
    const { user, memory } = space();
    expect(user.write(RAM + 0x10n, Uint8Array.of(5, 6))).toBe(true);
    expect(memory.readBytes(PA + 0x10n, 2)).toEqual(Uint8Array.of(5, 6));
    expect(user.read(RAM + 0x11n, 1)).toEqual(Uint8Array.of(6));
    expect([user.read(RAM + 0x1fffn, 2), user.write(RAM + 0x2000n, Uint8Array.of(1))]).toEqual([null, false]);
  });

  test('pinning gives the PA and how far it is contiguous; buffers cannot be pinned', () => {
    const { user } = space();
    expect(user.pin(RAM + 0x1000n, 0x800n)).toEqual({ pa: PA + 0x1000n, length: 0x800n });
    expect(user.pin(RAM + 0x1000n, 0x5000n)).toEqual({ pa: PA + 0x1000n, length: 0x1000n });
    expect([user.pin(user.place(new Uint8Array(4096)), 1n), user.pin(0n, 1n)]).toEqual([null, null]);
  });
});
