/** For tests of VMMs: a guest that writes structures and commands by hand, and fake files of the host that remember what they got. */
import { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { InterruptSource } from '../../smmu/registers/interrupt.ts';
import { registerOf } from '../../smmu/registers/register-field.ts';
import { CD, COMMANDS, decode, encode, EVENTS, STE } from '../../spec/index.ts';
import type { FieldValue, FieldValues, IdRegisters, RecordDef } from '../../spec/index.ts';
import { StackJournal } from '../journal.ts';
import type { HopRecord } from '../journal.ts';
import type { WhenFull } from './event-ring.ts';
import { readWords, writeWords } from './guest-memory.ts';
import type { GuestSide, HostSide } from './guest-side.ts';
import { QEMU_V10_ID } from './id-registers.ts';
import { VirtualSmmu } from './virtual-smmu.ts';

export const RAM = 0x4000_0000n;
export const CMDQ = RAM + 0x1_0000n;
export const EVENTQ = RAM + 0x2_0000n;
export const STRTAB = RAM + 0x3_0000n;
export const CD_AT = RAM + 0x4_0000n;
export const TTB = RAM + 0x5_0000n;
/** Not RAM. */
export const NOWHERE = 0x8_0000_0000n;

const LOG2_CMDQ = 6;
const LOG2_EVENTQ = 2;
const CMDQEN = 8;
const EVENTQEN = 4;
const SMMUEN = 1;

/** A CD that every check passes. */
export const GOOD_CD: FieldValues = { V: true, AA64: true, A: true, R: true, T0SZ: 16, TG0: 0, EPD1: true, IPS: 4, ASID: 5, TTB0: TTB };
export const S1_STE: FieldValues = { V: true, Config: 5, S1ContextPtr: CD_AT };

export class TestGuest {
  readonly memory = new PhysicalMemory([{ base: RAM, size: 0x20_0000n }]);
  readonly journal = new StackJournal();
  readonly interrupts: InterruptSource[] = [];
  readonly smmu: VirtualSmmu;

  constructor(connect: (guest: GuestSide) => HostSide, whenFull: WhenFull, id: IdRegisters = QEMU_V10_ID) {
    const { memory, journal } = this;
    this.smmu = new VirtualSmmu({ id, memory, journal, whenFull, onInterrupt: (source) => this.interrupts.push(source) }, connect);
    this.write64('STRTAB_BASE', STRTAB);
    this.write('STRTAB_BASE_CFG', 8);
    this.write64('CMDQ_BASE', CMDQ | BigInt(LOG2_CMDQ));
    this.write64('EVENTQ_BASE', EVENTQ | BigInt(LOG2_EVENTQ));
    this.write('IRQ_CTRL', 7);
    this.write('CR0', CMDQEN | EVENTQEN | SMMUEN);
    this.structure(CD, CD_AT, GOOD_CD);
  }

  write(name: string, value: number): void {
    this.smmu.write32(registerOf(name).offset, value);
  }

  write64(name: string, value: bigint): void {
    this.smmu.write64(registerOf(name).offset, value);
  }

  read(name: string): number {
    return this.smmu.read32(registerOf(name).offset);
  }

  structure(record: RecordDef, at: bigint, fields: FieldValues): void {
    const words = new Int32Array(record.bytes / 4);
    encode(record, fields, words, 0);
    writeWords(this.memory, at, words);
  }

  ste(sid: number, fields: FieldValues): void {
    this.structure(STE, STRTAB + BigInt(sid) * 64n, fields);
  }

  /** Puts commands into the queue and rings once; the CERROR that stopped the queue, or 0. */
  commands(...list: readonly (readonly [name: string, fields?: FieldValues])[]): number {
    return this.raw(
      ...list.map(([name, fields = {}]) => {
        const words = new Int32Array(4);
        encode(COMMANDS.byName.get(name)!, fields, words, 0);
        return words;
      }),
    );
  }

  raw(...list: readonly Int32Array[]): number {
    let prod = this.read('CMDQ_PROD');
    for (const words of list) {
      writeWords(this.memory, CMDQ + BigInt((prod % 2 ** LOG2_CMDQ) * 16), words);
      prod = (prod + 1) % 2 ** (LOG2_CMDQ + 1);
    }
    this.write('CMDQ_PROD', prod);
    return this.smmu.registers.errorActive('CMDQ_ERR') ? (this.read('CMDQ_CONS') >>> 24) & 0x7f : 0;
  }

  /** CMDQ_CONS.RD. */
  get cons(): number {
    return this.read('CMDQ_CONS') & 0xfffff;
  }

  /** Records of the guest's event queue that it has not consumed: name and fields that are not 0. */
  get events(): { name: string; fields: Record<string, FieldValue> }[] {
    const { eventq } = this.smmu.registers;
    return Array.from({ length: eventq.occupancy }, (_, i) => {
      const words = readWords(this.memory, EVENTQ + BigInt(((eventq.cons + i) % 2 ** LOG2_EVENTQ) * 32), 8)!;
      const record = EVENTS.byNumber.get(words[0]! & 0xff)!;
      const fields = Object.entries(decode(record, words, 0)).filter(([name, value]) => name !== 'EventNumber' && Number(value) !== 0);
      return { name: record.id, fields: Object.fromEntries(fields) };
    });
  }

  /** What was dropped since the last call, and why. */
  dropped(): HopRecord[] {
    const all = this.journal.records.slice(this.seen).filter((record) => record.dropped !== undefined);
    this.seen = this.journal.records.length;
    return all;
  }

  private seen = 0;
}

/** A file that answers every ioctl with the next of `results`, then with 0, and keeps the bytes. */
export class FakeFile {
  readonly calls: { readonly cmd: number; readonly bytes: Uint8Array }[] = [];
  readonly results: number[] = [];

  ioctl(cmd: number, bytes: Uint8Array): number {
    this.calls.push({ cmd, bytes: bytes.slice() });
    return this.results.shift() ?? 0;
  }

  /** Takes the calls since the last time. */
  take(): { readonly cmd: number; readonly bytes: Uint8Array }[] {
    return this.calls.splice(0);
  }
}
