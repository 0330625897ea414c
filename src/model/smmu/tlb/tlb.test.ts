import { describe, expect, it } from 'vitest';
import { Contexts, SCOPE, WORLD } from './contexts.ts';
import { Tlb } from './tlb.ts';

describe('Tlb (IHI 0070 3.17)', () => {
  it('an entry answers for its own size: a page is not the block that begins with it', () => {
    const contexts = new Contexts(() => undefined);
    const context = contexts.of(WORLD.NS_EL1, SCOPE.ASID, 1, 2);
    const tag = contexts.tags[context]!;
    // Four entries are the ways of one set: every lookup meets all of them.
    const tlb = new Tlb(4);
    const page = tlb.fill(contexts, context, 0, 0x4020_0000, 0, 0x1000, 12, 1, 1);
    const block = tlb.fill(contexts, context, 0, 0x4060_0000, 0, 0x8000_0000 | 0, 21, 1, 1);
    expect(tlb.find(tag, 0, 0x4020_0fff)).toBe(page);
    expect(tlb.find(tag, 0, 0x4020_1000)).toBe(-1);
    expect(tlb.find(tag, 0, 0x407f_ffff)).toBe(block);
  });
});
