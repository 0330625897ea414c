/** The device's verb: an access through the SMMU. */
import { hex, hexBytes } from '../../base/address.ts';
import { assert } from '../../base/assert.ts';
import { ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { Endpoint } from '../../endpoint/endpoint.ts';
import { DmaTransfer } from '../../smmu/dma.ts';
import type { Ask } from '../../smmu/dma.ts';
import type { Outcome, Transaction } from '../../smmu/outcome.ts';
import type { StaleHit } from '../../smmu/coherence/stale-hit.ts';
import { staleHitText } from '../../smmu/coherence/stale-hit-text.ts';
import type { Smmu } from '../../smmu/smmu.ts';
import type { Held } from '../../smmu/stall/held.ts';
import type { DmaExpectation, DmaInput } from '../data.ts';
import { eventOf, explain } from '../explain.ts';
import type { StructurePlaces } from '../explain.ts';
import type { Machine } from '../machine.ts';
import { stage1Of } from '../stream.ts';
import type { Stream } from '../stream.ts';
import type { Waiting } from '../waiting.ts';
import { differ } from './verb.ts';
import type { DmaDone, Done, Verb } from './verb.ts';

const PAGE = 4096n;

/** The device of a checked input. */
export function streamOf(machine: Machine, device: string): Stream {
  const stream = machine.streams.get(device);
  assert(stream !== undefined, `the lab has a device ${device}`);
  return stream;
}

/** The structures of a stream as they lie now. */
function placesOf(machine: Machine, stream: Stream, ssid: number | null): StructurePlaces {
  const stage1 = stage1Of(stream, ssid ?? 0);
  const vm = machine.vms.get(stream.data.vm ?? '');
  const toPa = (address: bigint): bigint | null => (vm === undefined ? address : vm.ram.toPa(address));
  return {
    memory: machine.memory,
    features: machine.plan.features,
    ste: stream.ste,
    cd: stage1 === null ? null : toPa(stage1.cd),
    descriptor(stage, address) {
      const last = (stage === 1 ? stage1?.tableOf(address) : vm?.table)?.lastRead(address) ?? null;
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

/** Whose transfer it is: the SMMU in front of the device, its StreamID, and where its structures lie. */
export interface DmaSource {
  readonly smmu: Smmu;
  readonly sid: number;
  readonly places: () => StructurePlaces;
  /** Present for a device that uses ATS. */
  readonly endpoint?: Endpoint | null;
}

/** The whole transfer, up to the first page that does not succeed. */
export function startTransfer({ smmu, sid, endpoint = null }: DmaSource, { iova, access, privileged, length, ssid, data, translated }: Omit<DmaInput, 'expect'>): DmaTransfer {
  const transaction: Transaction = { sid, iova, access, privileged, ...(ssid === null ? {} : { ssid }) };
  return new DmaTransfer(smmu, transaction, length, access === 'write' ? payload(data, length) : undefined, askOf(smmu, endpoint, translated));
}

/** Who is asked for each page: the SMMU, by an untranslated or a Translated transaction, or the device's ATC. */
function askOf(smmu: Smmu, endpoint: Endpoint | null, translated: boolean | undefined): Ask | undefined {
  if (translated === true) return (transaction, bytes) => smmu.translated(transaction, bytes);
  return endpoint === null || translated === false ? undefined : (transaction, bytes) => endpoint.access(transaction, bytes);
}

/** What came of a transfer so far, and why. */
export function doneOf({ transfer, input }: Waiting, places: StructurePlaces): DmaDone {
  const { outcome, first, moved, data, busAbort } = transfer.result;
  const { request, piece, length } = transfer;
  const lost = busAbort ? ` No memory is at PA ${hex(outcome.pa ?? 0n)}: the bus aborts.` : '';
  const iova = moved < length ? piece.iova : lastPage(request.iova, length);
  return { input, outcome, first, moved, why: explain({ ...request, iova }, outcome, places) + lost + staleHits(outcome), data: data === undefined || moved === 0 ? null : data.subarray(0, moved) };
}

const staleHits = ({ stale }: Outcome): string => stale.map((hit) => ` ${staleHitText(hit)}.`).join('');

/** Where the last of its transactions begins. */
function lastPage(iova: bigint, length: number): bigint {
  const page = (iova + BigInt(length - 1)) & ~(PAGE - 1n);
  return page > iova ? page : iova;
}

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
    ['stag', expect.stag?.toString(), String(outcome.stall?.stag ?? 'none')],
    ['held', expect.held, outcome.stall?.held ?? 'not stalled'],
    ['moved', expect.moved?.toString(), String(done.moved)],
    ['response', expect.response, outcome.response],
    ['recorded', expect.recorded?.toString(), String(fault?.recorded ?? false)],
    ['rule', expect.rule, outcome.rule],
    ['pa', expect.pa === undefined ? undefined : hex(expect.pa), first.pa === undefined ? 'none' : hex(first.pa)],
    ['pageSize', expect.pageSize === undefined ? undefined : hex(expect.pageSize), first.pageSize === undefined ? 'none' : hex(first.pageSize)],
    ['reads', expect.reads?.toString(), String(first.reads)],
    ['updates', expect.updates?.toString(), String(first.updates)],
    ['data', expect.data === undefined ? undefined : hexBytes(expect.data), data === null ? 'none' : hexBytes(data.subarray(0, expect.data?.length ?? 0))],
  ];
  return [...expected.flatMap(([name, want, got]) => (want === undefined ? [] : differ(name, want, got))), ...compareStale(expect.stale, done)];
}

/** Stale hits of a transfer: of its first transaction and of the one that decided. */
export const staleOf = ({ outcome, first }: Pick<DmaDone, 'outcome' | 'first'>): readonly StaleHit[] =>
  first === outcome ? outcome.stale : [...first.stale, ...outcome.stale];

function compareStale(wanted: readonly string[] | undefined, done: DmaDone): readonly string[] {
  const told = staleOf(done).map(staleHitText);
  if (wanted === undefined) return [];
  if (wanted.length === 0) return told.length === 0 ? [] : [`stale: expected nothing, got ${told[0]!}`];
  const got = told.length === 0 ? 'nothing' : told.join('; ');
  return wanted.filter((text) => !told.some((line) => line.includes(text))).map((text) => `stale: expected ${JSON.stringify(text)}, got ${got}`);
}

const HELD: Readonly<Record<Held, string>> = {
  none: '',
  'queue-full': ', not in the event queue yet: it is full',
  'queue-disabled': ', not in the event queue yet: EVENTQEN is 0',
  'queue-error': ', not in the event queue yet: EVENTQ_ABT_ERR',
  'stall-max': ', not in the event queue: STALL_MAX others are outstanding',
  duplicate: ', told of by the event of another',
};

export const stallText = ({ stag, held }: { readonly stag: number | null; readonly held: Held }): string =>
  `${stag === null ? 'no STAG' : `STAG ${hex(stag)}`}${HELD[held]}`;

export function resultText({ outcome, first, moved }: DmaDone): string {
  if (outcome.pa !== undefined) return `${outcome.status}, PA ${hex(first.pa ?? outcome.pa)}, ${moved} bytes`;
  if (outcome.stall !== undefined) return `stalled, ${outcome.fault?.name ?? ''}, ${stallText(outcome.stall)}`;
  const zeroes = outcome.response === 'raz-wi' ? ', RAZ/WI' : '';
  return outcome.fault === undefined ? outcome.status : `${outcome.status}, ${outcome.fault.name}${zeroes}`;
}

/** What a step says of a transfer as it is now. */
export function told(machine: Machine, waiting: Waiting, expect: DmaExpectation | null): Done {
  const { input } = waiting;
  const result = doneOf(waiting, placesOf(machine, streamOf(machine, input.device), input.ssid));
  const details = result.data === null ? [] : [{ name: 'data', value: hexBytes(result.data.subarray(0, 64)) }];
  const differences = expect === null ? null : compareDma(result, expect);
  return { text: `${input.device} ${input.access} ${hex(input.iova)}: ${resultText(result)}`, differences, details, dma: result };
}

export const dmaVerb: Verb<'dma'> = {
  name: 'dma',
  doc: 'A device reads, writes or fetches instructions at an IOVA; a write really stores, a read really loads.',
  execute(machine: Machine, input: DmaInput): Result<Done> {
    const stream = streamOf(machine, input.device);
    const sid = stream.data.StreamID;
    const source = { smmu: machine.smmu, sid, places: () => placesOf(machine, stream, input.ssid), endpoint: machine.endpoints.of(sid) };
    const transfer = startTransfer(source, input);
    machine.waiting.add({ input, transfer });
    return ok(told(machine, { input, transfer }, input.expect));
  },
};
