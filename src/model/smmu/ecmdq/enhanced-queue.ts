import type { Choices } from '../../spec/choices.ts';
import type { Features } from '../../spec/features.ts';
import { fieldOf, isNamed } from '../../spec/layout.ts';
import type { RecordDef } from '../../spec/layout.ts';
import type { MisuseId } from '../../spec/misuse.ts';
import { ECMDQ } from '../../spec/registers.ts';
import type { CommandSource } from '../queues/command-source.ts';
import { QueueRegisters } from '../registers/queue-registers.ts';
import { maskIn } from '../registers/register-field.ts';
import type { RegisterFile } from '../registers/register-file.ts';

const [BASE_DEF, PROD_DEF, CONS_DEF] = ECMDQ as readonly [RecordDef, RecordDef, RecordDef];
const maskOf = (record: RecordDef, name: string): number => maskIn(fieldOf(record, name)!, 0);
const bitsOf = (record: RecordDef, half: number): number => record.fields.filter((field) => isNamed(field) && field.since === undefined).reduce((mask, field) => mask | maskIn(field, half), 0);

/** Words of a queue's registers: BASE, PROD, CONS. */
const BASE = 0;
const PROD = 2;
const CONS = 3;
const WORDS = 4;
const BITS: readonly number[] = [bitsOf(BASE_DEF, 0), bitsOf(BASE_DEF, 1), bitsOf(PROD_DEF, 0), bitsOf(CONS_DEF, 0)];

const INDEX = maskOf(PROD_DEF, 'WR');
const EN = maskOf(PROD_DEF, 'EN');
const ERRACK = maskOf(PROD_DEF, 'ERRACK');
const ENACK = maskOf(CONS_DEF, 'ENACK');
const ERR = maskOf(CONS_DEF, 'ERR');
const ERR_REASON = maskOf(CONS_DEF, 'ERR_REASON');
const REASON_UNIT = ERR_REASON & -ERR_REASON;

/**
 * One enhanced command queue (IHI 0070 3.5.6, 6.2.5, 6.3.107 to 6.3.109). It is enabled, stopped and acknowledged by its own
 * registers, whatever CR0.CMDQEN and CMDQ_ERR are. A change of EN takes effect within the write.
 */
export class EnhancedQueue implements CommandSource {
  readonly number: number;
  readonly queue: QueueRegisters;
  private readonly words = new Int32Array(WORDS);
  private readonly registers: RegisterFile;
  private readonly tell: (misuse: MisuseId, word: number) => void;

  /** `tell`: software misused a word of these registers. */
  constructor(index: number, features: Features, choices: Choices, registers: RegisterFile, tell: (misuse: MisuseId, word: number) => void) {
    this.number = index + 1;
    this.registers = registers;
    this.tell = tell;
    if (choices['registers.unknown-reset'] === 'ones') this.words.set([BITS[0]!, BITS[1]!, INDEX, INDEX]);
    this.queue = new QueueRegisters('CMDQ', this.words, features, choices, { base: BASE, prod: PROD, cons: CONS });
    this.queue.refresh();
  }

  get enabled(): boolean {
    return (this.words[CONS]! & ENACK) !== 0;
  }

  get stopped(): boolean {
    return (this.words[CONS]! & ERR) !== (this.words[PROD]! & ERRACK);
  }

  /** ERR_REASON is there before ERR toggles, ERR before CMDQP_ERR is active; CMDQP_ERR only tells, ERRACK alone restarts. */
  stop(cerror: number): void {
    this.words[CONS] = ((this.words[CONS]! & ~ERR_REASON) | (cerror * REASON_UNIT)) ^ ERR;
    this.registers.activateError('CMDQP_ERR');
  }

  read(word: number): number {
    return this.words[word]! >>> 0;
  }

  /** Whether the write can have given the queue something to do. */
  write(word: number, value: number): boolean {
    const wanted = value & BITS[word]!;
    if (word === PROD) return this.#produce(wanted);
    if (this.enabled) {
      if (wanted !== this.words[word]) this.tell('guarded-register', word);
      return false;
    }
    this.words[word] = word === CONS ? wanted & ~ENACK : wanted;
    this.queue.refresh();
    return false;
  }

  #produce(value: number): boolean {
    const { enabled, stopped } = this;
    this.words[PROD] = value;
    this.words[CONS] = (this.words[CONS]! & ~ENACK) | ((value & EN) === 0 ? 0 : ENACK);
    if (!this.enabled) return false;
    if (!enabled && this.queue.misaligned) this.tell('misaligned-base', BASE);
    if (!this.queue.consistent) this.tell('inconsistent-indexes', PROD);
    if (enabled && !stopped && this.stopped) this.tell('inactive-error-toggled', PROD);
    return true;
  }
}
