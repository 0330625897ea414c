import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import { createRunner } from '../../src/model/lab/index.ts';
import type { LabData } from '../../src/model/lab/index.ts';
import { INVALIDATION } from '../../src/model/spec/coverage/invalidation.ts';

/** Every rule of invalidation has a part of a sample lab, from one note to the next: its command missing, which is told, and present. */

const LABS = ['missing-invalidations', 'who-must-be-told'];

interface Part {
  readonly note: string;
  /** Steps that told of something stale, and that told of nothing after it. */
  readonly told: readonly string[];
  readonly silentAfter: boolean;
}

function parse(lab: string): LabData {
  const read = readLab(join(import.meta.dirname, '../../resources/labs', lab));
  if (!read.ok) throw new Error(read.error.message);
  const parsed = parseLab(read.value.documents);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.value;
}

function partsOf(lab: string): readonly Part[] {
  const data = parse(lab);
  const runner = createRunner(data, {});
  if (!runner.ok) throw new Error(runner.error.message);
  const parts: { note: string; told: string[]; silentAfter: boolean }[] = [];
  for (const step of runner.value.run()) {
    if (step.verb === 'note') parts.push({ note: step.text, told: [], silentAfter: false });
    const part = parts.at(-1);
    if (part === undefined || step.dma === undefined || step.dma === null) continue;
    const { stale } = step.dma.outcome;
    for (const hit of stale) part.told.push(...hit.commands.map(({ name }) => name));
    if (part.told.length > 0) part.silentAfter = stale.length === 0;
  }
  runner.value.release();
  return parts;
}

describe('rules of invalidation', () => {
  const parts = LABS.flatMap(partsOf);

  it.each(INVALIDATION.map(({ id, what }) => [id, what]))('%s: %s', (id) => {
    const own = parts.filter(({ note }) => note.includes(`[${id}]`));
    expect(own.map(({ told, silentAfter }) => [told.length > 0, silentAfter])).toEqual([[true, true]]);
  });

  it('no part is about a rule that there is not', () => {
    const named = parts.flatMap(({ note }) => [...note.matchAll(/\[(inv\.[a-z0-9-]+)\]/g)].map(([, id]) => id));
    expect([...named].sort()).toEqual(INVALIDATION.map(({ id }) => id).sort());
  });
});
