/** A machine that went back is the machine that never went further, object by object, and goes on as it did. Of sample labs of all kinds, or with SMMU_LAB_EVERY_CHOICE of all of them on every uAPI. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLab } from '../../formats/lab/files.ts';
import { parseLab } from '../../formats/lab/index.ts';
import { createRunner, UAPIS, withUapi } from '../lab/index.ts';
import type { LabData, Runner, Uapi } from '../lab/index.ts';
import { PhysicalMemory } from '../memory/physical-memory.ts';
import { Recorder } from '../trace/recorder.ts';
import { TraceBuffer } from '../trace/sink.ts';
import { History } from './history.ts';
import { Reach } from './reach.ts';
import { isWords, save } from './saved.ts';

const LABS = join(import.meta.dirname, '../../../resources/labs');
const WAYS_BACK = Number(process.env['SMMU_LAB_WAYS_BACK'] ?? 1);

const SOME: readonly (readonly [name: string, uapi: Uapi | null])[] = [
  ...(['stale-tlb', 'two-vms', 'stall-limits', 'pri-round-trip', 'ats-split-stage', 'ecmdq', 'msi', 'atos', 'live-changes'] as const).map((name) => [name, null] as const),
  ...UAPIS.map((uapi) => ['nested-tour', uapi] as const),
  ['nested-stall-resume', 'vfio-v16-intended'], ['nested-demand-paging', 'iommufd'], ['nested-ats', 'vfio-v16-intended'], ['partial-failure', 'iommufd'], ['shared-container', 'vfio-v16-posted'],
];
const all = (): (readonly [string, Uapi | null])[] => readdirSync(LABS, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? UAPIS.map((uapi) => [entry.name, uapi] as const) : []));
const CASES = process.env['SMMU_LAB_EVERY_CHOICE'] === undefined ? SOME : all();

function labNamed(name: string, uapi: Uapi | null): LabData {
  const read = readLab(join(LABS, name));
  if (!read.ok) throw new Error(read.error.message);
  const parsed = parseLab(read.value.documents);
  if (!parsed.ok) throw new Error(`${name} has errors`);
  return uapi === null ? parsed.value : withUapi(parsed.value, uapi);
}

interface Begun {
  readonly runner: Runner;
  readonly recorder: Recorder;
  readonly trace: TraceBuffer;
}

function begin(lab: LabData): Begun {
  const trace = new TraceBuffer();
  const recorder = new Recorder(trace);
  const runner = createRunner(lab, { recorder });
  if (!runner.ok) throw new Error(runner.error.message);
  return { runner: runner.value, recorder, trace };
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** All that a machine holds, as text: objects by the order in which they are met, then memory, then what the steps reported. */
function held({ runner, recorder }: Begun): string[] {
  const { roots, memory, apart } = runner.remembered;
  const objects = [...new Reach(roots, new Set([...apart, memory, memory.words.buffer])).all()];
  const numbers = new Map(objects.map((one, n) => [one, n]));
  const text = (value: unknown): string => {
    if (typeof value === 'function') return 'function';
    if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`;
    return numbers.has(value) ? `#${numbers.get(value)}` : value.constructor.name;
  };
  const lines = objects.map((one) => {
    const saved = save(one);
    const values = isWords(saved as object) ? (saved as Int32Array).join() : Array.from(saved as readonly unknown[], text).join();
    return `${one.constructor.name} ${'map' in one ? '' : Object.keys(isWords(one) || Array.isArray(one) ? {} : one).join()} ${values}`;
  });
  const pages = [...memory.contents()].map(([pa, bytes]) => `${pa} ${Buffer.from(bytes).toString('base64')}`);
  return [...lines, ...pages, `seq ${recorder.seq}`, JSON.stringify(runner.results, plain)];
}

function advance({ runner }: Begun, position: number): void {
  while (runner.position < position) runner.step();
}

describe.each(CASES)('%s on %s', (name, uapi) => {
  it('goes back to what it was', () => {
    const lab = labNamed(name, uapi);
    const steps = (lab.stack?.steps ?? lab.steps).length;
    fc.assert(
      fc.property(fc.nat(steps), fc.nat(steps), fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 7 }), (a, b, snapshots, every) => {
        const [to, on] = [Math.min(a, b), Math.max(a, b)];
        const never = begin(lab);
        advance(never, to);
        const expected = held(never);
        advance(never, steps);
        const [end, records] = [held(never), never.trace.taken().slice()];
        never.runner.release();

        const went = begin(lab);
        const { runner, recorder } = went;
        const history = new History(runner.remembered, { snapshots, bytes: 2 ** 24 });
        const keep = (): void => history.keep({ position: runner.position, work: runner.position });
        keep();
        while (runner.position < on) if (runner.step() !== null && runner.position % every === 0) keep();
        const back = (position: number): void => {
          const mark = history.backTo(position)!;
          expect(mark.position).toBeLessThanOrEqual(position);
          runner.wentBackTo(mark.position, 0);
          recorder.unheard(() => advance(went, position));
        };
        back(to);
        expect(held(went)).toEqual(expected);
        // Again, on and back behind a snapshot that the first way made.
        advance(went, Math.min(steps, to + 3));
        keep();
        back(to);
        expect(held(went)).toEqual(expected);
        went.trace.clear();
        advance(went, steps);
        expect(held(went)).toEqual(end);
        expect(Buffer.compare(bytesOf(went.trace.taken()), bytesOf(records.subarray(records.length - went.trace.taken().length)))).toBe(0);
        runner.release();
      }),
      { numRuns: WAYS_BACK, seed: 5 },
    );
  });
});

it('puts back what only a weak map leads to, and what a list held then', () => {
  const [key, first, second] = [{}, { hits: 1 }, { hits: 7 }];
  const root = { keys: [key], told: new WeakMap([[key, first]]) };
  const memory = new PhysicalMemory([{ base: 0n, size: 4096n }]);
  const history = new History({ roots: [root], memory, apart: [] }, { snapshots: 8, bytes: 2 ** 20 });
  history.keep({ position: 0, work: 0 });
  first.hits = 2;
  history.keep({ position: 1, work: 1 });
  root.told.set(key, second);
  root.keys.push({});
  history.keep({ position: 2, work: 2 });
  second.hits = 8;
  expect(history.backTo(1)?.position).toBe(1);
  expect([root.told.get(key), root.keys.length]).toEqual([{ hits: 2 }, 1]);
  history.backTo(0);
  expect(root.told.get(key)).toBe(first);
  expect(first.hits).toBe(1);
  memory.release();
});

const bytesOf = (words: Int32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
