import { beforeEach, describe, expect, it } from 'vitest';
import type { BusMaster } from './bus-master.ts';
import { COMMAND, PCI } from './config-space.ts';
import { EDU, EDU_BUFFER, EduDevice } from './edu.ts';
import { PciBus } from './pci-bus.ts';

const BUFFER = BigInt(EDU_BUFFER.address);
const START = 1n;
const TO_MEMORY = 3n;

/** Memory by address, with a hole that aborts. */
class Memory implements BusMaster {
  readonly bytes = new Map<bigint, number>();
  readonly hole = 0x9000n;

  read(address: bigint, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => (address === this.hole ? 0 : (this.bytes.get(address + BigInt(i)) ?? 0)));
  }

  write(address: bigint, bytes: Uint8Array): boolean {
    bytes.forEach((byte, i) => this.bytes.set(address + BigInt(i), byte));
    return address !== this.hole;
  }
}

let memory: Memory;
let interrupts: boolean[];

function plug(mask?: bigint): EduDevice {
  const edu = new EduDevice(mask);
  const bus = new PciBus({ number: () => 0, masters: () => memory, interrupts: (_pin, level) => interrupts.push(level), firstFreeSlot: 1 });
  bus.plug(8, edu);
  edu.config.write(PCI.COMMAND, 2, COMMAND.BUS_MASTER);
  return edu;
}

function transfer(edu: EduDevice, source: bigint, destination: bigint, count: bigint, command: bigint): void {
  edu.write(EDU.DMA_SOURCE, 8, source);
  edu.write(EDU.DMA_DESTINATION, 8, destination);
  edu.write(EDU.DMA_COUNT, 8, count);
  edu.write(EDU.DMA_COMMAND, 8, command);
}

beforeEach(() => {
  memory = new Memory();
  interrupts = [];
});

describe('edu', () => {
  it('identifies itself, inverts, and multiplies', () => {
    const edu = plug();
    expect(edu.read(EDU.IDENTIFICATION, 4)).toBe(0x0100_00edn);
    edu.write(EDU.LIVENESS, 4, 0x1234_5678n);
    expect(edu.read(EDU.LIVENESS, 4)).toBe(0xedcb_a987n);
    edu.write(EDU.FACTORIAL, 4, 10n);
    expect(edu.read(EDU.FACTORIAL, 4)).toBe(3_628_800n);
    edu.write(EDU.FACTORIAL, 4, 0xffff_ffffn);
    expect(edu.read(EDU.FACTORIAL, 4)).toBe(0n);
    expect(edu.read(EDU.IDENTIFICATION, 8)).toBe(0xffff_ffff_ffff_ffffn);
    expect(edu.read(0x0c, 4)).toBe(0xffff_ffff_ffff_ffffn);
  });

  it('raises an interrupt for a factorial when told to, until acknowledged', () => {
    const edu = plug();
    edu.write(EDU.STATUS, 4, 0xffn);
    expect(edu.read(EDU.STATUS, 4)).toBe(0x80n);
    edu.write(EDU.FACTORIAL, 4, 3n);
    expect(edu.read(EDU.INTERRUPT_STATUS, 4)).toBe(1n);
    edu.write(EDU.INTERRUPT_ACKNOWLEDGE, 4, 1n);
    expect(interrupts).toEqual([true, false]);
  });

  it('moves bytes both ways before the command write returns', () => {
    const edu = plug();
    memory.write(0x1003n, Uint8Array.of(1, 2, 3, 4));
    transfer(edu, 0x1003n, BUFFER + 8n, 4n, START);
    transfer(edu, BUFFER + 9n, 0x2001n, 3n, TO_MEMORY);
    expect([...memory.read(0x2001n, 3)]).toEqual([2, 3, 4]);
    expect(edu.read(EDU.DMA_COMMAND, 8)).toBe(2n);
    expect(interrupts).toEqual([]);
    transfer(edu, BUFFER, 0x3000n, 4096n, TO_MEMORY | 4n);
    expect(edu.read(EDU.INTERRUPT_STATUS, 4)).toBe(0x100n);
    expect(memory.bytes.get(0x3008n)).toBe(1);
  });

  it('takes the DMA registers 32 bits at a time too, each write setting the whole register', () => {
    const edu = plug();
    edu.write(EDU.DMA_SOURCE, 8, 0x1_0000_0000n);
    edu.write(EDU.DMA_SOURCE, 4, 0x1003n);
    expect(edu.read(EDU.DMA_SOURCE, 8)).toBe(0x1003n);
  });

  it('drives 28 address bits, or those of its mask', () => {
    transfer(plug(), BUFFER, 0x4000_2000n, 1n, TO_MEMORY);
    expect([...memory.bytes.keys()]).toEqual([0x2000n]);
    memory.bytes.clear();
    transfer(plug(0xffff_ffff_ffffn), BUFFER, 0xffff_8000_4000_2000n, 1n, TO_MEMORY);
    expect([...memory.bytes.keys()]).toEqual([0x8000_4000_2000n]);
  });

  it('has zeroes in its buffer after a read that was aborted', () => {
    const edu = plug();
    memory.write(0x1000n, Uint8Array.of(1, 2));
    transfer(edu, 0x1000n, BUFFER, 2n, START);
    transfer(edu, memory.hole, BUFFER, 1n, START);
    transfer(edu, BUFFER, 0x2000n, 2n, TO_MEMORY);
    expect([...memory.read(0x2000n, 2)]).toEqual([0, 2]);
  });

  it.each([
    ['before the buffer', BUFFER - 1n, 1n],
    ['past its end', BUFFER + 4090n, 7n],
    ['with a count that wraps', BUFFER, 0xffff_ffff_ffff_ffffn],
  ])('does nothing %s', (_name, source, count) => {
    transfer(plug(), source, 0x1000n, count, TO_MEMORY);
    expect(memory.bytes.size).toBe(0);
  });

  it('does nothing without bus master enable or start bit', () => {
    const edu = plug();
    transfer(edu, BUFFER, 0x1000n, 4n, 2n);
    edu.config.write(PCI.COMMAND, 2, COMMAND.MEMORY);
    transfer(edu, BUFFER, 0x1000n, 4n, TO_MEMORY);
    expect(memory.bytes.size).toBe(0);
  });
});
