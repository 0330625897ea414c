import type { Choices } from '../../spec/choices.ts';
import type { Features } from '../../spec/features.ts';
import type { Misuse, MisuseId } from '../../spec/misuse.ts';
import { isActive } from './guard.ts';
import { aliases, registerMap } from './register-map.ts';
import type { Cell } from './register-map.ts';
import { resetWords } from './reset.ts';

/** Bytes of pages 0 and 1. */
export const REGISTER_BYTES = 0x20000;

/**
 * The words of the registers, and what the bus may do to them (IHI 0070 6.2): which accesses there are, which bits exist,
 * who may write them when. What a write means is not known here.
 */
export class RegisterStore {
  readonly words = new Int32Array(REGISTER_BYTES / 4);
  /** What each word of the access that was not accepted last reads as. */
  ignored = 0;
  private readonly features: Features;
  private readonly map: ReadonlyMap<number, Cell>;
  private readonly aliases: ReadonlyMap<number, number>;
  private readonly choices: Choices;
  private readonly tell: (misuse: Misuse) => void;
  private readonly enhancedOn: () => boolean;

  /** `enhancedOn`: whether an enhanced command queue is enabled, which guards what CMDQEN guards in CR1 (6.3.11). */
  constructor(features: Features, choices: Choices, tell: (misuse: Misuse) => void, enhancedOn: () => boolean = () => false) {
    this.features = features;
    this.choices = choices;
    this.tell = tell;
    this.enhancedOn = enhancedOn;
    this.map = registerMap(features);
    this.aliases = choices['registers.page-0-indexes'] === 'alias' ? aliases(this.map) : new Map();
    this.reset();
  }

  reset(): void {
    resetWords(this.words, this.map.values(), this.features, this.choices);
  }

  /** Whether an access of 4 or 8 bytes reaches a register; one that does not reads as `ignored`, and writes nothing. */
  accepts(offset: number, bytes: 4 | 8, write: boolean): boolean {
    this.ignored = 0;
    if (offset < 0 || offset >= REGISTER_BYTES) return this.#refuse('reserved-register', offset, write);
    if (offset % bytes !== 0) {
      if (this.choices['registers.odd-access'] === 'ones') this.ignored = 0xffff_ffff;
      return this.#refuse('unaligned-access', offset, write);
    }
    const split = bytes === 8 ? (this.#narrow(offset) ?? this.#narrow(offset + 4)) : undefined;
    if (split === undefined) return true;
    this.report('split-access', offset, write);
    return this.choices['registers.split-access'] === 'both';
  }

  /** A word as it reads, unsigned. */
  peek(offset: number): number {
    return this.words[this.#word(offset)]! >>> 0;
  }

  /** Writes a word as far as its access rule and guards let it; the cell it fell on, or undefined for RES0. */
  write(offset: number, value: number): Cell | undefined {
    const cell = this.map.get(this.#word(offset));
    if (cell === undefined) this.#refuse('reserved-register', offset, true);
    else if (!cell.writable) this.#refuse('read-only-register', offset, true);
    else if (cell.update !== 0 && (value & cell.update) === 0) this.#refuse('update-missing', offset, true);
    else this.#store(cell, offset, value & ~cell.update);
    return cell;
  }

  /** Loads an image; identification and bits that do not exist stay as they are, an Update in flight is complete. */
  restore(image: Int32Array): void {
    for (const { register, word, bits, update } of this.map.values()) {
      if (register.reset !== 'constant') this.words[word] = image[word]! & bits & ~update;
    }
  }

  report(id: MisuseId, offset: number, write: boolean): void {
    this.tell({ id, place: 'register', address: BigInt(offset), write });
  }

  #store(cell: Cell, offset: number, value: number): void {
    const old = this.words[cell.word]!;
    const wanted = value & cell.bits;
    const on = cell.guards.filter((guard) => isActive(guard, this.words) || (cell.register.id === 'CR1' && guard.enable === 'CR0.CMDQEN' && this.enhancedOn()));
    const effective = this.features.minor < 2 && this.choices['registers.guarded-write'] === 'effective';
    const locked = effective ? 0 : on.reduce((mask, guard) => mask | guard.masks[cell.half]!, 0);
    this.words[cell.word] = (old & locked) | (wanted & ~locked);
    const refusing = on.find((guard) => ((old ^ wanted) & guard.masks[cell.half]!) !== 0);
    if (refusing !== undefined) this.report('guarded-register', offset, true);
  }

  #refuse(id: MisuseId, offset: number, write: boolean): false {
    this.report(id, offset, write);
    return false;
  }

  /** Whether the register at an offset has 64 bits. */
  isWide(offset: number): boolean {
    return this.map.get(this.#word(offset))?.register.bits === 64;
  }

  /** The 32-bit register at an offset, if there is one. */
  #narrow(offset: number): Cell | undefined {
    const cell = this.map.get(this.#word(offset));
    return cell?.register.bits === 32 ? cell : undefined;
  }

  #word(offset: number): number {
    const word = offset >>> 2;
    return this.aliases.get(word) ?? word;
  }
}
