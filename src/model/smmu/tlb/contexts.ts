import { sharedWords } from '../../memory/shared-words.ts';
/**
 * What tags a TLB entry (IHI 0070 3.17): the StreamWorld, the VMID, and the ASID of a non-global entry, or the ASET of a
 * global one; stage 2 entries by VMID alone. Each such context has a small tag that its entries carry. Invalidating a
 * whole context gives it a new tag: one store instead of a scan; entries under the old tag are dead.
 */
export const WORLD = { NS_EL1: 0, NS_EL2: 1, NS_EL2_E2H: 2 } as const;
export const SCOPE = { ASID: 0, GLOBAL: 1, STAGE2: 2 } as const;

/** Tags share a word with 12 address bits. */
const TAG_LIMIT = 1 << 20;

export interface Context {
  readonly world: number;
  readonly scope: number;
  readonly vmid: number;
  readonly asid: number;
}

export class Contexts {
  /** Current tag of each context; index 0 is no context. Never 0 for a context in use. */
  tags = sharedWords(64);
  private readonly list: Context[] = [{ world: 0, scope: 0, vmid: 0, asid: 0 }];
  private readonly index = new Map<number, number>();
  private readonly onExhausted: () => void;
  private next = 1;

  /** `onExhausted` empties every cache that holds tags: they are about to be used again. */
  constructor(onExhausted: () => void) {
    this.onExhausted = onExhausted;
  }

  /** The index of the context, made on first use. */
  of(world: number, scope: number, vmid: number, asid: number): number {
    const key = ((world * 4 + scope) * 0x10000 + vmid) * 0x10000 + asid;
    const known = this.index.get(key);
    if (known !== undefined) return known;
    const index = this.list.length;
    if (index >= this.tags.length) {
      const larger = sharedWords(this.tags.length * 2);
      larger.set(this.tags);
      this.tags = larger;
    }
    this.list.push({ world, scope, vmid, asid });
    this.index.set(key, index);
    this.tags[index] = this.#fresh();
    return index;
  }

  at(index: number): Context {
    return this.list[index]!;
  }

  /** Gives a new tag to every context that `matches`: all their entries are gone. */
  retire(matches: (context: Context) => boolean): void {
    for (let index = 1; index < this.list.length; index++) {
      if (matches(this.list[index]!)) this.tags[index] = this.#fresh();
    }
  }

  #fresh(): number {
    if (this.next === TAG_LIMIT) {
      this.onExhausted();
      this.next = 1;
      for (let index = 1; index < this.list.length; index++) this.tags[index] = this.next++;
    }
    return this.next++;
  }
}
