import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMANDS, EVENTS } from '../../model/spec/index.ts';
import { decodeAs, WORD_KINDS, WORDS_OF } from './decode-as.ts';
import { decodeText } from './decode-text.ts';
import { recordText } from './describe.ts';

const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const hexWord = word.map((value) => value.toString(16).padStart(16, '0'));
const line = fc.oneof(
  fc.string(),
  fc.array(hexWord, { maxLength: 9 }).map((words) => words.join(' ')),
  fc.constantFrom('arm-smmu-v3 a: event 0x10 received:', 'arm-smmu-v3 a: skipping command in error state:', 'arm-smmu-v3 a: '),
  hexWord.map((digits) => `arm-smmu-v3 a: \t0x${digits}`),
  fc.string().map((text) => `arm-smmu-v3 a: ${text}`),
);

describe('decodeText', () => {
  it('never fails on any text, and every record and problem is in a line of it', () => {
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { records, problems } = decodeText(lines.join('\n'));
        const count = lines.join('\n').split('\n').length;
        for (const one of [...records.map((record) => record.line), ...problems.map((problem) => problem.at?.line)]) {
          expect(one).toBeGreaterThan(0);
          expect(one).toBeLessThanOrEqual(count);
        }
        for (const record of records) expect(recordText(record)).toContain(record.type);
      }),
    );
  });

  it('decodes any words as a structure, and keeps them', () => {
    for (const kind of WORD_KINDS.filter((one) => one !== 'event' && one !== 'cmd')) {
      fc.assert(
        fc.property(fc.array(word, { minLength: WORDS_OF[kind], maxLength: WORDS_OF[kind] }), (words) => {
          const decoded = decodeAs(kind, words);
          expect(decoded.ok && decoded.value.words.map((digits) => BigInt(`0x${digits}`))).toEqual(words);
        }),
      );
    }
  });

  it.each([
    ['event' as const, EVENTS],
    ['cmd' as const, COMMANDS],
  ])('decodes every %s there is by its number, and refuses every other but the implementation defined', (kind, tagged) => {
    const rest = Array.from({ length: WORDS_OF[kind] - 1 }, () => 0n);
    for (let number = 0; number < 256; number++) {
      const decoded = decodeAs(kind, [BigInt(number), ...rest]);
      const name = tagged.byNumber.get(number)?.id;
      if (name !== undefined) expect(decoded.ok && decoded.value.type).toBe(name);
      else if (decoded.ok) expect(decoded.value.type).toMatch(/^IMPDEF_0x/);
      else expect(decoded.error.code).toBe(`no-${kind}`);
    }
  });
});
