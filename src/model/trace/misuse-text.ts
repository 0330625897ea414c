/** What a MISUSE record says, as a sentence: where, what, and what brought it about. */
import { hex } from '../base/address.ts';
import { CD, isNamed, L1CD, L1STD, MISUSE_PLACES, misuseNumber, misuseOf, registerAt, STE } from '../spec/index.ts';
import type { Misuse, MisuseCause, MisuseStructure, RecordDef } from '../spec/index.ts';
import { causeOf } from './misuse-cause.ts';
import { commandText, registerText } from './queue-text.ts';
import type { TraceRecord } from './record.ts';

export function misuseText({ payload, address }: TraceRecord): string {
  const known = misuseOf(payload[0]!);
  if (known === undefined) return 'misuse';
  const cause = causeOf(payload);
  return misuseLine({ id: known.id, place: MISUSE_PLACES[payload[1]!] ?? 'register', address, write: payload[2] === 1, ...(cause === undefined ? {} : { cause }) });
}

/** `guarded-register: STRTAB_BASE, written: ... It is guarded by ...` */
export function misuseLine({ id, place, address, write, cause }: Misuse): string {
  const known = misuseOf(misuseNumber(id));
  const where = place === 'register' ? `${registerText(address)}, ${write ? 'written' : 'read'}` : `${place === 'pa' ? 'PA' : 'StreamID'} ${hex(address)}`;
  const what = cause === undefined ? '' : `, ${causeText(cause)}`;
  return `${id}: ${where}${what}: ${known?.doc ?? ''}${id === 'guarded-register' ? guardsText(address) : ''}`;
}

function guardsText(address: bigint): string {
  const register = registerAt(Number(address));
  const guards = register === null ? [] : new Set([...register.guard, ...register.fields.flatMap((field) => field.guard ?? [])]);
  return ` It is guarded by ${[...guards].join(', ')}.`;
}

const RECORD: Readonly<Partial<Record<MisuseStructure, RecordDef>>> = { L1STD, STE, L1CD, CD };

function causeText(cause: MisuseCause): string {
  if (cause.kind === 'command') return `${commandText(Uint32Array.from(cause.words))} not complete`;
  if (cause.kind === 'fields') return `${fieldText(cause.structure, cause.bit)}${cause.count > 1 ? ` and ${cause.count - 1} more` : ''}`;
  const what = cause.structure === 'S1' || cause.structure === 'S2' ? `${cause.structure} L${cause.level}` : cause.structure;
  return `${what} was ${hex(cause.old)} and is ${hex(cause.now)}`;
}

/** `STE.S2TTB`, or `STE [58:56]` where no field has a name. */
function fieldText(structure: MisuseStructure, bit: number): string {
  const field = RECORD[structure]?.fields.find(({ lo }) => lo === bit);
  if (field === undefined) return `${structure} bit ${bit}`;
  return isNamed(field) ? `${structure}.${field.name}` : `${structure} [${field.hi}:${field.lo}]`;
}
