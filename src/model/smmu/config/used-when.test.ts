import { describe, expect, it } from 'vitest';
import { CD, decodeFeatures, encode, fieldOf, PRESETS, STE } from '../../spec/index.ts';
import { isUsedBy, whyIgnored } from './used-when.ts';

const features = decodeFeatures(PRESETS['v3.2'].id);

function inHand(config: number, valid = true, cd: Record<string, boolean> = {}) {
  const one = { ste: new Uint32Array(16), cd: new Uint32Array(16), features, e2h: false };
  encode(STE, { V: valid, Config: config }, one.ste, 0);
  encode(CD, { V: true, ...cd }, one.cd, 0);
  return one;
}
const why = (name: string, one: ReturnType<typeof inHand>): string | null => whyIgnored(STE, fieldOf(STE, name)!, one);

describe('what a structure says of its own fields', () => {
  it('has a test for every condition of the table', () => {
    const conditions = [...STE.fields, ...CD.fields].flatMap(({ usedWhen }) => usedWhen ?? []);
    expect(conditions.filter((one) => isUsedBy(one) === null)).toEqual([]);
  });

  it.each([
    ['S1ContextPtr', 5, true, null],
    ['S1ContextPtr', 6, true, 'stage 1 is bypassed'],
    ['S2TTB', 5, true, 'stage 2 is bypassed'],
    ['S2TTB', 7, true, null],
    ['S2TTB', 0, true, 'the stream is aborted'],
    ['Config', 0, true, null],
    ['Config', 7, false, 'the STE is not valid'],
    ['V', 7, false, null],
  ] as const)('[ste.Config] %s with Config %s, V %s: %s', (name, config, valid, text) => expect(why(name, inHand(config, valid))).toBe(text));

  it('[cd.EPD0] TTB0 is not looked at with EPD0 set', () => {
    const ttb0 = fieldOf(CD, 'TTB0')!;
    expect(whyIgnored(CD, ttb0, inHand(5))).toBeNull();
    expect(whyIgnored(CD, ttb0, inHand(5, true, { EPD0: true }))).toBe('EPD0 is 1');
    expect(whyIgnored(CD, ttb0, inHand(5, true, { V: false }))).toBe('the CD is not valid');
  });
});
