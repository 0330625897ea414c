import { inputBitsOf, granuleOf, SLOT, startOf } from './slot.ts';
import { baseMask } from './decode.ts';

/** The decoded words of a slot: TTB0_LO to FAST. */
const FIRST = SLOT.TTB0_LO;
const COUNT = SLOT.FAST - FIRST + 1;
/** Low words of addresses in STE and CD, on which Legality asks nothing. */
const S2TTB = 6;
const TTB0 = 2;
const TTB1 = 4;
const MAIR = 6;

/**
 * What the last legal STE and CD decoded to. Streams differ in little else than addresses, VMID and ASID: a slot whose STE
 * and CD Legality knows as alike gets a copy, with the words of its own in place of those.
 */
export class Template {
  private readonly words = new Int32Array(COUNT);
  private inLo = 0;
  private steFlags = 0;
  private flags = 0;
  private s2Mask = 0;
  private mask0 = 0;
  private mask1 = 0;
  private shape = 0;

  /** Keeps the slot at `s`, whose FLAGS were `steFlags` before its CD. */
  keep(slots: Int32Array, s: number, steFlags: number): void {
    for (let i = 0; i < COUNT; i++) this.words[i] = slots[s + FIRST + i]!;
    this.inLo = slots[s + SLOT.IN0_LO]!;
    this.steFlags = steFlags;
    this.flags = slots[s + SLOT.FLAGS]!;
    this.s2Mask = maskOf(slots[s + SLOT.GEOMETRY2]!, slots[s + SLOT.S2_OUT]!);
    this.mask0 = maskOf(slots[s + SLOT.GEOMETRY0]!, slots[s + SLOT.S1_OUT]!);
    this.mask1 = maskOf(slots[s + SLOT.GEOMETRY1]!, slots[s + SLOT.S1_OUT]!);
    slots[s + SLOT.SHAPE] = ++this.shape;
  }

  /** Decodes a slot with an alike STE, which begins at `words[ste]`, as far as a CD is found and fetched; `FLAGS` are those of the STE. */
  putSte(slots: Int32Array, s: number, words: Int32Array, ste: number): void {
    for (let i = 0; i < COUNT; i++) slots[s + FIRST + i] = this.words[i]!;
    slots[s + SLOT.S2TTB_LO] = words[ste + S2TTB]! & this.s2Mask;
    slots[s + SLOT.FLAGS] = this.steFlags;
    slots[s + SLOT.SHAPE] = this.shape;
  }

  /** The rest of it, with an alike CD at `words[cd]`. */
  putCd(slots: Int32Array, s: number, words: Int32Array, cd: number): void {
    slots[s + SLOT.TTB0_LO] = words[cd + TTB0]! & this.mask0;
    slots[s + SLOT.TTB1_LO] = words[cd + TTB1]! & this.mask1;
    slots[s + SLOT.MAIR0] = words[cd + MAIR]!;
    slots[s + SLOT.MAIR1] = words[cd + MAIR + 1]!;
    slots[s + SLOT.IN0_LO] = this.inLo;
    slots[s + SLOT.FLAGS] = this.flags;
  }
}

/** Bits of a table base that count; none where there is no table. */
const maskOf = (geometry: number, outBits: number): number =>
  geometry === 0 ? 0 : baseMask(granuleOf(geometry), startOf(geometry), inputBitsOf(geometry), outBits);
