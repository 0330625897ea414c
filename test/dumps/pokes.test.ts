// Each kind of damage of the ev-* cases, done to a copy of what Linux kernels made: the linter names it, at its place, and the event that
// the case recorded is put beside what was damaged.
import { expect, it } from 'vitest';
import { readEventCapture } from '../../src/formats/capture/event-capture.ts';
import { readCaptureFolder } from '../../src/formats/capture/folder.ts';
import { lintCapture, surveyedOf } from '../../src/formats/capture/lint-capture.ts';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import type { CaptureMachine } from '../../src/formats/capture/machine.ts';
import type { Capture } from '../../src/formats/capture/capture.ts';
import { fromWords } from '../../src/model/base/address.ts';
import { REGISTERS } from '../../src/model/spec/index.ts';
import { besideMemory } from '../../src/model/survey/events.ts';
import { halvesOf, surveyContexts } from '../../src/model/survey/contexts.ts';
import { stage1View, surveyStreams } from '../../src/model/survey/streams.ts';
import { queueOf } from '../../src/model/survey/structures.ts';
import { TableWalk } from '../../src/model/survey/table-walk.ts';
import type { Descriptor } from '../../src/model/survey/table-walk.ts';
import { captureFolder, EVENT_CAPTURES } from '../cli/captures.ts';
import { loadCapture, valueOf } from './fixtures.ts';

const SID = 0x28;
/** What the cases access: two pages, and a block. */
const PAGE_IOVA = 0x10_0000n;
const NEXT_IOVA = 0x10_1000n;
const BLOCK_IOVA = 0x4001_2344n;
const HOLE = 0x8_0000_0000n;

/** Places of the stream that the cases poke. */
interface Places {
  readonly machine: CaptureMachine;
  readonly l1std: bigint;
  readonly ste: bigint;
  readonly cd: bigint;
  readonly root: Descriptor;
  readonly below: Descriptor;
  readonly page: Descriptor;
  readonly next: Descriptor;
  readonly block: Descriptor;
}

function placesOf(machine: CaptureMachine): Places {
  const surveyed = surveyedOf(machine);
  const survey = surveyStreams(surveyed);
  const stream = survey.streams.find(({ sid }) => sid === SID)!;
  const view = stage1View(stream, surveyed);
  const [context] = surveyContexts(stream, view, surveyed).contexts;
  const found: Descriptor[] = [];
  new TableWalk(view, surveyed.features, { descriptor: (one) => void found.push(one) }).walk(halvesOf(context!, view)[0]!);
  const leafOf = (iova: bigint): Descriptor => found.find((one) => one.kind === 'leaf' && iova >= one.from && iova < one.from + one.size)!;
  const page = leafOf(PAGE_IOVA);
  const [root] = found;
  const below = found.find(({ at }) => at >= root!.output && at < root!.output + 4096n)!;
  const block = leafOf(BLOCK_IOVA);
  return { machine, l1std: survey.tables.find(({ first, count }) => SID >= first && SID < first + count)!.from!.pa, ste: stream.pa, cd: context!.pa!, root: root!, below, page, next: leafOf(NEXT_IOVA), block };
}

type Poke = (places: Places) => readonly [at: bigint, value: bigint];

const word = ({ machine }: Places, at: bigint): bigint => machine.memory.read64(at)!;
/** Replaces the address in a word. */
const leadingTo = (value: bigint, address: bigint): bigint => (value & ~0x000f_ffff_ffff_f000n) | address;

const MEMORY: readonly (readonly [kind: string, poke: Poke, rule: string])[] = [
  ['ste-v0', (p) => [p.ste, word(p, p.ste) & ~1n], 'ste.v'],
  ['ste-abort', (p) => [p.ste, word(p, p.ste) & ~0xen], 'lint.ste.leftover'],
  ['l1std-hole', (p) => [p.l1std, leadingTo(word(p, p.l1std), HOLE)], 'ste.fetch'],
  ['l1std-span0', (p) => [p.l1std, 0n], 'lint.stream.listed'],
  ['ste-s1cdmax', (p) => [p.ste, word(p, p.ste) | (1n << 59n)], 'ste.s1cdmax'],
  ['cdptr-hole', (p) => [p.ste, leadingTo(word(p, p.ste), HOLE)], 'cd.fetch'],
  ['cd-v0', (p) => [p.cd, word(p, p.cd) & ~(1n << 31n)], 'cd.v'],
  ['cd-bad-tg0', (p) => [p.cd, word(p, p.cd) | 0xc0n], 'cd.tg0'],
  ['cd-bad-t0sz', (p) => [p.cd, word(p, p.cd) & ~0x3fn], 'cd.t0sz'],
  ['cd-epd0', (p) => [p.cd, word(p, p.cd) | (1n << 14n)], 's1.epd'],
  ['cd-aa64-0', (p) => [p.cd, word(p, p.cd) & ~(1n << 41n)], 'cd.aa64.aarch32'],
  ['cd-ttb0-hole', (p) => [p.cd + 8n, HOLE], 's1.walk-abort'],
  ['cd-r0-norecord', (p) => [p.cd, word(p, p.cd) & ~(1n << 45n)], 'lint.cd.r'],
  ['top-entry-hole', (p) => [p.root.at, HOLE | 3n], 's1.walk-abort'],
  ['top-entry-invalid', (p) => [p.below.at, 0n], 's1.invalid'],
  ['leaf-type01', (p) => [p.page.at, p.page.word & ~2n], 's1.reserved'],
  ['leaf-addrsize', (p) => [p.page.at, p.page.word | (1n << 47n)], 's1.output-size'],
  ['block-addrsize', (p) => [p.block.at, p.block.word | (1n << 46n)], 's1.output-size'],
  ['leaf-af0', (p) => [p.page.at, p.page.word & ~(1n << 10n)], 's1.access-flag'],
  ['leaf-af0-w', (p) => [p.next.at, p.next.word & ~(1n << 10n)], 's1.access-flag'],
  ['leaf-readonly-write', (p) => [p.page.at, p.page.word | (1n << 7n)], 's1.permission-write'],
  ['leaf-priv-only', (p) => [p.page.at, p.page.word & ~(1n << 6n)], 's1.permission-write'],
];

const offset = (name: string): number => REGISTERS.get(name)!.offset / 4;
const EVENTQ_PROD = offset('EVENTQ_PROD');
const CMDQ_PROD = offset('CMDQ_PROD');
const CMDQ_CONS = offset('CMDQ_CONS');

const REGISTER_POKES: readonly (readonly [kind: string, poke: (registers: Int32Array) => void, rule: string])[] = [
  ['evtq-ovflg-toggle', (registers) => void (registers[EVENTQ_PROD]! ^= 1 << 31), 'lint.queue.overflow'],
  ['evtq-full-abort', (registers) => void (registers[offset('EVENTQ_CONS')] = registers[EVENTQ_PROD]! ^ 0x8000), 'lint.queue.full'],
  ['cmdq-illegal', (registers) => void registers[CMDQ_PROD]!++, 'lint.command'],
  // The driver has let the first one go, and PROD goes past another.
  ['cmdq-illegal2', (registers) => void (registers[CMDQ_CONS] = registers[CMDQ_PROD]!++ + 1, registers[CMDQ_PROD]!++), 'lint.command'],
];

const cases = new Map(await Promise.all(EVENT_CAPTURES.map(async (name) => [name, valueOf(readEventCapture(valueOf(await readCaptureFolder(captureFolder(name))))).cases] as const)));

it.each([...cases])('every kind of damage of %s has a row', (_, all) => {
  const rows = [...MEMORY, ...REGISTER_POKES].map(([kind]) => kind);
  expect(rows.sort()).toEqual([...new Set(all.filter(({ poke }) => poke !== undefined && poke !== 'none').map((one) => one.case))].sort());
});

/** QEMU's answer that the architecture does not give: without SubstreamIDs S1CDMax is ignored. */
const ONLY_QEMU = ['ste-s1cdmax'];

const capture = await loadCapture('s1-6.12');

it.each(MEMORY)('%s: the linter names it, and its event is put beside it', (kind, poke, rule) => {
  const machine = buildMachine(capture);
  const places = placesOf(machine);
  const [at, value] = poke(places);
  expect(word(places, at), kind).not.toBe(value);
  machine.memory.write64(at, value);
  const findings = lintCapture(capture, machine).filter(({ severity }) => severity !== 'information');
  expect(findings.map((one) => one.rule)).toContain(rule);
  const named = findings.find((one) => one.rule === rule)!;
  if (!kind.startsWith('l1std')) expect(named.sid).toBe(SID);
  if (named.at !== null) expect([at, at - 8n]).toContain(named.at);
  const beside = besideMemory(machine.smmu);
  for (const { records } of [...cases.values()].flat().filter((one) => one.case === kind && !ONLY_QEMU.includes(kind))) {
    for (const record of records) {
      const { now } = beside(Uint32Array.from(record.flatMap((whole) => [Number(whole & 0xffff_ffffn), Number(whole >> 32n)])));
      expect([now?.verdict, now?.cause?.pa]).toEqual(['same', kind.startsWith('cd-') ? at - (at % 64n) : at]);
    }
  }
  machine.memory.release();
});

it.each(REGISTER_POKES)('%s', (_, poke, rule) => {
  const poked: Capture = { ...capture, registers: Int32Array.from(capture.registers) };
  poke(poked.registers);
  // The slot that PROD goes past holds an old command, or nothing: as in the case, something that is none.
  const machine = buildMachine(poked);
  const queue = queueOf('CMDQ', surveyedOf(machine));
  if (rule === 'lint.command') machine.memory.write64(fromWords(queue.baseHi, queue.slotLo(queue.cons)), 0n);
  expect(lintCapture(poked, machine).map((one) => one.rule)).toContain(rule);
  machine.memory.release();
});
