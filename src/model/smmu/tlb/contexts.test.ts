import { describe, expect, it } from 'vitest';
import { Contexts, SCOPE, WORLD } from './contexts.ts';

describe('Contexts', () => {
  it('gives one index to one context and a new tag to what is retired, no other', () => {
    const contexts = new Contexts(() => undefined);
    const a = contexts.of(WORLD.NS_EL1, SCOPE.ASID, 1, 2);
    const b = contexts.of(WORLD.NS_EL1, SCOPE.ASID, 1, 3);
    const [tagA, tagB] = [contexts.tags[a], contexts.tags[b]];
    expect(contexts.of(WORLD.NS_EL1, SCOPE.ASID, 1, 2)).toBe(a);
    contexts.retire(({ asid }) => asid === 2);
    expect(contexts.tags[a]).not.toBe(tagA);
    expect(contexts.tags[b]).toBe(tagB);
  });

  it('empties the caches before the 20-bit tags are used again', () => {
    let emptied = 0;
    const contexts = new Contexts(() => emptied++);
    const a = contexts.of(WORLD.NS_EL1, SCOPE.ASID, 1, 2);
    for (let i = 0; i < (1 << 20) + 10; i++) contexts.retire(() => true);
    expect(emptied).toBe(1);
    expect(contexts.tags[a]).toBeLessThan(1 << 20);
  });

  it('keeps more contexts than its first table holds', () => {
    const contexts = new Contexts(() => undefined);
    const indexes = Array.from({ length: 300 }, (_, asid) => contexts.of(WORLD.NS_EL1, SCOPE.ASID, 0, asid));
    expect(new Set(indexes.map((index) => contexts.tags[index])).size).toBe(300);
  });
});
