/** Schemas of the calls of both uAPIs: the members of the structures are the keys, as numbers or by the names of their values. */
import { z } from 'zod';
import { CALL_NAMES, CALLS } from '../../../model/lab/stack/calls.ts';
import type { CallInput, CallName, MemberValues, UapiCall } from '../../../model/lab/stack/calls.ts';
import { nearest } from '../../../model/spec/nearest.ts';
import type { UapiField, UapiStruct } from '../../../model/stack/uapi/bytes.ts';
import { object } from '../objects.ts';
import { numberSchema, numberUpTo } from '../number-pattern.ts';
import { deviceName } from '../names.ts';
import { bytes, count, parseNumber, shown } from '../scalars.ts';
import { callExpect } from './effects-schema.ts';

const BITS: Readonly<Record<string, number>> = { u8: 8, u16: 16, u32: 32, u64: 64 };
const widthOf = ({ type }: UapiField): number => BITS[type.replace('[]', '')]!;

/** A number, a name, or names joined by `|`. */
function valueOf({ values = {} }: UapiField, value: unknown): bigint | null {
  const number = typeof value === 'boolean' ? BigInt(value) : parseNumber(value);
  if (number !== null || typeof value !== 'string') return number;
  const parts = value.split('|').map((part) => values[part.trim()] ?? parseNumber(part.trim()));
  return parts.some((part) => part === null) ? null : parts.reduce<bigint>((mask, part) => mask | BigInt(part!), 0n);
}

/** What `valueOf` takes, within the width of the field. */
function memberSchema(field: UapiField): object {
  const max = (1n << BigInt(widthOf(field))) - 1n;
  const { minimum, maximum } = numberSchema(0n, max);
  const part = `\\s*(?:${[...Object.keys(field.values ?? {}), numberUpTo(max)].join('|')})\\s*`;
  return { type: ['integer', 'string', 'boolean'], minimum, maximum, pattern: `^(?:${part}(?:\\|(?=.)|$))+$` };
}

function member(field: UapiField) {
  const names = Object.keys(field.values ?? {});
  const what = `${field.doc.replace(/\.$/, '')}${names.length === 0 ? '' : ` (${names.join(', ')})`}`;
  const width = widthOf(field);
  const read = (value: unknown): bigint | string => {
    const number = valueOf(field, value);
    if (number !== null && number >> BigInt(width) === 0n) return number;
    const hint = typeof value === 'string' ? nearest(value, names) : null;
    return `${field.name}: expected a number of ${width} bits${names.length === 0 ? '' : ` or ${names.join(', ')}`}; got ${shown(value)}${hint === null ? '' : `; did you mean ${hint}?`}`;
  };
  const isList = field.type.endsWith('[]');
  return z
    .unknown()
    .meta({ ...(isList ? { type: 'array' as const, items: memberSchema(field) as never, minItems: field.count, maxItems: field.count } : memberSchema(field)), description: what } as never)
    .transform((value, ctx): bigint | readonly bigint[] => {
      const refuse = (message: string): never => {
        ctx.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      if (isList !== Array.isArray(value) || (isList && (value as unknown[]).length !== field.count)) return refuse(`${field.name}: expected ${isList ? `a list of ${field.count} numbers` : 'a number'}; got ${shown(value)}`);
      const got = isList ? (value as unknown[]).map(read) : [read(value)];
      const wrong = got.find((one) => typeof one === 'string');
      if (typeof wrong === 'string') return refuse(wrong);
      return isList ? (got as bigint[]) : (got[0] as bigint);
    })
    .optional();
}

const membersOf = (struct: UapiStruct) => Object.fromEntries(struct.fields.map((field) => [field.name, member(field)]));

const extra = {
  tail: bytes.optional().describe('bytes behind the structures, as hex digits: a caller that knows more than this kernel'),
  present: count('how many bytes are really there', 0, 4096, 8).optional().describe('bytes that are really there; without it, all'),
};

function callSchema(call: UapiCall) {
  const then = call.then === undefined ? {} : { [call.then.key]: object(membersOf(call.then.struct)).optional().describe(`${call.then.struct.title}, behind the structure`) };
  return object({ device: deviceName.describe('name of the device whose file, or whose VMM, is used'), ...membersOf(call.struct), ...then, ...(call.data === undefined ? {} : { data: bytes.optional().describe('what the pointer points to, as hex digits') }), ...extra, expect: callExpect.describe('what the call must bring about') });
}

export const CALL_SCHEMAS = Object.fromEntries(CALL_NAMES.map((one) => [one, callSchema(CALLS[one])])) as unknown as { readonly [C in CallName]: z.ZodType<CallDocument> };

export interface CallDocument {
  readonly device: string;
  readonly data?: readonly number[] | undefined;
  readonly tail?: readonly number[] | undefined;
  readonly present?: number | undefined;
  readonly expect?: unknown;
}

const given = (values: Readonly<Record<string, unknown>>, struct: UapiStruct): MemberValues =>
  Object.fromEntries(struct.fields.flatMap(({ name: key }) => (values[key] === undefined ? [] : [[key, values[key] as bigint]])));

/** The input of a call. Where a structure follows, it does unless the step sends the head alone: without its key, UNSET is. */
export function callInput(one: CallName, document: CallDocument): CallInput {
  const call: UapiCall = CALLS[one];
  const values = document as unknown as Readonly<Record<string, unknown>>;
  const follows = call.then === undefined ? undefined : (values[call.then.key] as Readonly<Record<string, unknown>> | undefined);
  return {
    device: document.device,
    members: given(values, call.struct),
    then: follows === undefined ? null : given(follows, call.then!.struct),
    data: document.data ?? null,
    tail: document.tail ?? [],
    present: document.present ?? null,
  };
}
