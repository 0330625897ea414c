/** From the steps' document to data: one verb a step, names of VMs and devices resolved, addresses where something is. */
import { hex, iova, ipa, pa } from '../../model/base/address.ts';
import type { CommandInput, DmaExpectation, Fields, InspectInput, MemoryPlace, StepData, VerbName } from '../../model/lab/data.ts';
import { idRegisters } from '../../model/lab/plan.ts';
import { enhancedQueueExists } from '../../model/lab/queue-ports.ts';
import { CD, decodeFeatures, REGISTERS, STE } from '../../model/spec/index.ts';
import { below, inside } from './check-map.ts';
import { hasCd, resolveMap, resolveUnmap } from './check-table-steps.ts';
import { object } from './objects.ts';
import { walkOf } from './inspect-schema.ts';
import { fields, fieldsOfNumbers } from './record-fields.ts';
import type { Report, Where } from './report.ts';
import { count, flag, word64 } from './scalars.ts';
import { device, refuse, vm } from './step-context.ts';
import type { Context, Documents, Known } from './step-context.ts';
import { STREAM_FIELDS, VERB_SCHEMAS, VM_FIELDS } from './step-schema.ts';
import type { StepsDocument } from './step-schema.ts';

function resolveDma(input: Documents['dma'], context: Context): StepData | null {
  if (device(context, input.device, 'device') === null) return null;
  if (input.access !== 'write' && input.data !== undefined) return refuse(context, 'unused', 'only a write carries data; a read compares with expect.data', 'data');
  if (input.iova + BigInt(input.length) > 1n << 64n) return refuse(context, 'out-of-range', 'the transfer runs over the end of the 64-bit address space', 'length');
  return { verb: 'dma', input: { ...input, iova: iova(input.iova), ssid: input.ssid ?? null, data: input.data ?? [], expect: expectation(input.expect) } };
}

const expectation = (expect: Documents['dma']['expect']): DmaExpectation | null =>
  expect === undefined ? null : { ...expect, pa: expect.pa === undefined ? undefined : pa(expect.pa), ipa: expect.ipa === undefined ? undefined : ipa(expect.ipa) };

function resolveResume({ device: name, stag, answer, expect }: Documents['resume'], context: Context): StepData | null {
  if (device(context, name, 'device') === null) return null;
  return { verb: 'resume', input: { device: name, stag: stag === 'oldest' ? null : stag, answer, expect: expectation(expect) } };
}

function resolveAtos(input: Documents['atos'], context: Context): StepData | null {
  if (device(context, input.device, 'device') === null) return null;
  if (input.vatos !== undefined && vm(context, input.vatos, 'vatos') === null) return null;
  return { verb: 'atos', input: { ...input, ssid: input.ssid ?? null, vatos: input.vatos ?? null, expect: input.expect ?? null } };
}

/** A device that uses ATS, and with `pages` makes page requests. */
function endpoint(context: Context, name: string, pages: boolean, ...path: string[]): boolean {
  const found = device(context, name, ...path);
  if (found === null) return false;
  const missing = found.ats === null ? 'ats: {}' : pages && found.ats.credits === null ? 'ats: { pri: {} }' : null;
  if (missing !== null) refuse(context, 'no-ats', `${name} ${found.ats === null ? 'uses no ATS' : 'makes no page requests'}: give it ${missing} in host.devices`, ...path);
  return missing === null;
}

function resolveAts(input: Documents['ats'], context: Context): StepData | null {
  if (!endpoint(context, input.device, false, 'device')) return null;
  return { verb: 'ats', input: { ...input, iova: iova(input.iova), ssid: input.ssid ?? null, expect: input.expect ?? null } };
}

function resolvePri(input: Documents['pri'], context: Context): StepData | null {
  if (!endpoint(context, input.device, true, 'device')) return null;
  return { verb: 'pri', input: { ...input, iova: iova(input.iova), ssid: input.ssid ?? null, expect: input.expect ?? null } };
}

/** Names of devices and VMs in a command become StreamIDs and VMIDs. */
function commandFields(raw: Readonly<Record<string, bigint | string>>, command: string, context: Context): Fields {
  const values: Record<string, bigint> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (typeof value === 'bigint') values[key] = value;
    else if (STREAM_FIELDS.includes(key)) values[key] = BigInt(device(context, value, command, key)?.StreamID ?? 0);
    else if (VM_FIELDS.includes(key)) values[key] = BigInt(vm(context, value, command, key)?.vmid ?? 0);
  }
  return values;
}

function resolveCommand(input: Documents['command'], context: Context): StepData | null {
  const { expect, queue = null, acknowledge, ...commands } = input as { expect?: CommandInput['expect']; queue?: number; acknowledge: boolean } & Record<string, Readonly<Record<string, bigint | string>> | undefined>;
  const named = Object.entries(commands).filter((entry): entry is [string, Readonly<Record<string, bigint | string>>] => entry[1] !== undefined);
  const [first] = named;
  if (first === undefined || named.length > 1) return refuse(context, 'bad-form', `a command step names one command, such as CMD_SYNC: {}; got ${named.length === 0 ? 'none' : named.map(([name]) => name).join(' and ')}`);
  const id = idRegisters(context.host.smmu);
  const exists = queue === null || !id.ok ? null : enhancedQueueExists(decodeFeatures(id.value), queue);
  if (exists?.ok === false) return refuse(context, exists.error.code, exists.error.message, 'queue');
  return { verb: 'command', input: { queue, acknowledge, command: first[0], fields: commandFields(first[1], first[0], context), expect: expect ?? null } };
}

function resolvePlace(input: { readonly pa?: bigint | undefined; readonly vm?: string | undefined; readonly ipa?: bigint | undefined }, length: number, context: Context): MemoryPlace | null {
  if (input.pa !== undefined && input.ipa === undefined && input.vm === undefined) {
    if (inside(context.host.memory, input.pa, BigInt(length))) return { space: 'pa', address: pa(input.pa) };
    return refuse(context, 'outside-memory', `PA ${hex(input.pa)} to ${hex(input.pa + BigInt(length) - 1n)} lies outside host.memory`, 'pa');
  }
  if (input.pa !== undefined || input.ipa === undefined || input.vm === undefined) return refuse(context, 'bad-form', 'a place in memory is a pa, or a vm and an ipa');
  return vm(context, input.vm, 'vm') === null ? null : { space: 'ipa', vm: input.vm, address: ipa(input.ipa) };
}

function resolveWrite(input: Documents['write'], context: Context): StepData | null {
  const place = resolvePlace(input, input.bytes.length, context);
  return place === null ? null : { verb: 'write', input: { place, bytes: input.bytes } };
}

function resolveRead(input: Documents['read'], context: Context): StepData | null {
  const place = resolvePlace(input, input.length, context);
  return place === null ? null : { verb: 'read', input: { place, length: input.length, expect: input.expect ?? null } };
}

function resolveRegister(input: Documents['register'], context: Context): StepData | null {
  const register = REGISTERS.get(input.name)!;
  if (input.value !== undefined && input.value >> BigInt(register.bits) !== 0n) return refuse(context, 'out-of-range', `${input.name} has ${register.bits} bits; got ${hex(input.value)}`, 'value');
  if (input.value !== undefined && input.expect !== undefined) return refuse(context, 'bad-form', 'a register step writes a value or reads and expects one, not both');
  return { verb: 'register', input: { name: input.name, value: input.value ?? null, expect: input.expect ?? null } };
}

const entriesExpected = object({ entries: count('a number of records', 0, 1 << 20, 1) });
const structuresExpected = object({ structures: count('a number of structures', 0, 1 << 20, 11), bytes: word64.optional() });
const requests = (what: string) => count(what, 0, 512, 1).optional();
const priExpected = object({ credits: requests('credits that are left'), outstanding: requests('requests without an answer'), stopped: flag.optional(), unexpected: requests('responses to no group') });

const anyNumbers = fieldsOfNumbers('what the inspection counts');

/** What an inspection can expect. */
export function inspectedSchema(what: string) {
  if (what === 'layout' || what === 'tables') return structuresExpected;
  if (what === 'events' || what === 'stalled' || what === 'atc' || what === 'priq') return entriesExpected;
  if (what === 'pri') return priExpected;
  if (what === 'STE' || what === 'CD') return fields(what === 'STE' ? STE : CD);
  return anyNumbers;
}

function inspectExpectation(what: InspectInput['what'], raw: unknown, context: Context): Fields | null {
  if (raw === undefined) return null;
  const parsed = inspectedSchema(what).safeParse(raw);
  if (!parsed.success) {
    context.report.issues('steps', parsed.error.issues.map((issue) => ({ ...issue, path: [...context.where.path, 'expect', ...issue.path] })));
    return null;
  }
  return Object.fromEntries(Object.entries(parsed.data).flatMap(([key, value]) => (value === undefined ? [] : [[key, BigInt(value)]])));
}

function resolveInspect(input: Documents['inspect'], context: Context): StepData | null {
  const { expect, ssid, ...asked } = input;
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  const [first] = given;
  if (first === undefined || given.length > 1) return refuse(context, 'bad-form', 'an inspect step names one of STE, CD, tables, stage1, stage2, atc, pri (of a device), walk, layout, events, stalled, priq, caches, queues, registers');
  const what = first[0] as InspectInput['what'];
  const walk = walkOf(first[1]);
  const name = typeof first[1] === 'string' ? first[1] : null;
  const known = name === null || (what === 'atc' || what === 'pri' ? endpoint(context, name, what === 'pri', what) : device(context, name, what) !== null);
  if (!known) return null;
  if (walk !== null && device(context, walk.device, what, 'device') === null) return null;
  const ofCd = what === 'CD' || what === 'stage1';
  if (ssid !== 0 && !ofCd) return refuse(context, 'unused', 'only a CD and stage1 are of a SubstreamID; walk has an ssid of its own', 'ssid');
  if (name !== null && ofCd && ssid !== 0 && !hasCd(name, ssid, context)) return null;
  return { verb: 'inspect', input: { what, device: name, ssid, walk, expect: inspectExpectation(what, expect, context) } };
}

function resolveSte({ device: name, set }: Documents['ste'], context: Context): StepData | null {
  return device(context, name, 'device') === null ? null : { verb: 'ste', input: { device: name, ssid: 0, set } };
}

function resolveCd({ device: name, ssid, set }: Documents['cd'], context: Context): StepData | null {
  return device(context, name, 'device') === null || !hasCd(name, ssid, context) ? null : { verb: 'cd', input: { device: name, ssid, set } };
}

const RESOLVERS: { readonly [V in VerbName]: (input: Documents[V], context: Context) => StepData | null } = {
  note: (text) => ({ verb: 'note', input: { text } }),
  dma: resolveDma,
  map: resolveMap,
  unmap: resolveUnmap,
  command: resolveCommand,
  sync: () => ({ verb: 'sync', input: {} }),
  write: resolveWrite,
  read: resolveRead,
  register: resolveRegister,
  ste: resolveSte,
  cd: resolveCd,
  inspect: resolveInspect,
  ats: resolveAts,
  pri: resolvePri,
  resume: resolveResume,
  stall_term: (input, context) => (device(context, input.device, 'device') === null ? null : { verb: 'stall_term', input }),
  atos: resolveAtos,
  expect: (input) => ({ verb: 'expect', input }),
};

function resolveStep<V extends VerbName>(verb: V, input: Documents[V], context: Context): StepData | null {
  return RESOLVERS[verb](input, context);
}

/** The steps as data; what is wrong with them is in the report. */
export function resolveSteps(document: StepsDocument, known: Known, report: Report): readonly StepData[] {
  return document.flatMap((step, i): StepData[] => {
    const where: Where = { document: 'steps', path: [i] };
    const verb = (Object.keys(VERB_SCHEMAS) as VerbName[]).find((one) => step[one] !== undefined)!;
    const resolved = resolveStep(verb, step[verb]!, { ...known, where: below(where, verb), report });
    return resolved === null ? [] : [resolved];
  });
}
