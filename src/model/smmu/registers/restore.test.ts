import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../spec/features.ts';
import { captureFolder } from '../../../../test/cli/captures.ts';
import { at, CMDQEN, TestMachine } from '../commands/test-machine.ts';
import { REGISTER_BYTES } from './register-store.ts';

function capture(name: string): Int32Array {
  const file = readFileSync(join(captureFolder(name), 'registers.bin'));
  return new Int32Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
}

const image = (values: Readonly<Record<string, number>>): Int32Array => {
  const words = new Int32Array(REGISTER_BYTES / 4);
  for (const [name, value] of Object.entries(values)) words[at(name) / 4] = value;
  return words;
};

describe('restoring an image of the registers', () => {
  test('a capture of a Linux machine is in effect at once, and nothing is set in motion', () => {
    const machine = new TestMachine(PRESETS['qemu-11'].id);
    const { registers } = machine;
    registers.restore(capture('nestedhand-6.12'));
    expect(registers.smmuEnabled).toBe(true);
    expect([registers.strtabBaseHi, registers.strtabBaseLo]).toEqual([0, 0x43cf_3000]);
    expect([registers.strtabLog2Size, registers.strtabEffective, registers.strtabSplit, registers.strtabTwoLevel]).toEqual([
      16,
      16,
      8,
      true,
    ]);
    expect(registers.recinvsid).toBe(true);
    expect([registers.cmdq.baseLo, registers.cmdq.log2Size]).toEqual([0x5b50_0000, 16]);
    expect([registers.eventq.baseLo, registers.eventq.log2Size, registers.eventq.prod]).toEqual([0x5b60_0000, 15, 0x15]);
    expect([machine.enables, machine.interrupts, machine.journal, machine.consumptions]).toEqual([[], [], [], 0]);
  });

  test('every register of the capture reads as in the image, but for bits that the SMMU does not have', () => {
    const words = capture('hand-6.12');
    const machine = new TestMachine(PRESETS['qemu-11'].id);
    machine.registers.restore(words);
    const different: string[] = [];
    for (let offset = 0; offset < 0x10000; offset += 4) {
      if (machine.registers.peek(offset) !== words[offset / 4]! >>> 0) different.push(`0x${offset.toString(16)}`);
    }
    // CR2.PTM needs BTM, which this SMMU does not advertise; QEMU keeps the bit.
    expect(different).toEqual(['0x2c']);
    expect(machine.peek('CR2')).toBe(2);
  });

  test('the indexes of the event queue come from page 1', () => {
    const machine = new TestMachine();
    const words = image({ EVENTQ_BASE: 10, EVENTQ_PROD: 5, EVENTQ_CONS: 3 });
    words[0xa8 / 4] = 9;
    machine.registers.restore(words);
    expect([machine.registers.eventq.prod, machine.registers.eventq.cons]).toEqual([5, 3]);
  });

  test("CR0ACK and GERROR are the image's: an enable counts once acknowledged, an active error stays active", () => {
    const machine = new TestMachine();
    machine.registers.restore(image({ CR0: 0xd, CR0ACK: CMDQEN, GERROR: 5, GERRORN: 1 }));
    expect(machine.peek('CR0')).toBe(0xd);
    expect([machine.registers.smmuEnabled, machine.registers.commandQueueEnabled]).toEqual([false, true]);
    expect([machine.registers.errorActive('CMDQ_ERR'), machine.registers.errorActive('EVENTQ_ABT_ERR')]).toEqual([false, true]);
    machine.write('CR0', 0xd);
    expect(machine.registers.smmuEnabled).toBe(true);
  });

  test('an Update of GBPA in flight is complete', () => {
    const machine = new TestMachine();
    machine.registers.restore(image({ GBPA: 0x8010_0000 | 0 }));
    expect(machine.peek('GBPA')).toBe(0x10_0000);
    expect(machine.registers.gbpaAbort).toBe(true);
  });

  test('identification stays that of the SMMU', () => {
    const machine = new TestMachine(PRESETS['qemu-11'].id);
    machine.registers.restore(image({ IDR0: -1 }));
    expect(machine.peek('IDR0')).toBe(PRESETS['qemu-11'].id.IDR0);
  });

  test('an image of another size is a bug of the caller', () => {
    expect(() => new TestMachine().registers.restore(new Int32Array(4))).toThrow('an image of the registers has 131072 bytes');
  });
});
