/** Every stack lab on every uAPI: they part where the lab says so, for a reason that is known, and nowhere else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import { createRunner, DIVERGENCES, partingsOf, UAPIS, withUapi } from '../../src/model/lab/index.ts';
import type { LabData, Parting, Ran } from '../../src/model/lab/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const LABS = join(ROOT, 'resources/labs');
const overview = readFileSync(join(LABS, 'README.md'), 'utf8');

function parse(name: string): LabData {
  const lab = readLab(join(LABS, name));
  if (!lab.ok) throw new Error(lab.error.message);
  const parsed = parseLab(lab.value.documents);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.value;
}

const folders = readdirSync(LABS, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const stacks = folders.filter((name) => parse(name).stack !== undefined);

function run(data: LabData): Parting[] {
  const ran = UAPIS.map((uapi): Ran => {
    const runner = createRunner(withUapi(data, uapi));
    if (!runner.ok) throw new Error(runner.error.message);
    const steps = runner.value.run();
    runner.value.release();
    return { uapi, steps };
  });
  return partingsOf(ran, data.stack!.steps);
}

test.each(stacks)('%s: uAPIs part where it says, and nowhere else', (name) => {
  const partings = run(parse(name));
  const place = ({ index, verb }: Parting): string => `step ${index + 1} ${verb}`;
  expect(partings.filter(({ declared }) => declared.length === 0).map(place), 'undeclared').toEqual([]);
  expect(partings.filter(({ sides }) => sides.length === 1).map(place), 'declared, and missing').toEqual([]);
});

test('a divergence that no lab shows is none', () => {
  const shown = new Set(stacks.flatMap((name) => parse(name).stack!.steps.flatMap((step) => step.diverges)));
  expect([...shown].sort()).toEqual(Object.keys(DIVERGENCES).sort());
});

test('what is not declared, and what is declared and does not come about, is found', () => {
  const data = parse('leaf-lost');
  const steps = data.stack!.steps.map((step) => ({ ...step, diverges: step.diverges.length === 0 ? (['leaf'] as const) : [] }));
  const partings = run({ ...data, stack: { ...data.stack!, steps } });
  expect(partings).toHaveLength(steps.length);
  expect(partings.every(({ declared, sides }) => (declared.length === 0) === sides.length > 1)).toBe(true);
});

test('the table of the documentation is the table', () => {
  const text = readFileSync(join(ROOT, 'docs/labs.md'), 'utf8');
  for (const [name, { section, text: why }] of Object.entries(DIVERGENCES)) expect(text).toContain(`| \`${name}\` | ${section} | ${why} |`);
});

test('one lab for each of the nine patches, and more than 26 in all; the overview has every one', () => {
  const titles = stacks.map((name) => /^# (.+)$/m.exec(readFileSync(join(LABS, name, 'README.md'), 'utf8'))![1]!);
  const patches = titles.flatMap((title) => /^Patch (\d),/.exec(title)?.[1] ?? []);
  expect(patches.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(stacks.length).toBeGreaterThanOrEqual(26);
  for (const name of folders) expect(overview).toContain(`[${name}](${name}/README.md)`);
});

test.each(stacks)('%s: the title of the README is that of the host', (name) => {
  const [first] = readFileSync(join(LABS, name, 'README.md'), 'utf8').split('\n');
  expect(first).toBe(`# ${parse(name).host.title}`);
});
