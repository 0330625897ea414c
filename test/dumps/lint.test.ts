// What nothing of Linux's has: rights that upper tables take away, memory of two VMs, queues in each other; surveyed and linted.
import { expect, it } from 'vitest';
import { surveyedOf } from '../../src/formats/capture/lint-capture.ts';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import type { CaptureMachine } from '../../src/formats/capture/machine.ts';
import type { Capture } from '../../src/formats/capture/capture.ts';
import { decodeFeatures, PRESETS, REGISTERS } from '../../src/model/spec/index.ts';
import { halvesOf, surveyContexts } from '../../src/model/survey/contexts.ts';
import { surveyEvents } from '../../src/model/survey/events.ts';
import { lint } from '../../src/model/survey/lint/index.ts';
import { mappingsOf } from '../../src/model/survey/mappings.ts';
import { mappingRights } from '../../src/model/survey/rights.ts';
import { secondStage, stage1View, surveyStreams } from '../../src/model/survey/streams.ts';
import type { StreamEntry } from '../../src/model/survey/streams.ts';
import { physical } from '../../src/model/survey/surveyed.ts';
import { TableWalk } from '../../src/model/survey/table-walk.ts';
import type { Descriptor } from '../../src/model/survey/table-walk.ts';
import { whoReaches } from '../../src/model/survey/who.ts';
import { loadCapture } from './fixtures.ts';

const offset = (name: string): number => REGISTERS.get(name)!.offset / 4;

/** Does `use` with a copy of a capture whose registers `poke` has changed. */
function withPoked(capture: Capture, poke: (registers: Int32Array) => void, use: (machine: CaptureMachine) => void): void {
  const registers = Int32Array.from(capture.registers);
  poke(registers);
  const machine = buildMachine({ ...capture, registers });
  use(machine);
  machine.memory.release();
}
const untouched = (): undefined => undefined;
const rulesOf = (machine: CaptureMachine, capture: Capture): string[] => lint(surveyedOf(machine), capture.ram).filter(({ severity }) => severity !== 'information').map(({ rule }) => rule);
const streamOf = (machine: CaptureMachine, sid: number): StreamEntry => surveyStreams(surveyedOf(machine)).streams.find((one) => one.sid === sid)!;

const [s1, s2] = [await loadCapture('s1-6.12'), await loadCapture('s2-6.12')];

function stage2Of(machine: CaptureMachine, sid: number): Descriptor[] {
  const found: Descriptor[] = [];
  const surveyed = surveyedOf(machine);
  new TableWalk(physical(machine.memory), surveyed.features, { descriptor: (one) => void found.push(one) }).walk(secondStage(streamOf(machine, sid), surveyed)!);
  return found;
}

it('rights that an upper table takes away are taken from what it leads to, as the SMMU does', () => {
  withPoked(s1, untouched, (machine) => {
    const surveyed = surveyedOf(machine);
    const stream = streamOf(machine, 0x28);
    const view = stage1View(stream, surveyed);
    const found: Descriptor[] = [];
    new TableWalk(view, surveyed.features, { descriptor: (one) => void found.push(one) }).walk(halvesOf(surveyContexts(stream, view, surveyed).contexts[0]!, view)[0]!);
    const leaf = found.find(({ kind, from }) => kind === 'leaf' && from === 0x10_0000n)!;
    const above = found.find(({ kind, output, level }) => kind === 'table' && level === leaf.level - 1 && leaf.at >= output && leaf.at < output + 4096n)!;
    const rights = (): unknown => mappingRights(mappingsOf(stream, surveyed).mappings.find(({ from, size }) => from <= 0x10_0000n && 0x10_0000n < from + size)!);
    expect(rights()).toEqual({ read: true, write: true });
    machine.memory.write64(above.at, above.word | (1n << 62n));
    expect(rights()).toEqual({ read: true, write: false });
    expect(machine.smmu.translate({ sid: 0x28, iova: 0x10_0000n, access: 'write' }).fault?.name).toBe('F_PERMISSION');
  });
});

it('nobody reaches the address behind a mapping by it', () => {
  withPoked(s2, untouched, (machine) => {
    const surveyed = surveyedOf(machine);
    const [mapping] = mappingsOf(streamOf(machine, 0x28), surveyed).mappings;
    const by = (pa: bigint): boolean => whoReaches(pa, surveyed).reaching.some((one) => one.mapping.sid === 0x28 && one.mapping.from === mapping!.from);
    expect([by(mapping!.pa!), by(mapping!.pa! + mapping!.size - 1n), by(mapping!.pa! + mapping!.size)]).toEqual([true, true, false]);
  });
});

it('of the events before PROD those from CONS on wait', () => {
  const few = (registers: Int32Array): void => void (registers[offset('EVENTQ_CONS')] = registers[offset('EVENTQ_PROD')]! - 3);
  withPoked(s2, few, ({ smmu }) => expect(surveyEvents(smmu, 5).map(({ pending }) => pending)).toEqual([true, true, true, false, false]));
});

it('memory of another VM is told, of the same VM it is not', () => {
  withPoked(s2, untouched, (machine) => {
    const [one, other] = [stage2Of(machine, 0x10), stage2Of(machine, 0x28)].map((all) => all.find(({ kind, level, output }) => kind === 'leaf' && level === 3 && output >= 0x4000_0000n)!);
    expect(rulesOf(machine, s2)).toEqual([]);
    machine.memory.write64(one!.at, (one!.word & ~0xffff_ffff_f000n) | other!.output);
    expect(rulesOf(machine, s2)).toEqual(['lint.map.other-vm']);
    // S2VMID of the one becomes that of the other.
    const [mine, theirs] = [streamOf(machine, 0x10), streamOf(machine, 0x28)];
    machine.memory.write64(mine.pa + 16n, (machine.memory.read64(mine.pa + 16n)! & ~0xffffn) | (machine.memory.read64(theirs.pa + 16n)! & 0xffffn));
    expect(rulesOf(machine, s2)).toEqual([]);
  });
});

it('the first address beyond the output size, and one reserved bit', () => {
  withPoked(s2, untouched, (machine) => {
    const leaf = stage2Of(machine, 0x28).find(({ kind, level }) => kind === 'leaf' && level === 3)!;
    const limit = 1n << BigInt(machine.smmu.features.oas);
    machine.memory.write64(leaf.at, (leaf.word & ~0xffff_ffff_f000n) | limit);
    expect(rulesOf(machine, s2)).toEqual(['s2.output-size']);
    machine.memory.write64(leaf.at, leaf.word | (1n << 48n));
    expect(rulesOf(machine, s2)).toEqual(['lint.descriptor.reserved-bits']);
  });
});

it('findings of two streams are two, even in a row', () => {
  withPoked(s2, untouched, (machine) => {
    // S2R is bit 186 of the STE.
    for (const sid of [0x10, 0x18]) machine.memory.write64(streamOf(machine, sid).pa + 16n, machine.memory.read64(streamOf(machine, sid).pa + 16n)! & ~(1n << 58n));
    expect(lint(surveyedOf(machine), s2.ram).filter(({ rule }) => rule === 'lint.ste.s2r').map(({ sid, more }) => [sid, more])).toEqual([[0x10, 0], [0x18, 0]]);
  });
});

it('two structures in one place; a queue that is off is not judged', () => {
  const together = (registers: Int32Array): void => void (registers[offset('EVENTQ_BASE')] = registers[offset('CMDQ_BASE')]!);
  withPoked(s2, together, (machine) => expect(rulesOf(machine, s2)).toContain('lint.overlap'));
  const full = (registers: Int32Array): void => void (registers[offset('EVENTQ_CONS')] = registers[offset('EVENTQ_PROD')]! ^ 0x8000);
  withPoked(s2, full, (machine) => expect(rulesOf(machine, s2)).toEqual(['lint.queue.full']));
  const off = (registers: Int32Array): void => {
    full(registers);
    registers[offset('CR0')]! &= ~4;
    registers[offset('CR0ACK')]! &= ~4;
  };
  withPoked(s2, off, (machine) => expect(rulesOf(machine, s2)).toEqual([]));
});

it('CDs of a second leaf have the SubstreamIDs behind those of the first [ste.S1Fmt]', () => {
  const [base, leaf] = [0x8000n, 0x1_0000n];
  const words = new Map([[base + 8n, leaf | 1n], [leaf + 3n * 64n, 1n << 31n]]);
  const read64 = (at: bigint): bigint => words.get(at) ?? 0n;
  const readBytes = (at: bigint, length: number): Uint8Array => new Uint8Array(BigUint64Array.from({ length: length / 8 }, (_, index) => read64(at + BigInt(index * 8))).buffer);
  const memory = { read64, readBytes };
  const stream = { sid: 1, pa: 0n, words: new Uint32Array(16), fields: { V: true, Config: 5, S1CDMax: 8, S1Fmt: 1, S1ContextPtr: base } };
  const features = decodeFeatures(PRESETS['v3.2'].id);
  const { tables, contexts } = surveyContexts(stream, physical(memory), { registers: new Int32Array(0x8000), features, memory });
  expect(tables.map(({ kind, address, size, from }) => [kind, address, size, from])).toEqual([['level-1', base, 32, null], ['cds', leaf, 4096, base + 8n]]);
  expect(contexts.map(({ ssid, address }) => [ssid, address])).toEqual([[67, leaf + 192n]]);
});
