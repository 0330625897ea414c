import { afterAll, expect, it } from 'vitest';
import { parseLab } from '../../lab/index.ts';
import { createRunner } from '../../../model/lab/index.ts';
import { labOfCase } from '../as-lab.ts';
import { readCases } from '../case.ts';
import { caseLine } from '../case-text.ts';
import { ModelAnswers, sameAnswer } from '../difference.ts';
import { caseMemory } from '../machine.ts';
import { randomCase } from './random-case.ts';

const memory = caseMemory();
const model = new ModelAnswers(memory);
afterAll(() => memory.release());
const SEEDS = Array.from({ length: 60 }, (_, at) => at + 1);

it('the same seed is the same machine, another is another', () => {
  expect(randomCase(5)).toEqual(randomCase(5));
  expect(randomCase(5)).not.toEqual(randomCase(6));
});

it('machines of every kind come up: translated, bypassed, aborted, and faults of many events', () => {
  const answers = SEEDS.flatMap((seed) => model.plain(randomCase(seed)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['success', 'fault', 'bypass', 'abort']));
  expect(answers.filter(({ status }) => status === 'success').length).toBeGreaterThan(60);
  expect(new Set(answers.flatMap(({ events }) => events.map((raw) => raw.slice(0, 2)))).size).toBeGreaterThan(6);
});

it('what the model itself answered is equal or explained, and every explanation has a name', () => {
  for (const seed of SEEDS.slice(0, 15)) {
    const one = randomCase(seed);
    const judged = model.judge(one, model.asQemu(one));
    expect(judged.filter(({ verdict }) => verdict === 'finding'), `seed ${seed}`).toEqual([]);
    expect(judged.filter(({ verdict, because }) => verdict === 'explained' && because.length === 0), `seed ${seed}`).toEqual([]);
  }
});

it('an answer that is nobody\'s is a finding', () => {
  const one = randomCase(1);
  const live = model.asQemu(one).map((answer, index) => (index === 0 ? { ...answer, pa: 0x1234n } : answer));
  expect(model.judge(one, live)[0]).toEqual({ verdict: 'finding', because: [], here: model.plain(one)[0] });
});

it('a case written as a line reads back equal', () => {
  const one = randomCase(3);
  const answers = model.asQemu(one);
  const [read] = [...readCases(caseLine(one, answers), 'line')];
  expect(read).toMatchObject({ ok: true, value: { seed: 3, setup: one.setup } });
  if (read?.ok !== true) return;
  expect(read.value.tx.map(({ pre, op, sid, iova, len }) => ({ pre, op, sid, iova, len }))).toEqual(one.tx.map(({ pre, op, sid, iova, len }) => ({ pre, op, sid, iova, len })));
  expect(model.asQemu(read.value).every((answer, index) => sameAnswer(answer, answers[index]!))).toBe(true);
});

it('a case as a lab runs to the answers of the case', () => {
  for (const seed of [1, 2, 3, 4]) {
    const one = randomCase(seed);
    const parsed = parseLab(labOfCase(one, `Seed ${seed}`));
    expect(parsed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    if (!parsed.ok) continue;
    const runner = createRunner(parsed.value);
    if (!runner.ok) throw new Error(runner.error.message);
    const outcomes = runner.value.run().flatMap(({ dma }) => (dma === null ? [] : [[dma.outcome.status, dma.outcome.pa ?? null]]));
    runner.value.release();
    expect(outcomes, `seed ${seed}`).toEqual(model.plain(one).map(({ status, pa }) => [status, pa]));
  }
});
