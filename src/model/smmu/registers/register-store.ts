import { hex } from '../../base/address.ts';
import type { Features } from '../../spec/features.ts';
import type { DiagnosticCode, RegisterDiagnostic } from './diagnostic.ts';
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
  readonly #features: Features;
  readonly #map: ReadonlyMap<number, Cell>;
  readonly #aliases: ReadonlyMap<number, number>;
  readonly #diagnose: (diagnostic: RegisterDiagnostic) => void;

  constructor(features: Features, diagnose: (diagnostic: RegisterDiagnostic) => void) {
    this.#features = features;
    this.#diagnose = diagnose;
    this.#map = registerMap(features);
    this.#aliases = aliases(this.#map);
    this.reset();
  }

  reset(): void {
    resetWords(this.words, this.#map.values(), this.#features);
  }

  /** Whether an access of 4 or 8 bytes is one that 6.2 defines; the others are RAZ/WI. */
  accepts(offset: number, bytes: 4 | 8, write: boolean): boolean {
    if (offset < 0 || offset >= REGISTER_BYTES) return this.#refuse('reserved-register', offset, write, 'outside pages 0 and 1, RES0');
    if (offset % bytes !== 0) return this.#refuse('unaligned-access', offset, write, `not aligned to ${bytes} bytes, RAZ/WI`);
    const split = bytes === 8 ? (this.#narrow(offset) ?? this.#narrow(offset + 4)) : undefined;
    if (split === undefined) return true;
    return this.#refuse('split-access', offset, write, `a 64-bit access to ${split.register.id}, which has 32 bits, RAZ/WI`);
  }

  /** A word as it reads, unsigned. */
  peek(offset: number): number {
    return this.words[this.#word(offset)]! >>> 0;
  }

  /** Writes a word as far as its access rule and guards let it; the cell it fell on, or undefined for RES0. */
  write(offset: number, value: number): Cell | undefined {
    const cell = this.#map.get(this.#word(offset));
    if (cell === undefined) this.#refuse('reserved-register', offset, true, 'no register of this SMMU, RES0');
    else if (!cell.writable) this.#refuse('read-only-register', offset, true, `${cell.register.id} is read-only`);
    else if (cell.update !== 0 && (value & cell.update) === 0) {
      this.#refuse('update-missing', offset, true, `${cell.register.id} takes a value only together with Update = 1`);
    } else this.#store(cell, offset, value & ~cell.update);
    return cell;
  }

  /** Loads an image; identification and bits that do not exist stay as they are, an Update in flight is complete. */
  restore(image: Int32Array): void {
    for (const { register, word, bits, update } of this.#map.values()) {
      if (register.reset !== 'constant') this.words[word] = image[word]! & bits & ~update;
    }
  }

  report(code: DiagnosticCode, offset: number, write: boolean, what: string): void {
    this.#diagnose({ code, offset, write, message: `${write ? 'write to' : 'read of'} ${hex(offset)}: ${what}` });
  }

  #store(cell: Cell, offset: number, value: number): void {
    const old = this.words[cell.word]!;
    const wanted = value & cell.bits;
    const on = cell.guards.filter((guard) => isActive(guard, this.words));
    // 6.2: before v3.2 what a guarded write does is CONSTRAINED UNPREDICTABLE; there the model lets it take effect.
    const locked = this.#features.minor < 2 ? 0 : on.reduce((mask, guard) => mask | guard.masks[cell.half]!, 0);
    this.words[cell.word] = (old & locked) | (wanted & ~locked);
    const refusing = on.find((guard) => ((old ^ wanted) & guard.masks[cell.half]!) !== 0);
    if (refusing === undefined) return;
    this.report(
      'guarded-register',
      offset,
      true,
      `${cell.register.id} ${locked === 0 ? 'must keep' : 'keeps'} its value while ${refusing.enable} or its acknowledgement is 1`,
    );
  }

  #refuse(code: DiagnosticCode, offset: number, write: boolean, what: string): false {
    this.report(code, offset, write, what);
    return false;
  }

  /** The 32-bit register at an offset, if there is one. */
  #narrow(offset: number): Cell | undefined {
    const cell = this.#map.get(this.#word(offset));
    return cell?.register.bits === 32 ? cell : undefined;
  }

  #word(offset: number): number {
    const word = offset >>> 2;
    return this.#aliases.get(word) ?? word;
  }
}
