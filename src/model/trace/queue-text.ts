/** Commands, events and register accesses in words, by the one table. */
import { fromWords, hex } from '../base/address.ts';
import { ATOS_FAULT, caseOf, COMMANDS, commandName, decode, eventName, EVENTS, fieldOf, isNamed, registerAt } from '../spec/index.ts';
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

const TYPES = ['no stage', 'stage 1', 'stage 2', 'both stages'];

/** `GATOS, both stages, read of IOVA 0x1000 by StreamID 0x8: PA 0x40001000`, or the fault. */
export function atosText(record: TraceRecord): string {
  const [type, vm, parLo, parHi] = record.payload;
  const words = Uint32Array.of(parLo!, parHi!);
  const who = vm === 0 ? 'GATOS' : `VATOS of VMID ${vm! - 1}`;
  const from = `${type === 2 ? 'IPA' : 'IOVA'} ${hex(record.address)} of StreamID ${hex(record.sid)}`;
  return `${who}, ${TYPES[type!]}, ${record.rnw ? 'read' : 'write'} of ${from}: ${parText(words)}`;
}

/** GATOS_PAR in words. */
export function parText(par: Uint32Array): string {
  if ((par[0]! & 1) === 0) return `${hex(pageOf(par).base)}, ${hex(pageOf(par).size)} bytes`;
  const { FAULTCODE, REASON, FADDR } = decode(ATOS_FAULT, par, 0);
  const code = fieldOf(ATOS_FAULT, 'FAULTCODE')?.values?.[Number(FAULTCODE)]?.[0] ?? eventName(Number(FAULTCODE));
  const reason = Number(REASON) === 0 ? '' : `, stage 2, REASON ${fieldOf(ATOS_FAULT, 'REASON')?.values?.[Number(REASON)]?.[0] ?? ''}`;
  return `${code}${reason}${BigInt(FADDR ?? 0) === 0n ? '' : `, IPA page ${hex(BigInt(FADDR!))}`}`;
}

/** The page that a GATOS_PAR without fault tells: with Size, the lowest set bit N of ADDR says 2^(N + 1) bytes (6.3.40). */
export function pageOf(par: Uint32Array): { readonly base: bigint; readonly size: bigint } {
  const address = fromWords(par[1]! & 0xf_ffff, par[0]! & ~0xfff);
  if ((par[0]! & (1 << 11)) === 0) return { base: address, size: 4096n };
  const lowest = address & -address;
  return { base: address - lowest, size: lowest * 2n };
}
