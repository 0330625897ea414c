/** A guest's kernel on a virtual SMMU that has no host behind it: what the kernel wrote into registers, memory and queue shows. */
import { PhysicalMemory } from '../../../src/model/memory/physical-memory.ts';
import { registerOf } from '../../../src/model/smmu/registers/register-field.ts';
import { COMMANDS, decode, encode, EVENTS, REGISTERS, STE } from '../../../src/model/spec/index.ts';
import type { FieldValues, IdRegisters } from '../../../src/model/spec/index.ts';
import { GuestKernel } from '../../../src/model/stack/guest/guest-kernel.ts';
import type { GuestKernelOptions } from '../../../src/model/stack/guest/guest-kernel.ts';
import { VINTAGES } from '../../../src/model/stack/guest/vintage.ts';
import { StackJournal } from '../../../src/model/stack/journal.ts';
import { readWords } from '../../../src/model/stack/vmm/guest-memory.ts';
import { DONE } from '../../../src/model/stack/vmm/guest-side.ts';
import type { Executed, HostSide } from '../../../src/model/stack/vmm/guest-side.ts';
import { QEMU_V10_ID } from '../../../src/model/stack/vmm/id-registers.ts';
import { findSte } from '../../../src/model/stack/vmm/stream-table.ts';
import { VirtualSmmu } from '../../../src/model/stack/vmm/virtual-smmu.ts';

export const RAM = 0x4000_0000n;
const SIZE = 16n << 20n;
export const BUFFER = RAM + SIZE / 2n;

/** Takes every command and remembers it. */
class Sink implements HostSide {
  readonly batch = 1;
  readonly commands: Int32Array[] = [];
  joins(): boolean {
    return false;
  }
  execute([words]: readonly Int32Array[]): Executed {
    this.commands.push(words!);
    return DONE;
  }
  enableChanged(): void {}
  hostEvents(): boolean {
    return false;
  }
  tellStalls(): boolean {
    return false;
  }
}

export class GuestMachine {
  readonly memory = new PhysicalMemory([{ base: RAM, size: SIZE }]);
  readonly journal = new StackJournal();
  /** Register writes as `NAME 0xvalue`, in order. */
  readonly writes: string[] = [];
  readonly virtual: VirtualSmmu;
  readonly kernel: GuestKernel;
  readonly #sink = new Sink();

  constructor(options: Partial<GuestKernelOptions> = {}, id: IdRegisters = QEMU_V10_ID) {
    const { memory, journal, writes } = this;
    this.virtual = new VirtualSmmu(
      { id, memory, journal, whenFull: 'OVFLG', onInterrupt: (source) => this.kernel?.interrupt(source) },
      () => this.#sink,
    );
    const { virtual } = this;
    const named = (offset: number, value: number | bigint): void => {
      const register = [...REGISTERS.values()].find((one) => one.offset === offset);
      writes.push(`${register!.id} 0x${value.toString(16)}`);
    };
    const registers = {
      read32: (offset: number) => virtual.read32(offset),
      read64: (offset: number) => virtual.read64(offset),
      write32: (offset: number, value: number) => (named(offset, value), virtual.write32(offset, value)),
      write64: (offset: number, value: bigint) => (named(offset, value), virtual.write64(offset, value)),
    };
    const heap = { base: RAM, size: SIZE / 2n };
    const kernel = GuestKernel.boot({
      registers,
      memory,
      heap,
      vintage: VINTAGES['5.15'],
      journal,
      cmdqShift: 8,
      evtqShift: 5,
      ...options,
    });
    if (typeof kernel === 'number') throw new Error(`boot: ${kernel}`);
    this.kernel = kernel;
  }

  /** Commands as they came out of the queue since the last time: name and fields that are not 0. */
  commands(): { name: string; fields: Record<string, unknown> }[] {
    return this.#sink.commands.splice(0).map((words) => {
      const record = COMMANDS.byNumber.get(words[0]! & 0xff)!;
      const fields = Object.entries(decode(record, words, 0)).filter(([name, value]) => name !== 'Opcode' && Number(value) !== 0);
      return { name: record.id, fields: Object.fromEntries(fields) };
    });
  }

  names(): string[] {
    return this.commands().map((command) => command.name);
  }

  ste(sid: number): Record<string, unknown> {
    const found = findSte(this.virtual.registers, this.memory, sid);
    return 'event' in found ? { event: found.event } : decode(STE, found.words, 0);
  }

  words(ipa: bigint, count: number): Int32Array {
    return readWords(this.memory, ipa, count)!;
  }

  inject(name: string, fields: FieldValues): void {
    const words = new Int32Array(8);
    encode(EVENTS.byName.get(name)!, fields, words, 0);
    this.virtual.events.inject(words, () => undefined);
  }

  read(name: string): number {
    return this.virtual.read32(registerOf(name).offset);
  }
}
