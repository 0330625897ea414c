import { PhysicalMemory } from '../../memory/physical-memory.ts';
import { COMMANDS } from '../../spec/commands.ts';
import { DEFAULT_CHOICES } from '../../spec/choices.ts';
import type { Choices } from '../../spec/choices.ts';
import { decodeFeatures, PRESETS } from '../../spec/features.ts';
import type { IdRegisters } from '../../spec/features.ts';
import type { Misuse, MisuseId } from '../../spec/misuse.ts';
import { encode } from '../../spec/layout.ts';
import type { FieldValues } from '../../spec/layout.ts';
import type { CacheMaintenance, TlbiScope } from '../cache-maintenance.ts';
import type { Journal } from '../journal.ts';
import type { PrefetchHint } from './command.ts';
import { MsiWriter } from '../msi/msi-writer.ts';
import { EnhancedQueues } from '../ecmdq/enhanced-queues.ts';
import { CommandQueue } from '../queues/command-queue.ts';
import { mainQueue } from '../queues/command-source.ts';
import type { CommandSource } from '../queues/command-source.ts';
import { EventQueue } from '../queues/event-queue.ts';
import type { InterruptSource } from '../registers/interrupt.ts';
import { RegisterFile } from '../registers/register-file.ts';
import { registerOf } from '../registers/register-field.ts';

/** For tests of registers, queues and commands: all three wired together, with everything they say written down. */

export const FULL: IdRegisters = PRESETS['v3.2'].id;
export const MINIMUM: IdRegisters = PRESETS.minimum.id;

export const RAM = 0x4000_0000n;
export const RAM_BYTES = 0x20_0000n;
export const CMDQ_AT = RAM + 0x1_0000n;
export const EVENTQ_AT = RAM + 0x2_0000n;
/** Not in memory. */
export const NOWHERE = 0x8000_0000n;

export const SMMUEN = 1;
export const PRIQEN = 2;
export const EVENTQEN = 4;
export const CMDQEN = 8;

/** Byte offset of a register. */
export const at = (name: string): number => registerOf(name).offset;

const bit = (value: number, position: number, on: boolean): number => (on ? value | (1 << position) : value & ~(1 << position)) >>> 0;

/** IDR0 with one bit set or cleared. */
export const withIdr0 = (id: IdRegisters, position: number, on: boolean): IdRegisters => ({ ...id, IDR0: bit(id.IDR0, position, on) });
export const withIdr3 = (id: IdRegisters, position: number, on: boolean): IdRegisters => ({ ...id, IDR3: bit(id.IDR3, position, on) });

/** A cache that removes nothing and remembers what it was asked. */
class RecordingCaches implements CacheMaintenance {
  readonly calls: unknown[][] = [];
  cfgiSte(sid: number, leaf: boolean): number {
    return this.calls.push(['cfgiSte', sid, leaf]) * 0;
  }
  cfgiSteRange(sid: number, range: number): number {
    return this.calls.push(['cfgiSteRange', sid, range]) * 0;
  }
  cfgiCd(sid: number, ssid: number, leaf: boolean): number {
    return this.calls.push(['cfgiCd', sid, ssid, leaf]) * 0;
  }
  cfgiCdAll(sid: number): number {
    return this.calls.push(['cfgiCdAll', sid]) * 0;
  }
  tlbi(scope: TlbiScope): number {
    return this.calls.push(['tlbi', scope]) * 0;
  }
}

export class TestMachine {
  readonly memory = new PhysicalMemory([{ base: RAM, size: RAM_BYTES }]);
  readonly caches = new RecordingCaches();
  readonly misuses: Misuse[] = [];
  readonly interrupts: InterruptSource[] = [];
  readonly enables: boolean[] = [];
  readonly journal: unknown[][] = [];
  readonly prefetched: PrefetchHint[] = [];
  wakeUps = 0;
  consumptions = 0;
  /** Runs when an interrupt arrives, as a guest's handler would. */
  onInterrupt: (source: InterruptSource) => void = () => undefined;
  readonly registers: RegisterFile;
  readonly msi: MsiWriter;
  readonly eventQueue: EventQueue;
  readonly commandQueue: CommandQueue;

  constructor(id: IdRegisters = FULL, choices: Partial<Choices> = {}) {
    const features = decodeFeatures(id);
    const journal: Journal = {
      command: (hi, lo, words, verdict, queue) => this.journal.push(['command', hi, lo, Array.from(words), verdict, ...(queue === 0 ? [] : [`ECMDQ ${queue - 1}`])]),
      event: (words, verdict) => this.journal.push(['event', Array.from(words), verdict]),
      register: (write, offset, lo, hi) => this.journal.push(['register', write, offset, lo, hi]),
      pageRequest: (words, verdict) => this.journal.push(['pageRequest', Array.from(words), verdict]),
      irq: (source) => this.journal.push(['irq', source]),
      wakeUp: (why) => this.journal.push(['wakeUp', why]),
      msi: (source, hi, lo, data, verdict) => this.journal.push(['msi', source, hi, lo, data, verdict]),
      atos: (request, parHi, parLo) => this.journal.push(['atos', request, parHi, parLo]),
      misuse: (misuse) => this.misuses.push(misuse),
    };
    this.registers = new RegisterFile(
      features,
      {
        commandQueue: () => {
          this.consumptions++;
          this.commandQueue.consume();
        },
        smmuEnableChanged: (enabled) => this.enables.push(enabled),
        irq: (source) => {
          this.msi.signal(source);
          this.interrupts.push(source);
          this.onInterrupt(source);
        },
      },
      journal,
      { ...DEFAULT_CHOICES, ...choices },
    );
    this.msi = new MsiWriter(features, this.memory, this.registers, journal);
    this.eventQueue = new EventQueue(this.registers, this.memory, journal);
    const hooks = { misuse: (id: MisuseId) => void this.misuses.push({ id, place: 'pa', address: 0n, write: true }), msi: (hi: number, lo: number, data: number) => this.msi.write('CMD_SYNC', hi, lo, data), sev: () => void this.wakeUps++, prefetch: (hint: PrefetchHint) => void this.prefetched.push(hint) };
    const consumerOf = (source: CommandSource): CommandQueue => new CommandQueue(source, this.registers, this.memory, features, this.caches, hooks, journal);
    this.commandQueue = consumerOf(mainQueue(this.registers));
    if (features.ecmdq) this.registers.attach(new EnhancedQueues(features, this.registers, consumerOf, journal.misuse));
  }

  write(name: string, value: number): void {
    this.registers.write32(at(name), value);
  }

  write64(name: string, value: bigint): void {
    this.registers.write64(at(name), value);
  }

  peek(name: string): number {
    return this.registers.peek(at(name));
  }

  /** What was misused since the last call. */
  takeMisuses(): string[] {
    return this.misuses.splice(0).map((one) => one.id);
  }

  /** Queues of 2^log2Size entries, enabled, with all interrupts on. */
  start(log2Size = 4, cr0 = CMDQEN | EVENTQEN): this {
    this.write64('CMDQ_BASE', CMDQ_AT | BigInt(log2Size));
    this.write64('EVENTQ_BASE', EVENTQ_AT | BigInt(log2Size));
    this.write('IRQ_CTRL', 7);
    this.write('CR0', cr0);
    return this;
  }

  /** Puts a command into the slot of an index without telling the SMMU. */
  place(index: number, name: string, fields: FieldValues = {}): void {
    const record = COMMANDS.byName.get(name)!;
    const words = new Int32Array(4);
    encode(record, fields, words, 0);
    this.placeWords(index, words);
  }

  placeWords(index: number, words: Int32Array): void {
    words.forEach((word, i) => this.memory.write32(CMDQ_AT + BigInt(index * 16 + i * 4), word));
  }

  /** Runs one command in a fresh slot; returns CMDQ_CONS.ERR if it stopped the queue, else 0. */
  run(name: string, fields: FieldValues = {}): number {
    const index = this.registers.cmdq.prod & 0xf;
    this.place(index, name, fields);
    return this.#ring();
  }

  runWords(words: Int32Array): number {
    this.placeWords(this.registers.cmdq.prod & 0xf, words);
    return this.#ring();
  }

  #ring(): number {
    this.write('CMDQ_PROD', (this.peek('CMDQ_PROD') + 1) & 0x1f);
    return this.registers.errorActive('CMDQ_ERR') ? (this.peek('CMDQ_CONS') >>> 24) & 0x7f : 0;
  }
}
