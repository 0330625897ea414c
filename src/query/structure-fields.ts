/** Fields of architectural records, from the one table: evt.*, cmd.*, ste.*, cd.* and reg.*, where a trace record holds them. */
import { assert } from '../model/base/assert.ts';
import { CD, CERROR, commandName, COMMANDS, eventName, EVENTS, fieldWidth, isNamed, PRI_ENTRY, REGISTERS, STE } from '../model/spec/index.ts';
import type { FieldDef, RecordDef, TaggedDef } from '../model/spec/index.ts';
import { KIND, PAYLOAD, PURPOSE } from '../model/trace/record.ts';
import { bitsAt, defineField, namesOf, wideAt } from './field.ts';
import type { Field, FieldType, Guard, Place } from './field.ts';
import { largest } from './ranges.ts';

export const kindIs = (...kinds: number[]): Guard => ({ word: 0, shift: 0, width: 8, among: kinds });
/** Events and commands carry their number in the low byte of their first word. */
const tagIs = (tags: readonly number[]): Guard => ({ word: PAYLOAD, shift: 0, width: 8, among: tags });

const isWide = (field: FieldDef): boolean => field.kind === 'addr' || fieldWidth(field) > 32;

/** Where the bits of a field are when word 0 of its record is word `base` of the trace record. */
function placeOf(field: FieldDef, base: number, guards: readonly Guard[]): Place {
  if (!isWide(field)) return bitsAt('record', base + (field.lo >> 5), field.lo & 31, fieldWidth(field), guards);
  const mask = largest(fieldWidth(field)) << BigInt(field.lo & 63);
  return wideAt('record', base + (field.lo >> 6) * 2, guards, mask);
}

function typeOf(field: FieldDef): FieldType {
  if (field.kind === 'addr') return 'address';
  if (field.kind === 'flag' || field.kind === 'enum') return field.kind;
  return 'number';
}

function bitsOf(field: FieldDef): number {
  return field.kind === 'addr' ? (field.hi & 63) + 1 : fieldWidth(field);
}

interface Found {
  readonly def: FieldDef;
  readonly place: Place;
}

/** One field of what may be several records with a field of this name. */
function merged(name: string, found: readonly Found[]): Field {
  const defs = found.map(({ def }) => def);
  const [first] = defs;
  assert(first !== undefined, `${name} is nowhere`);
  assert(defs.every((def) => typeOf(def) === typeOf(first)), `fields named ${name} are of different types`);
  return defineField({
    name,
    type: typeOf(first),
    bits: Math.max(...defs.map(bitsOf)),
    zeros: first.kind === 'addr' ? Math.min(...defs.map((def) => def.lo & 63)) : 0,
    values: namesOf(Object.entries(first.values ?? {}).map(([value, [text]]) => [Number(value), text])),
    doc: first.doc,
    section: first.section,
    places: found.map(({ place }) => place),
  });
}

/** Every field of a tagged group; cases that have it at the same bits share a place. */
function taggedFields(prefix: string, group: TaggedDef, kind: number): Field[] {
  const byName = new Map<string, Map<string, { def: FieldDef; tags: number[] }>>();
  for (const one of group.cases) {
    for (const field of one.fields.filter(isNamed)) {
      const places = byName.get(field.name) ?? new Map<string, { def: FieldDef; tags: number[] }>();
      byName.set(field.name, places);
      const key = `${field.hi}:${field.lo}`;
      const place = places.get(key) ?? { def: field, tags: [] };
      places.set(key, place);
      place.tags.push(one.number);
    }
  }
  return [...byName].map(([name, places]) =>
    merged(
      `${prefix}.${name}`,
      [...places.values()].map(({ def, tags }) => ({ def, place: placeOf(def, PAYLOAD, [kindIs(kind), tagIs(tags)]) })),
    ),
  );
}

const bytes = Array.from({ length: 256 }, (_, number) => number);

/** Which event, which command: numbers without a name have one too, RESERVED_0x.. or IMPDEF_0x... */
function tagField(name: string, kind: number, nameOf: (number: number) => string, doc: string, section: string, aliases: readonly string[] = []): Field {
  return defineField({ name, aliases, type: 'enum', bits: 8, values: namesOf(bytes.map((number) => [number, nameOf(number)])), doc, section, places: [bitsAt('record', PAYLOAD, 0, 8, [kindIs(kind)])] });
}

/** What became of an event record; the words of a row of events. */
export const EVENT_VERDICT_NAMES = ['written', 'dropped-full', 'dropped-disabled', 'aborted', 'dropped-error', 'merged'] as const;
const CERROR_NAMES: readonly (readonly [number, string])[] = Object.entries(CERROR).map(([name, number]) => [number, name === 'NONE' ? 'none' : `CERROR_${name}`]);

export const EVENT_FIELDS: readonly Field[] = [
  tagField('evt.type', KIND.EVENT, eventName, 'Which event.', '7.3'),
  defineField({
    name: 'evt.verdict', type: 'enum', bits: 4, values: namesOf(EVENT_VERDICT_NAMES.entries()),
    doc: 'What became of the record: only a written one is in the queue.', section: '7.2.1', places: [bitsAt('record', 0, 16, 4, [kindIs(KIND.EVENT)])],
  }),
  ...taggedFields('evt', EVENTS, KIND.EVENT).map((field) => (field.name === 'evt.Stall' ? { ...field, aliases: ['stall'] } : field)),
];

const COMMAND_FIELDS: readonly Field[] = [
  tagField('cmd.op', KIND.COMMAND, commandName, 'Which command.', '4.1', ['cmd.type']),
  defineField({ name: 'cmd.error', type: 'enum', bits: 4, values: namesOf(CERROR_NAMES), doc: 'How the command ended.', section: '7.1', places: [bitsAt('record', 0, 16, 4, [kindIs(KIND.COMMAND)])] }),
  defineField({ name: 'cmd.removed', type: 'number', bits: 32, doc: 'Cache entries that the command removed.', places: [bitsAt('record', PAYLOAD + 4, 0, 32, [kindIs(KIND.COMMAND)])] }),
  defineField({ name: 'cmd.queue', type: 'number', bits: 32, doc: 'The queue that had the command: 0 the command queue, n + 1 enhanced command queue n.', section: '3.5.6', places: [bitsAt('record', PAYLOAD + 5, 0, 32, [kindIs(KIND.COMMAND)])] }),
  ...taggedFields('cmd', COMMANDS, KIND.COMMAND),
];

/** An STE or CD is read as two records of 8 words each. */
function structureFields(prefix: string, record: RecordDef, purpose: number): Field[] {
  return record.fields.filter(isNamed).map((def) => {
    const half = def.lo >> 8;
    const guards: Guard[] = [kindIs(KIND.READ_STRUCT), { word: 0, shift: 20, width: 4, among: [purpose] }, { word: 0, shift: 10, width: 3, among: [half] }];
    return merged(`${prefix}.${def.name}`, [{ def, place: placeOf(def, PAYLOAD - half * 8, guards) }]);
  });
}

/** Accesses to registers by software: the value written or read, whole and by field, and which register it was. */
function registerFields(): Field[] {
  const access = kindIs(KIND.REG_WRITE, KIND.REG_READ);
  const all = [...REGISTERS.values()];
  const at = (offset: number): Guard[] => [access, { word: 6, shift: 0, width: 32, among: [offset] }];
  return [
    defineField({
      name: 'reg.name', type: 'enum', bits: 20, values: namesOf(all.map(({ offset, id }) => [offset, id])),
      doc: 'Which register software wrote or read; as a number its offset.', section: '6.2', places: [bitsAt('record', 6, 0, 32, [access])],
    }),
    ...all.flatMap((register) => [
      defineField({
        name: `reg.${register.id}`, type: 'number', bits: register.bits, doc: register.doc, section: register.section,
        places: [register.bits === 32 ? bitsAt('record', PAYLOAD, 0, 32, at(register.offset)) : wideAt('record', PAYLOAD, at(register.offset))],
      }),
      ...register.fields
        .filter((def) => isNamed(def) && def.name !== register.id)
        .map((def) => merged(`reg.${register.id}.${def.name}`, [{ def, place: placeOf(def, PAYLOAD, at(register.offset)) }])),
    ]),
  ];
}

/** Fields that only a list of all trace records can have. */
export const OTHER_STRUCTURE_FIELDS: readonly Field[] = [
  ...COMMAND_FIELDS,
  ...PRI_ENTRY.fields.filter(isNamed).map((def) => merged(`pri.${def.name}`, [{ def, place: placeOf(def, PAYLOAD, [kindIs(KIND.PPR)]) }])),
  ...structureFields('ste', STE, PURPOSE.STE),
  ...structureFields('cd', CD, PURPOSE.CD),
  ...registerFields(),
];
