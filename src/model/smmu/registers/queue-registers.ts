import { indexMask, nextIndex, isEmpty, isFull, isConsistent, occupancy, slotOf } from '../queues/queue-index.ts';
import type { Choices } from '../../spec/choices.ts';
import type { Features } from '../../spec/features.ts';
import { fieldMask, wordOf } from './register-field.ts';

export type QueueName = 'CMDQ' | 'EVENTQ' | 'PRIQ';

/** Word indexes of the registers of a queue: BASE has two words. */
export interface QueuePlace {
  readonly base: number;
  readonly prod: number;
  readonly cons: number;
}

const placeOf = (name: QueueName): QueuePlace => ({ base: wordOf(`${name}_BASE`), prod: wordOf(`${name}_PROD`), cons: wordOf(`${name}_CONS`) });

interface Geometry {
  /** Which index the SMMU owns: it reads as 0 above the wrap flag. */
  readonly owned: 'PROD' | 'CONS';
  /** log2 of an entry's bytes. */
  readonly log2Entry: number;
  /** IDR1.CMDQS, EVENTQS or PRIQS. */
  readonly maxLog2Size: (features: Features) => number;
}

const GEOMETRY: Readonly<Record<QueueName, Geometry>> = {
  CMDQ: { owned: 'CONS', log2Entry: 4, maxLog2Size: (features) => features.cmdqs },
  EVENTQ: { owned: 'PROD', log2Entry: 5, maxLog2Size: (features) => features.eventqs },
  PRIQ: { owned: 'PROD', log2Entry: 4, maxLog2Size: (features) => features.priqs },
};

/** WR, RD, OVFLG, OVACKFLG and LOG2SIZE are at the same bits in every queue's registers. */
const INDEX = fieldMask('EVENTQ_PROD', 'WR');
const OVERFLOW = fieldMask('EVENTQ_PROD', 'OVFLG');
const LOG2SIZE = fieldMask('EVENTQ_BASE', 'LOG2SIZE');
const ADDR_LO = fieldMask('EVENTQ_BASE', 'ADDR', 0);
const ADDR_HI = fieldMask('EVENTQ_BASE', 'ADDR', 1);
/** Bases are aligned to 32 bytes, whatever the size. */
const MIN_LOG2_BYTES = 5;

/**
 * The base and index registers of one queue (IHI 0070 6.3.26 to 6.3.36) over the words of the register file, or of an
 * enhanced command queue over its own (6.3.107 to 6.3.109), which stay the only copy of the indexes. Effective values of the base are fields, brought up to date by `refresh`.
 */
export class QueueRegisters {
  /** Effective base: ADDR with the bits below the queue's size (at least 32 bytes) taken as 0. Signed words. */
  baseLo = 0;
  baseHi = 0;
  /** LOG2SIZE capped at what IDR1 advertises: the cap holds for every use but reading the register back. */
  log2Size = 0;
  private readonly words: Int32Array;
  private readonly base: number;
  private readonly _prod: number;
  private readonly _cons: number;
  private readonly owned: number;
  private readonly log2Entry: number;
  private readonly maxLog2Size: number;
  private readonly modulo: boolean;

  constructor(name: QueueName, words: Int32Array, features: Features, choices: Choices, place: QueuePlace = placeOf(name)) {
    const { owned, log2Entry, maxLog2Size } = GEOMETRY[name];
    this.words = words;
    this.modulo = choices['queue.inconsistent'] === 'run';
    this.base = place.base;
    this._prod = place.prod;
    this._cons = place.cons;
    this.owned = owned === 'PROD' ? this._prod : this._cons;
    this.log2Entry = log2Entry;
    this.maxLog2Size = maxLog2Size(features);
  }

  /** WR as software or the SMMU left it; bits above the wrap flag may be set when software owns it. */
  get prod(): number {
    return this.words[this._prod]! & INDEX;
  }

  get cons(): number {
    return this.words[this._cons]! & INDEX;
  }

  get empty(): boolean {
    return isEmpty(this.prod, this.cons, this.log2Size);
  }

  get full(): boolean {
    return this.modulo && !this.consistent ? false : isFull(this.prod, this.cons, this.log2Size);
  }

  get consistent(): boolean {
    return isConsistent(this.prod, this.cons, this.log2Size);
  }

  /** Whether entries can be taken: inconsistent indexes have none, unless choice queue.inconsistent lets them run. */
  get usable(): boolean {
    return this.modulo || this.consistent;
  }

  get occupancy(): number {
    return occupancy(this.prod, this.cons, this.log2Size);
  }

  /** Whether OVFLG differs from OVACKFLG: an overflow that software has not acknowledged. */
  get overflowed(): boolean {
    return ((this.words[this._prod]! ^ this.words[this._cons]!) & OVERFLOW) !== 0;
  }

  /** Toggles OVFLG, unless an earlier overflow is still unacknowledged. */
  overflow(): void {
    if (!this.overflowed) this.words[this._prod]! ^= OVERFLOW;
  }

  /** Moves the SMMU's own index to the next slot; its flags stay. */
  advance(): void {
    const index = nextIndex(this.words[this.owned]!, this.log2Size);
    this.words[this.owned] = (this.words[this.owned]! & ~INDEX) | index;
  }

  /** Low word of the physical address of an index's slot; the high word is `baseHi`, as the base is aligned. */
  slotLo(index: number): number {
    return this.baseLo | (slotOf(index, this.log2Size) << this.log2Entry);
  }

  /** Brings the effective base and size up to date; a smaller LOG2SIZE truncates the SMMU's index. */
  refresh(): void {
    this.log2Size = Math.min(this.words[this.base]! & LOG2SIZE, this.maxLog2Size);
    this.baseLo = this.words[this.base]! & ADDR_LO & -(2 ** Math.max(MIN_LOG2_BYTES, this.log2Size + this.log2Entry));
    this.baseHi = this.words[this.base + 1]! & ADDR_HI;
    this.words[this.owned] = this.words[this.owned]! & (~INDEX | indexMask(this.log2Size));
  }

  /** Whether the base has bits set that its alignment ignores. */
  get misaligned(): boolean {
    return this.baseLo !== (this.words[this.base]! & ADDR_LO);
  }
}
