import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listLabs, readLab } from '../../src/formats/lab/files.ts';
import { parseLab, PART_NAMES } from '../../src/formats/lab/index.ts';
import type { Documents } from '../../src/formats/lab/index.ts';
import { createRunner } from '../../src/model/lab/index.ts';

const LABS = join(import.meta.dirname, '../../resources/labs');

const samples = listLabs(LABS).map(({ id }): Documents => {
  const lab = readLab(join(LABS, id));
  if (!lab.ok || typeof lab.value.documents === 'string') throw new Error(id);
  return lab.value.documents;
});

/** Words that turn a right document into a wrong one, or into another right one. */
const WORDS = ['0', '-1', '0x', '64M', '0xffffffffffffffff', 'nested', 's1', 'vm0', 'null', '{}', '[]', ':', '- ', '"', '\n', '  ', '4K', 'true', '*a', '&a ', '!!binary ', 'size: 4K'];

const edit = fc.record({ part: fc.constantFrom(...PART_NAMES), at: fc.double({ min: 0, max: 0.999, noNaN: true }), remove: fc.nat(12), insert: fc.constantFrom('', ...WORDS) });

function broken(documents: Documents, edits: readonly { part: (typeof PART_NAMES)[number]; at: number; remove: number; insert: string }[]): Documents {
  const texts = { ...documents };
  for (const { part, at, remove, insert } of edits) {
    const from = Math.floor(at * texts[part].length);
    texts[part] = texts[part].slice(0, from) + insert + texts[part].slice(from + remove);
  }
  return texts;
}

test('broken documents give problems inside the text, or labs that run; nothing throws', () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 3 }), (documents, edits) => {
      const texts = broken(documents, edits);
      const parsed = parseLab(texts);
      for (const { document, line, column, endLine, endColumn, message } of parsed.problems) {
        expect(line >= 1 && column >= 1 && (endLine > line || endColumn > column), `${document}:${line}:${column}-${endLine}:${endColumn} ${message}`).toBe(true);
        expect(line).toBeLessThanOrEqual(texts[document].split('\n').length);
        expect(message).not.toMatch(/^Invalid|undefined|\[object/);
      }
      if (!parsed.ok) {
        refused++;
        expect(parsed.problems.some((problem) => problem.severity === 'error')).toBe(true);
        return;
      }
      const runner = createRunner(parsed.value);
      if (!runner.ok) return;
      runner.value.run();
      runner.value.release();
    }),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(50);
});
