import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STACK_VERBS, UAPIS, VERBS, withUapi } from '../../src/model/lab/index.ts';
import type { LabData } from '../../src/model/lab/index.ts';
import { CHOICES, DEFAULT_CHOICES } from '../../src/model/spec/index.ts';
import type { Choices } from '../../src/model/spec/index.ts';
import { LABS, names, open, parse } from './sample-labs.ts';

test('there are samples', () => {
  expect(names).toEqual(expect.arrayContaining(['first-nested', 'granules', 'stage-1-permission', 'stage-2-unmapped-table', 'stale-tlb', 'two-vms']));
});

test.each(names)('%s: every expectation is met', (name) => {
  const runner = open(name);
  const failed = runner.run().filter((step) => step.expectation.state === 'failed');
  expect(failed.map((step) => `step ${step.index}: ${step.text}: ${step.expectation.message}`)).toEqual([]);
  const { met, faults } = runner.summary();
  expect(met).toBeGreaterThan(3);
  expect(faults + runner.results.filter((step) => step.dma?.outcome.status === 'abort').length).toBeGreaterThan(0);
  runner.release();
});

const stacks = names.filter((name) => parse(name).stack !== undefined);

test.each(stacks.flatMap((name) => UAPIS.map((uapi) => [name, uapi] as const)))('%s on %s: every expectation is met', (name, uapi) => {
  const runner = open(name, null, withUapi(parse(name), uapi));
  const failed = runner.run().filter((step) => step.expectation.state === 'failed');
  expect(failed.map((step) => `step ${step.index + 1}: ${step.text}: ${step.expectation.message}`)).toEqual([]);
  runner.release();
});

const alternatives = CHOICES.flatMap(({ id, alternatives: known, pick }) => Object.keys(known).flatMap((one) => (one === pick ? [] : [[id, one] as const])));

/** Every lab, those of the whole stack on each uAPI. */
const everything = names.flatMap((name) => [[name, parse(name)] as const, ...(stacks.includes(name) ? UAPIS.map((uapi) => [`${name} on ${uapi}`, withUapi(parse(name), uapi)] as const) : [])]);

const withChoices = (data: LabData, choices: Choices): LabData => ({ ...data, host: { ...data.host, smmu: { ...data.host.smmu, choices } } });

/** The choices that the SMMU of a lab looks at, of all of them: with another alternative of the others it does exactly the same. */
function touched(data: LabData): ReadonlySet<string> {
  const asked = new Set<string>();
  const watched = new Proxy({ ...DEFAULT_CHOICES, ...data.host.smmu.choices }, {
    get(choices, id) {
      asked.add(String(id));
      return Reflect.get(choices, id) as unknown;
    },
  });
  const runner = open('', null, withChoices(data, watched));
  runner.run();
  runner.release();
  return asked;
}

const asked = new Map(everything.map(([name, data]) => [name, touched(data)]));

// What the architecture leaves open is nothing that software may rely on: every lab, and the drivers in it, must live with it.
// Labs of the whole stack take turns: each meets an eighth of the alternatives, and all of them with SMMU_LAB_EVERY_CHOICE.
const TURNS = process.env['SMMU_LAB_EVERY_CHOICE'] === undefined ? 8 : 1;
test.each(alternatives.map(([id, alternative], turn) => [id, alternative, turn] as const))('with %s: %s every expectation of every lab is met', (id, alternative, turn) => {
  for (const [at, [name, data]] of everything.entries()) {
    if (data.stack !== undefined && at % TURNS !== turn % TURNS) continue;
    // A document that names an alternative shows what comes of it.
    if (!asked.get(name)!.has(id) || Object.hasOwn(data.host.smmu.choices, id)) continue;
    const runner = open(name, null, withChoices(data, { ...DEFAULT_CHOICES, ...data.host.smmu.choices, [id]: alternative }));
    const failed = runner.run().filter((step) => step.expectation.state === 'failed');
    expect(failed.map((step) => `${name}: step ${step.index + 1}: ${step.text}: ${step.expectation.message}`)).toEqual([]);
    runner.release();
  }
});

test.each(names)('%s: no IPA equals its PA', (name) => {
  const runner = open(name);
  const guests = runner.machine.structures().filter((one) => one.space === 'ipa');
  expect(guests.length).toBeGreaterThan(0);
  for (const one of guests) expect(one.pa).not.toBe(one.address);
  runner.release();
});

test.each(names)('%s: the README is one screen and has something to try', (name) => {
  const readme = readFileSync(join(LABS, name, 'README.md'), 'utf8');
  expect(readme.split('\n').length).toBeLessThan(40);
  expect(readme).toMatch(/^# .+\n\n/);
  expect(readme).toContain('Things to try:');
});

test('the description of the documents names every verb', () => {
  const text = readFileSync(join(LABS, 'README.md'), 'utf8');
  const calls = /^(IOMMU|VFIO)_/;
  for (const verb of [...Object.keys(VERBS), ...Object.keys(STACK_VERBS)].filter((name) => !calls.test(name))) expect(text).toContain(`\`${verb}\``);
});
