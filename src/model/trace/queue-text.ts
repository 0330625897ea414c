/** Commands, events and register accesses in words, by the one table. */
import { hex } from '../base/address.ts';
import { caseOf, COMMANDS, commandName, decode, eventName, EVENTS, isNamed, MISUSE_PLACES, misuseOf, registerAt } from '../spec/index.ts';
import type { TraceRecord } from './record.ts';
import type { FieldDef, FieldValue, TaggedDef } from '../spec/index.ts';

/** Fields that say what a record is about: shown when they are 0 too. */
const TELLING = new Set(['StreamID', 'VMID', 'ASID', 'Address', 'InputAddr']);
/** The number that the record's name stands for. */
const IMPLIED = new Set(['Opcode', 'EventNumber']);

function shown(field: FieldDef, value: FieldValue): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint') return hex(value);
  return field.values?.[value]?.[0] ?? (value > 9 ? hex(value) : String(value));
}

/** `StreamID 0x10, Leaf 1`: what is not 0, and what the record is about. */
function fieldsOf(table: TaggedDef, words: Uint32Array): string {
  const record = caseOf(table, words, 0);
  if (record === null) return '';
  const values = decode(record, words, 0);
  return record.fields
    .filter((field) => isNamed(field) && !IMPLIED.has(field.name) && (TELLING.has(field.name) || Number(values[field.name] ?? 0) !== 0))
    .map((field) => `${field.name} ${shown(field, values[field.name] ?? 0)}`)
    .join(', ');
}

const named = (name: string, fields: string): string => (fields === '' ? name : `${name} ${fields}`);

/** `CMD_TLBI_NH_VA VMID 1, ASID 5, Address 0x10000000, Leaf 1`. */
export const commandText = (words: Uint32Array): string => named(commandName(words[0]! & 0xff), fieldsOf(COMMANDS, words));

/** `F_TRANSLATION StreamID 0x10, RnW 1, ...`. */
export const eventText = (words: Uint32Array): string => named(eventName(words[0]! & 0xff), fieldsOf(EVENTS, words));

/** The name of the register at an offset from the SMMU's base, of its upper half where it is that; the offset of what is none. */
export function registerText(offset: bigint): string {
  const register = registerAt(Number(offset));
  if (register === null) return `register ${hex(offset)}`;
  return Number(offset) === register.offset ? register.id : `${register.id}[63:32]`;
}

/** `STRTAB_BASE, written: ...`: where, what, and what guards it. */
export function misuseText({ payload, address }: TraceRecord): string {
  const place = MISUSE_PLACES[payload[1]!] ?? 'register';
  const known = misuseOf(payload[0]!);
  const where = place === 'register' ? `${registerText(address)}, ${payload[2] === 1 ? 'written' : 'read'}` : `${place === 'pa' ? 'PA' : 'StreamID'} ${hex(address)}`;
  const register = known?.id === 'guarded-register' ? registerAt(Number(address)) : null;
  const guards = register === null ? [] : new Set([...register.guard, ...register.fields.flatMap((field) => field.guard ?? [])]);
  return `${known?.id ?? 'misuse'}: ${where}: ${known?.doc ?? ''}${register === null ? '' : ` It is guarded by ${[...guards].join(', ')}.`}`;
}
