/** From the steps of a stack lab to data: names looked up, numbers of the uAPI behind their names, expectations taken apart. */
import { hex, iova, ipa, pa } from '../../../model/base/address.ts';
import type { DmaExpectation, Fields, MemoryPlace } from '../../../model/lab/data.ts';
import { CALL_NAMES } from '../../../model/lab/stack/calls.ts';
import type { CallInput, CallName } from '../../../model/lab/stack/calls.ts';
import { STACK_INSPECTIONS } from '../../../model/lab/stack/data.ts';
import type { Effects, StackStep, StackStepFrame, StackVerbName } from '../../../model/lab/stack/data.ts';
import { CD, REGISTERS, STE } from '../../../model/spec/index.ts';
import type { RecordDef } from '../../../model/spec/index.ts';
import { UAPIS } from '../../../model/stack/assembly/data.ts';
import type { StackData } from '../../../model/stack/assembly/data.ts';
import { INV_GRANU, PAGE_RESPONSE, PASID_CONFIG } from '../../../model/stack/host/driver/types.ts';
import { orKnown } from '../check-guest.ts';
import { below } from '../check-map.ts';
import { readField } from '../record-fields.ts';
import type { Report, Where } from '../report.ts';
import { walkOf } from '../inspect-schema.ts';
import { parseNumber, shown } from '../scalars.ts';
import { callInput } from './call-schema.ts';
import type { CallDocument } from './call-schema.ts';
import type { AnyEffects, AnyExpect } from './effects-schema.ts';
import { STACK_VERB_SCHEMAS } from './step-schema.ts';
import type { StackStepDocument, StackStepsDocument } from './step-schema.ts';

type Documents = { readonly [V in StackVerbName]: NonNullable<StackStepDocument[V]> };
type Input<V extends StackVerbName> = Extract<StackStep, { verb: V }>['input'];

interface Context {
  readonly data: StackData;
  readonly where: Where;
  readonly report: Report;
}

const DMA_KEYS = ['status', 'event', 'stage', 'class', 'recorded', 'rule', 'reads', 'updates', 'pageSize', 'data', 'stag', 'held', 'moved', 'response', 'stale'] as const;

function dmaOf(effects: AnyEffects): DmaExpectation | undefined {
  const plain = Object.fromEntries(DMA_KEYS.map((key) => [key, effects[key]])) as DmaExpectation;
  const dma: DmaExpectation = { ...plain, pa: effects.pa === undefined ? undefined : pa(effects.pa), ipa: effects.ipa === undefined ? undefined : ipa(effects.ipa) };
  return Object.values(dma).every((value) => value === undefined) ? undefined : dma;
}

/** Fields of a record by their names; of anything else, numbers. */
function fieldsOf(raw: unknown, record: RecordDef | null, where: Where, report: Report): Fields | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    report.error(where, 'bad-value', `expected a map of fields; got ${shown(raw)}`);
    return undefined;
  }
  const fields: Record<string, bigint> = {};
  for (const [name, value] of Object.entries(raw)) {
    const got = record === null ? parseNumber(value) : readField(record, name, value);
    if (typeof got === 'bigint') fields[name] = got;
    else report.error(below(where, name), 'bad-value', got === null ? `expected a number; got ${shown(value)}` : got.problem);
  }
  return fields;
}

function effectsOf(effects: AnyEffects, record: RecordDef | null, where: Where, report: Report): Effects {
  const { errno, commands, hostEvents, guestEvents, hostLog, guestLog, dropped, words, bytes } = effects;
  return { errno, commands, hostEvents, guestEvents, hostLog, guestLog, dropped, words, bytes, fields: fieldsOf(effects.fields, record, below(where, 'fields'), report), dma: dmaOf(effects) };
}

function frameOf(document: { readonly expect?: unknown }, { only, diverges }: StackStepDocument, record: RecordDef | null, { where, report }: Context): StackStepFrame {
  const asked = document.expect as AnyExpect | undefined;
  const { under: special = {}, ...common } = asked ?? ({} as AnyExpect);
  const here = below(where, 'expect');
  const under = Object.fromEntries(UAPIS.flatMap((uapi) => {
    const one = special[uapi];
    return one === undefined ? [] : [[uapi, effectsOf(one, record, below(here, 'under', uapi), report)]];
  }));
  const any = Object.values(common).some((value) => value !== undefined);
  return { only: only ?? null, diverges, expect: any ? effectsOf(common, record, here, report) : null, under };
}

function checkName(context: Context, kind: 'device' | 'vm', name: string, ...path: string[]): void {
  const known = (kind === 'device' ? context.data.devices : context.data.vms).map((one) => one.name);
  if (known.includes(name)) return;
  const list = kind === 'device' ? 'host.devices' : 'host.vms';
  context.report.error(below(context.where, ...path), `unknown-${kind}`, `there is no ${kind === 'vm' ? 'VM' : kind} ${name}; ${orKnown(name, known, list)}`);
}

function resolvePlace(input: { readonly pa?: bigint | undefined; readonly vm?: string | undefined; readonly ipa?: bigint | undefined }, context: Context): MemoryPlace {
  if (input.pa !== undefined && input.ipa === undefined && input.vm === undefined) return { space: 'pa', address: pa(input.pa) };
  if (input.pa !== undefined || input.ipa === undefined || input.vm === undefined) context.report.error(context.where, 'bad-form', 'a place in memory is a pa, or a vm and an ipa');
  return { space: 'ipa', vm: input.vm ?? '', address: ipa(input.ipa ?? 0n) };
}

function resolveCommand({ vm, expect: _expect, ...commands }: Documents['command'], context: Context): Input<'command'> {
  return { vm, ...commandOf(commands, 'vSID', context) };
}

/** The one command of a step; names of devices become StreamIDs as whoever issues it knows them. */
function commandOf(commands: object, sid: 'vSID' | 'StreamID', context: Context): Input<'host_command'> {
  const named = Object.entries(commands as Readonly<Record<string, Readonly<Record<string, bigint | string>> | undefined>>).filter(([, value]) => value !== undefined);
  const [first] = named;
  if (first === undefined || named.length > 1) context.report.error(context.where, 'bad-form', `a command step names one command, such as CMD_TLBI_NH_ALL: {}; got ${named.length === 0 ? 'none' : named.map(([name]) => name).join(' and ')}`);
  const [command, raw = {}] = first ?? ['CMD_SYNC', {}];
  const fields: Record<string, bigint> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (typeof value === 'string') checkName(context, 'device', value, command, key);
    fields[key] = typeof value === 'bigint' ? value : BigInt(context.data.devices.find((device) => device.name === value)?.[sid] ?? 0);
  }
  return { command, fields };
}

const OF_VM: readonly string[] = ['guestQueues', 'guestRegisters'];

function resolveInspect(input: Documents['inspect'], context: Context): Input<'inspect'> {
  const given = STACK_INSPECTIONS.filter((what) => input[what] !== undefined);
  const [what = 'layout'] = given;
  if (given.length !== 1) context.report.error(context.where, 'bad-form', `an inspect step names one of ${STACK_INSPECTIONS.join(', ')}`);
  const asked = input[what];
  const walk = walkOf(asked);
  const of = typeof asked === 'string' ? asked : null;
  const ofVm = OF_VM.includes(what);
  if (of !== null && given.length === 1) checkName(context, ofVm ? 'vm' : 'device', of, what);
  if (walk !== null) checkName(context, 'device', walk.device, what, 'device');
  return { what, device: ofVm ? null : of, vm: ofVm ? of : null, ssid: 0, walk };
}

function resolveRegister({ vm, name, ...asked }: Documents['register'], context: Context): Input<'register'> {
  const value = asked.value ?? null;
  const { bits } = REGISTERS.get(name)!;
  if (value !== null && value >> BigInt(bits) !== 0n) context.report.error(below(context.where, 'value'), 'out-of-range', `${name} has ${bits} bits; got ${hex(value)}`);
  return { vm: vm ?? null, name, value };
}

const RESOLVERS: { readonly [V in StackVerbName]: (input: Documents[V], context: Context) => Input<V> } = {
  note: (text) => ({ text }),
  dma: ({ expect: _expect, ...input }) => ({ ...input, iova: iova(input.iova), ssid: input.ssid ?? null, data: input.data ?? [] }),
  map: ({ expect: _expect, ...input }) => input,
  unmap: ({ expect: _expect, ...input }) => input,
  flush: ({ device }) => ({ device }),
  attach: ({ device, domain }) => ({ device, domain }),
  detach: ({ device }) => ({ device }),
  resume: ({ device, stag, answer }) => ({ device, stag: stag === 'oldest' ? null : stag, answer }),
  ste: ({ device, set }) => ({ device, set }),
  cd: ({ device, set }) => ({ device, set }),
  command: resolveCommand,
  host_map: ({ expect: _expect, ...input }) => input,
  host_unmap: ({ expect: _expect, ...input }) => input,
  plug: ({ device }) => ({ device }),
  msi: ({ device }) => ({ device }),
  attach_pasid_table: ({ device, config, base_ptr, format, pasid_bits, version }) => ({ device, config: PASID_CONFIG[config], basePtr: base_ptr, format, pasidBits: pasid_bits, version }),
  detach_pasid_table: ({ device }) => ({ device }),
  cache_invalidate: ({ granularity, granule_size, nb_granules, expect: _expect, ...input }) => ({ ...input, granularity: INV_GRANU[granularity], granuleSize: granule_size, nbGranules: nb_granules }),
  ioctl: ({ device, cmd, bytes }) => ({ device, cmd, bytes }),
  write: (input, context) => ({ place: resolvePlace(input, context), bytes: input.bytes }),
  read: (input, context) => ({ place: resolvePlace(input, context), length: input.length }),
  inspect: resolveInspect,
  register: resolveRegister,
  host_command: ({ expect: _expect, ...commands }, context) => commandOf(commands, 'StreamID', context),
  region_read: ({ expect: _expect, ...input }) => input,
  region_write: ({ expect: _expect, ...input }) => input,
  file_read: ({ expect: _expect, ...input }) => input,
  file_write: ({ expect: _expect, ...input }) => input,
  page_response: ({ device, grpid, pasid, code, fd, cookie }) => ({ device, grpid, pasid: pasid ?? null, code: PAGE_RESPONSE[code], fd: fd ?? null, cookie }),
  expect: (input) => input,
  ...(Object.fromEntries(CALL_NAMES.map((name) => [name, (document: CallDocument) => callInput(name, document)])) as { readonly [C in CallName]: (document: CallDocument) => CallInput }),
};

const recordOf = (step: StackStepDocument): RecordDef | null => {
  if (step.inspect?.CD !== undefined) return CD;
  return step.inspect?.STE === undefined && step.inspect?.guestSTE === undefined ? null : STE;
};

function resolveStep<V extends StackVerbName>(verb: V, step: StackStepDocument, context: Context): StackStep {
  const document = step[verb] as Documents[V];
  const input = RESOLVERS[verb](document, context);
  if (typeof document === 'object' && 'device' in document) checkName(context, 'device', document.device, 'device');
  if (typeof document === 'object' && 'vm' in document && document.vm !== undefined) checkName(context, 'vm', document.vm, 'vm');
  const frame = frameOf(typeof document === 'object' ? (document as { readonly expect?: unknown }) : {}, step, recordOf(step), context);
  return { verb, input, ...frame } as StackStep;
}

/** The steps as data; what is wrong with them is in the report. */
export function resolveStackSteps(document: StackStepsDocument, data: StackData, report: Report): readonly StackStep[] {
  return document.flatMap((step, i): StackStep[] => {
    const where: Where = { document: 'steps', path: [i] };
    const verb = (Object.keys(STACK_VERB_SCHEMAS) as StackVerbName[]).find((one) => step[one] !== undefined)!;
    return [resolveStep(verb, step, { data, where: below(where, verb), report })];
  });
}
