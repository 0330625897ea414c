/** STEs and CDs as they lie in memory: edited by their owners, inspected by anybody. */
import { hex } from '../../base/address.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { CD, caseOf, decode, EVENTS, fieldOf, setField, STE } from '../../spec/index.ts';
import type { FieldValue, RecordDef } from '../../spec/index.ts';
import { bytesOf, wordsOf } from '../configuration.ts';
import { COMMON_INSPECTIONS } from '../data.ts';
import type { CommonInspection, EditInput, Fields, InspectInput } from '../data.ts';
import { inspectCommon } from '../inspect/index.ts';
import type { View } from '../inspect/index.ts';
import { structureRow } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { OwnedMemory } from '../owned-memory.ts';
import { stage1Of } from '../stream.ts';
import { inspectAtc, inspectPri, inspectPriQueue } from './ats.ts';
import { streamOf } from './dma.ts';
import { stalledCount, stalledDetails } from './stall.ts';
import { differ, done } from './verb.ts';
import type { Detail, Done, Verb } from './verb.ts';

interface Held {
  readonly record: RecordDef;
  readonly memory: OwnedMemory;
  /** Address as its owner knows it. */
  readonly address: bigint;
}

function held(machine: Machine, device: string, ssid: number, what: 'STE' | 'CD'): Result<Held> {
  const stream = streamOf(machine, device);
  const { ste } = stream;
  const stage1 = stage1Of(stream, ssid);
  if (what === 'STE') return ok({ record: STE, memory: machine.hostMemory, address: ste });
  if (stage1 === null) return fail('no-cd', `${device} has no CD: its stream has no stage 1`);
  return ok({ record: CD, memory: stage1.memory, address: stage1.cd });
}

function wordsAt({ record, memory, address }: Held): Result<Uint32Array> {
  const bytes = memory.readBytes(address, record.bytes);
  return bytes === null ? fail('not-mapped', `the ${record.id} at ${hex(address)} cannot be read: no memory is mapped there`) : ok(wordsOf(bytes));
}

function edit(machine: Machine, { device, ssid, set }: EditInput, what: 'STE' | 'CD'): Result<Done> {
  const place = held(machine, device, ssid, what);
  if (!place.ok) return place;
  const words = wordsAt(place.value);
  if (!words.ok) return words;
  const { record, memory, address } = place.value;
  for (const [name, value] of Object.entries(set)) setField(record, name, value, words.value, 0);
  if (!memory.writeBytes(address, bytesOf(words.value))) return fail('not-mapped', `the ${what} at ${hex(address)} cannot be written: no memory is mapped there`);
  const changes = Object.entries(set).map(([name, value]) => `${name} = ${hex(value)}`);
  return ok(done(`${what} of ${device}: ${changes.join(', ')}; the SMMU may still use what it cached`));
}

const number = (value: FieldValue): bigint => BigInt(value);

const named = (record: RecordDef, name: string, value: FieldValue): string => {
  const known = fieldOf(record, name)?.values?.[Number(value)]?.[0];
  return known === undefined ? hex(number(value)) : `${hex(number(value))} ${known}`;
};

/** Fields that say something: those that are not 0, and with `all` every one. */
const detailsOf = (record: RecordDef, values: Readonly<Record<string, FieldValue>>, all = false): Detail[] =>
  Object.entries(values).flatMap(([name, value]) => (all || number(value) !== 0n ? [{ name, value: named(record, name, value) }] : []));

function inspectRecord(machine: Machine, device: string, ssid: number, what: 'STE' | 'CD', expect: Fields | null): Result<Done> {
  const place = held(machine, device, ssid, what);
  if (!place.ok) return place;
  const words = wordsAt(place.value);
  if (!words.ok) return words;
  const { record, address } = place.value;
  const values = decode(record, words.value, 0);
  const differences = expect === null ? null : Object.entries(expect).flatMap(([name, value]) => differ(name, hex(value), hex(number(values[name] ?? 0))));
  return ok(done(`${what} of ${device} at ${hex(address)}`, { differences, details: detailsOf(record, values) }));
}

/** The structures of the lab: all, or those of one device and its VM. */
function inspectLayout(machine: Machine, device: string | null, expect: Fields | null): Done {
  const vm = device === null ? null : streamOf(machine, device).data.vm;
  const all = machine.structures();
  const chosen = device === null ? all : all.filter((one) => one.device === device || (one.device === null && one.vm !== null && one.vm === vm && one.kind !== 'vm-ram'));
  const details = chosen.map(structureRow);
  const found: Fields = { structures: BigInt(chosen.length), bytes: chosen.reduce((sum, { size }) => sum + size, 0n) };
  const differences = expect === null ? null : Object.entries(expect).flatMap(([name, value]) => differ(name, hex(value), hex(found[name]!)));
  return done(`${details.length} structures in memory`, { details, differences });
}

function inspectEvents(machine: Machine, expect: Fields | null): Done {
  const entries = machine.smmu.eventQueue.entries();
  const details = entries.map((words, i): Detail => {
    const record = caseOf(EVENTS, words, 0);
    const text = record === null ? 'unknown' : detailsOf(record, decode(record, words, 0), true).map(({ name, value }) => `${name} ${value}`).join(', ');
    return { name: `${i}: ${record?.id ?? 'unknown'}`, value: text };
  });
  const wanted = expect?.['entries'];
  return done(`${entries.length} ${entries.length === 1 ? 'record waits' : 'records wait'} in the event queue`, { details, differences: wanted === undefined ? null : differ('entries', String(wanted), String(entries.length)) });
}

function inspectStalled(machine: Machine, expect: Fields | null): Done {
  const details = stalledDetails(machine.smmu, (sid) => machine.deviceOf(sid)?.name ?? `StreamID ${hex(sid)}`);
  const wanted = expect?.['entries'];
  return done(stalledCount(details.length), { details, differences: wanted === undefined ? null : differ('entries', String(wanted), String(details.length)) });
}

const viewOf = (machine: Machine): View => ({
  smmu: machine.smmu,
  memory: machine.memory,
  stream(device) {
    const { data, ste } = streamOf(machine, device);
    return { device, sid: data.StreamID, ste, toPa: (ipa) => machine.vms.get(data.vm ?? '')?.ram.toPa(ipa) ?? null };
  },
});

const isCommon = (input: InspectInput): input is InspectInput & CommonInspection => COMMON_INSPECTIONS.some((one) => one === input.what);

function inspectShared(machine: Machine, input: CommonInspection, expect: Fields | null): Result<Done> {
  const shown = inspectCommon(viewOf(machine), input);
  if (!shown.ok) return shown;
  const { text, details, fields } = shown.value;
  const differences = expect === null ? null : Object.entries(expect).flatMap(([name, value]) => differ(name, hex(value), fields[name] === undefined ? 'none' : hex(fields[name])));
  return ok(done(text, { details, differences }));
}

function inspect(machine: Machine, input: InspectInput): Result<Done> {
  if (isCommon(input)) return inspectShared(machine, input, input.expect);
  const { what, device, ssid, expect } = input;
  if (what === 'layout' || what === 'tables') return ok(inspectLayout(machine, device, expect));
  if (what === 'stalled') return ok(inspectStalled(machine, expect));
  if (what === 'priq') return ok(inspectPriQueue(machine.smmu, expect));
  if (what === 'events' || device === null) return ok(inspectEvents(machine, expect));
  if (what === 'atc') return ok(inspectAtc(machine, device, expect));
  if (what === 'pri') return ok(inspectPri(machine, device, expect));
  return inspectRecord(machine, device, ssid, what === 'CD' ? 'CD' : 'STE', expect);
}

export const steVerb: Verb<'ste'> = {
  name: 'ste',
  doc: 'The host edits fields of the STE of a device in memory; no CMD_CFGI_STE comes with it.',
  execute: (machine, input) => edit(machine, input, 'STE'),
};

export const cdVerb: Verb<'cd'> = {
  name: 'cd',
  doc: 'The owner of the CD of a device edits its fields in memory; no CMD_CFGI_CD comes with it.',
  execute: (machine, input) => edit(machine, input, 'CD'),
};

export const inspectVerb: Verb<'inspect'> = {
  name: 'inspect',
  doc: 'Shows an STE, a CD, what a stage maps, a walk, the structures in memory, caches, queues, what is stalled, registers, or what a device that uses ATS holds; touches nothing.',
  execute: inspect,
};
