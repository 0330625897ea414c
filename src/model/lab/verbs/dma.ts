/** The device's verb: an access through the SMMU. */
import { hex } from '../../base/address.ts';
import { assert } from '../../base/assert.ts';
import { ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { dma } from '../../smmu/dma.ts';
import type { Outcome, Transaction } from '../../smmu/outcome.ts';
import type { Smmu } from '../../smmu/smmu.ts';
import type { DmaExpectation, DmaInput } from '../data.ts';
import { eventOf, explain } from '../explain.ts';
import type { StructurePlaces } from '../explain.ts';
import type { Machine } from '../machine.ts';
import type { Stream } from '../stream.ts';
import { bytesText, differ } from './verb.ts';
import type { DmaDone, Done, Verb } from './verb.ts';

const PAGE = 4096n;

/** The device of a checked input. */
export function streamOf(machine: Machine, device: string): Stream {
  const stream = machine.streams.get(device);
  assert(stream !== undefined, `the lab has a device ${device}`);
  return stream;
}

/** The structures of a stream as they lie now. */
function placesOf(machine: Machine, stream: Stream): StructurePlaces {
  const vm = machine.vms.get(stream.data.vm ?? '');
  const toPa = (address: bigint): bigint | null => (vm === undefined ? address : vm.ram.toPa(address));
  return {
    memory: machine.memory,
    features: machine.plan.features,
    ste: stream.ste,
    cd: stream.stage1 === null ? null : toPa(stream.stage1.cd),
    descriptor(stage, address) {
      const last = (stage === 1 ? stream.stage1?.tableOf(address) : vm?.table)?.lastRead(address) ?? null;
      const pa = last === null ? null : stage === 1 ? toPa(last.at) : last.at;
      return last === null || pa === null ? null : { level: last.level, pa, word: last.word };
    },
  };
}

/** `length` bytes of the pattern; zeroes without one. */
function payload(pattern: readonly number[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(pattern.slice(0, length));
  // Doubling what is there keeps its period: byte by byte a transfer of 1 MiB would take longer than its translation.
  for (let done = pattern.length; done > 0 && done < length; done *= 2) bytes.copyWithin(done, 0, Math.min(done, length - done));
  return bytes;
}

interface Piece {
  readonly outcome: Outcome;
  readonly data: Uint8Array | null;
  readonly moved: number;
  readonly stopped: boolean;
}

/** One page of the transfer. An instruction fetch only asks: nothing is executed. */
function transfer(smmu: Smmu, transaction: Transaction, length: number, data: Uint8Array): Piece {
  const { access } = transaction;
  if (access === 'execute') {
    const outcome = smmu.translate(transaction, length);
    return { outcome, data: null, moved: outcome.pa === undefined ? 0 : length, stopped: outcome.pa === undefined };
  }
  const result = dma(smmu, { ...transaction, access }, length, access === 'write' ? data : undefined);
  return { outcome: result.outcome, data: result.data ?? null, moved: result.moved, stopped: result.moved < length };
}

/** Whose transfer it is: the SMMU in front of the device, its StreamID, and where its structures lie. */
export interface DmaSource {
  readonly smmu: Smmu;
  readonly sid: number;
  readonly places: () => StructurePlaces;
}

/** The whole transfer, stopping at the first page that does not succeed. */
export function transferAll({ smmu, sid, places }: DmaSource, input: Omit<DmaInput, 'expect'>): DmaDone {
  const { length, access, privileged, ssid } = input;
  const data = payload(input.data, length);
  const read = new Uint8Array(length);
  let first: Outcome | null = null;
  for (let moved = 0; ; ) {
    const iova = input.iova + BigInt(moved);
    const bytes = Math.min(length - moved, Number(PAGE - (iova % PAGE)));
    const transaction: Transaction = { sid, iova, access, privileged, ...(ssid === null ? {} : { ssid }) };
    const piece = transfer(smmu, transaction, bytes, data.subarray(moved, moved + bytes));
    first ??= piece.outcome;
    if (piece.data !== null) read.set(piece.data, moved);
    moved += piece.moved;
    if (!piece.stopped && moved < length) continue;
    const why = explain(transaction, piece.outcome, places()) + busText(piece);
    return { input, outcome: piece.outcome, first, moved, why, data: access === 'read' && moved > 0 ? read.subarray(0, moved) : null };
  }
}

const busText = ({ outcome, stopped }: Piece): string => (stopped && outcome.pa !== undefined ? ` No memory is at PA ${hex(outcome.pa)}: the bus aborts.` : '');

/** What differs. When already the status does, the rest follows from it and only the status is told. */
export function compareDma(done: DmaDone, expect: DmaExpectation): readonly string[] {
  const { outcome, first, data } = done;
  if (expect.status !== undefined && expect.status !== outcome.status) {
    return [`status: expected ${expect.status}${expect.event === undefined ? '' : `, ${expect.event}`}, got ${resultText(done)}`];
  }
  const event = eventOf(outcome);
  const ipa = event?.values['S2'] === true ? event.values['IPA'] : undefined;
  const { fault } = outcome;
  const expected: readonly (readonly [string, string | undefined, string])[] = [
    ['event', expect.event, fault?.name ?? 'none'],
    ['stage', expect.stage?.toString(), (fault?.stage ?? 0) === 0 ? 'none' : String(fault?.stage)],
    ['class', expect.class, event?.class ?? 'none'],
    // Records hold the page of the IPA only (IHI 0070 7.3.13).
    ['ipa', expect.ipa === undefined ? undefined : hex(expect.ipa - (expect.ipa % PAGE)), typeof ipa === 'bigint' ? hex(ipa) : 'none'],
    ['recorded', expect.recorded?.toString(), String(fault?.recorded ?? false)],
    ['rule', expect.rule, outcome.rule],
    ['pa', expect.pa === undefined ? undefined : hex(expect.pa), first.pa === undefined ? 'none' : hex(first.pa)],
    ['pageSize', expect.pageSize === undefined ? undefined : hex(expect.pageSize), first.pageSize === undefined ? 'none' : hex(first.pageSize)],
    ['reads', expect.reads?.toString(), String(first.reads)],
    ['data', expect.data === undefined ? undefined : bytesText(expect.data), data === null ? 'none' : bytesText(data.subarray(0, expect.data?.length ?? 0))],
  ];
  return expected.flatMap(([name, want, got]) => (want === undefined ? [] : differ(name, want, got)));
}

export function resultText({ outcome, first, moved }: DmaDone): string {
  if (outcome.pa !== undefined) return `${outcome.status}, PA ${hex(first.pa ?? outcome.pa)}, ${moved} bytes`;
  return outcome.fault === undefined ? outcome.status : `${outcome.status}, ${outcome.fault.name}`;
}

export const dmaVerb: Verb<'dma'> = {
  name: 'dma',
  doc: 'A device reads, writes or fetches instructions at an IOVA; a write really stores, a read really loads.',
  execute(machine: Machine, input: DmaInput): Result<Done> {
    const stream = streamOf(machine, input.device);
    const result = transferAll({ smmu: machine.smmu, sid: stream.data.StreamID, places: () => placesOf(machine, stream) }, input);
    const { data } = result;
    const details = data === null ? [] : [{ name: 'data', value: bytesText(data.subarray(0, 64)) }];
    const differences = input.expect === null ? null : compareDma(result, input.expect);
    return ok({ text: `${input.device} ${input.access} ${hex(input.iova)}: ${resultText(result)}`, differences, details, dma: result });
  },
};
