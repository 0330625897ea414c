import type { Deviations } from '../../spec/deviations.ts';
import { accessor, DEFAULT_CHOICES, illegalCd } from '../../spec/index.ts';
import { CD, STE } from '../../spec/index.ts';
import type { Choices, Features } from '../../spec/index.ts';
import { illegalSteFor } from '../../spec/rules/ste-qemu.ts';
import { hasBits, reservedBits } from './reserved-bits.ts';
import { SLOT } from './slot.ts';

const WORDS = 16;

const configOf = accessor(STE, 'Config');

/** The rule that makes a structure ILLEGAL. */
export interface Broken {
  readonly id: string;
}

/** Bits of an STE on which no rule depends: addresses below bit 32 (no address size is smaller), and a 16-bit VMID. */
function steMask(features: Features): Int32Array {
  const mask = new Int32Array(WORDS).fill(-1);
  mask[0] = 0x3f;
  if (features.vmid16) mask[4] = ~0xffff;
  mask[6] = 0xf;
  return mask;
}

/** The same for a CD: TTB0, TTB1, a 16-bit ASID, MAIR. */
function cdMask(features: Features): Int32Array {
  const mask = new Int32Array(WORDS).fill(-1);
  if (features.asid16) mask[1] = 0xffff;
  mask[2] = 0xf;
  mask[4] = 0xf;
  mask[6] = 0;
  mask[7] = 0;
  return mask;
}

/**
 * Whether STE and CD are legal, by the rules of the one table. Streams differ in little else than addresses, VMID and
 * ASID: a structure equal to the last legal one in every bit that a rule can look at is legal without asking again, and
 * decodes alike (template.ts).
 */
export class Legality {
  private readonly features: Features;
  private readonly deviates: Deviations;
  private readonly choices: Choices;
  /** Bits that make a structure invalid (the choice structure.reserved-bits); null: none do. */
  private readonly reserved: { readonly ste: Int32Array; readonly cd: Int32Array } | null;
  /** The last legal STE and the CD with it, as far as masks tell them from others: what structures are compared with. */
  readonly kept: { readonly ste: Int32Array; readonly steMask: Int32Array; readonly cd: Int32Array; readonly cdMask: Int32Array };
  /** The STE last asked about is like the one of the last legal CD; and the CD like that one. */
  alikeSte = false;
  alikeCd = false;
  /** The CD last asked about is legal, and what later ones are compared with. */
  keptCd = false;
  /** The STE that the legal CD was seen with is the one that is kept. */
  private cdKnown = false;
  private steKnown = false;
  /** CR2.E2H that the legal CD was seen with. */
  private e2h = false;

  constructor(features: Features, deviates: Deviations, choices: Choices = DEFAULT_CHOICES) {
    this.features = features;
    this.deviates = deviates;
    this.choices = choices;
    this.reserved = choices['structure.reserved-bits'] === 'invalid' ? { ste: reservedBits(STE, features), cd: reservedBits(CD, features) } : null;
    this.kept = { ste: new Int32Array(WORDS), steMask: steMask(features), cd: new Int32Array(WORDS), cdMask: cdMask(features) };
  }

  /** The rule that the STE in the slot at `s` breaks, or null. */
  ste(slots: Int32Array, s: number): Broken | null {
    const known = this.steKnown && same(slots, s + SLOT.STE, this.kept.ste, this.kept.steMask);
    this.alikeSte = known && this.cdKnown;
    if (known) return null;
    const rule = illegalSteFor(slots, s + SLOT.STE, this.features, this.deviates, this.choices) ?? this.#reservedSte(slots, s + SLOT.STE);
    if (rule === null) {
      keep(slots, s + SLOT.STE, this.kept.ste, this.kept.steMask);
      this.steKnown = true;
      this.cdKnown = false;
    }
    return rule;
  }

  /** The same, and nothing is remembered of the CD. */
  brokenCd(slots: Int32Array, s: number, e2h: boolean): Broken | null {
    return illegalCd(slots, s + SLOT.CD, slots, s + SLOT.STE, this.features, e2h) ?? this.#reservedCd(slots, s + SLOT.CD);
  }

  /** An STE that aborts has no other fields (5.2). */
  #reservedSte(slots: Int32Array, at: number): Broken | null {
    return this.reserved !== null && configOf(slots, at) >= 4 && hasBits(slots, at, this.reserved.ste) ? { id: 'ste.reserved-bits' } : null;
  }

  #reservedCd(slots: Int32Array, at: number): Broken | null {
    return this.reserved !== null && hasBits(slots, at, this.reserved.cd) ? { id: 'cd.reserved-bits' } : null;
  }

  /** The STE comes from a cache: nothing is known of it. */
  skipSte(): void {
    this.alikeSte = false;
  }

  /** A legal STE is kept, and the CD that was legal with it under this CR2.E2H. */
  knowsCd(e2h: boolean): boolean {
    return this.cdKnown && this.e2h === e2h;
  }

  /** The rule that the CD in the slot at `s` breaks with the slot's STE and CR2.E2H, or null. */
  cd(slots: Int32Array, s: number, e2h: boolean): Broken | null {
    const known = this.steKnown && (this.alikeSte || same(slots, s + SLOT.STE, this.kept.ste, this.kept.steMask));
    this.alikeCd = known && this.cdKnown && this.e2h === e2h && same(slots, s + SLOT.CD, this.kept.cd, this.kept.cdMask);
    this.keptCd = false;
    if (this.alikeCd) return null;
    const rule = this.brokenCd(slots, s, e2h);
    if (rule === null && known) {
      keep(slots, s + SLOT.CD, this.kept.cd, this.kept.cdMask);
      this.cdKnown = true;
      this.keptCd = true;
      this.e2h = e2h;
    }
    return rule;
  }
}

/** The structure at `words[at]` equals what is kept in every bit that its mask has. */
export function same(words: Int32Array, at: number, kept: Int32Array, mask: Int32Array): boolean {
  let difference = 0;
  for (let i = 0; i < WORDS; i++) difference |= (words[at + i]! & mask[i]!) ^ kept[i]!;
  return difference === 0;
}

function keep(slots: Int32Array, at: number, kept: Int32Array, mask: Int32Array): void {
  for (let i = 0; i < WORDS; i++) kept[i] = slots[at + i]! & mask[i]!;
}
