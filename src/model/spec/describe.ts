/** What a name of the architecture means: `describe('ste.S2VMID')`, 'CR0', 'F_TRANSLATION', 'CMD_TLBI_NH_VA', a rule. */
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { CHOICES } from './choices.ts';
import type { ChoiceDef } from './choices.ts';
import { COMMANDS } from './commands.ts';
import { EVENTS } from './events.ts';
import { fieldWidth, isNamed } from './fields.ts';
import type { CaseDef, FieldDef, RecordDef, RegisterDef, TaggedDef } from './fields.ts';
import { MISUSES } from './misuse.ts';
import { nearest } from './nearest.ts';
import { RECORDS } from './records.ts';
import { REGISTERS } from './registers.ts';
import { RULES } from './rules/registry.ts';
import type { Rule } from './rules/rule.ts';
import { sectionName } from './sections.ts';

export interface FieldDescription {
  readonly name: string;
  readonly hi: number;
  readonly lo: number;
  readonly kind: string;
  readonly doc: string;
  readonly section: string;
  readonly values?: readonly { readonly value: number; readonly name: string; readonly doc: string }[];
  readonly space?: string;
  readonly usedWhen?: string;
  readonly needs?: string;
  readonly since?: string;
  readonly cachedInTlb?: boolean;
  readonly guard?: readonly string[];
}

export interface RuleDescription {
  readonly id: string;
  readonly section: string;
  readonly event: string;
  readonly doc: string;
}

export interface Description {
  /** The name in full, such as `STE.S2VMID`. */
  readonly name: string;
  readonly kind: 'record' | 'register' | 'command' | 'event' | 'field' | 'rule' | 'choice' | 'misuse' | 'group';
  readonly title: string;
  /** Number and title. */
  readonly section: string;
  readonly doc: string;
  /** Facts beyond the doc, by name: offset, access, opcode, bits, ... */
  readonly facts: Readonly<Record<string, string>>;
  readonly fields: readonly FieldDescription[];
  readonly rules: readonly RuleDescription[];
  /** Members of a group: the commands, the events. */
  readonly members: readonly string[];
  /** All of it as plain text. */
  readonly text: string;
}

type Draft = Omit<Description, 'text'>;

const hex = (value: number): string => `0x${value.toString(16)}`;
const range = (hi: number, lo: number): string => (hi === lo ? `[${hi}]` : `[${hi}:${lo}]`);

type Said<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Only what is said: no key without a value. */
function said<T extends object>(values: T): Said<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Said<T>;
}

function describeField(field: FieldDef): FieldDescription {
  const { name, hi, lo, kind, doc, section, space, usedWhen, needs, since, cachedInTlb, guard } = field;
  const values = field.values === undefined ? undefined
    : Object.entries(field.values).map(([value, [label, text]]) => ({ value: Number(value), name: label, doc: text }));
  return { name, hi, lo, kind, doc, section, ...said({ values, space, usedWhen, needs, since, cachedInTlb, guard }) };
}

const describeRule = ({ id, section, event, doc }: Rule): RuleDescription => ({ id, section, event, doc });

/** Rules that look at a record's field, or at any field of it. Translation rules name fields as `STE.S2PTW`, or `S1.AP` of every stage 1 descriptor. */
function rulesOf(record: RecordDef, field?: string): readonly RuleDescription[] {
  const holder = /^S[12](?=_)/.exec(record.id)?.[0] ?? record.id;
  const own = (rule: Rule): boolean => rule.id.startsWith(`${record.id.toLowerCase()}.`) && (rule.event === 'C_BAD_STE' || rule.event === 'C_BAD_CD');
  const asks = (rule: Rule): boolean =>
    rule.fields.some((one) => (field === undefined ? one.startsWith(`${holder}.`) : one === `${holder}.${field}` || (own(rule) && one === field)));
  return RULES.filter((rule) => asks(rule) || (field === undefined && own(rule))).map(describeRule);
}

function fieldLine(field: FieldDescription): string {
  return `  ${range(field.hi, field.lo).padEnd(10)} ${field.name.padEnd(18)} ${field.doc}`;
}

function textOf(draft: Draft): string {
  const lines = [`${draft.name}: ${draft.title}`, `IHI 0070 ${draft.section}`, '', draft.doc];
  const facts = Object.entries(draft.facts).map(([name, value]) => `  ${name}: ${value}`);
  if (facts.length > 0) lines.push('', ...facts);
  const values = draft.kind === 'field' ? draft.fields[0]?.values ?? [] : [];
  if (values.length > 0) lines.push('', 'Values', ...values.map((one) => `  ${hex(one.value).padEnd(5)} ${one.name.padEnd(16)} ${one.doc}`));
  if (draft.kind !== 'field' && draft.fields.length > 0) lines.push('', 'Fields', ...draft.fields.map(fieldLine));
  if (draft.members.length > 0) lines.push('', 'Members', ...draft.members.map((name) => `  ${name}`));
  if (draft.rules.length > 0) lines.push('', 'Rules', ...draft.rules.map((one) => `  ${one.id.padEnd(26)} ${one.event} (${one.section}): ${one.doc}`));
  return lines.join('\n');
}

const finished = (draft: Draft): Description => ({ ...draft, text: textOf(draft) });

function registerFacts(register: RegisterDef): Record<string, string> {
  return said({
    offset: `${hex(register.offset)} (page ${register.page})`,
    bits: String(register.bits),
    access: register.access,
    guard: register.guard.length === 0 ? undefined : `read-only while ${register.guard.join(' or ')} is 1`,
    reset: typeof register.reset === 'number' ? hex(register.reset) : register.reset,
    acknowledged: register.ack,
    needs: register.needs,
    since: register.since,
  }) as Record<string, string>;
}

function recordDescription(record: RecordDef): Description {
  const fields = record.fields.map(describeField);
  const common = { name: record.id, section: sectionName(record.section), fields, rules: rulesOf(record), members: [] };
  const register = REGISTERS.get(record.id);
  if (register !== undefined) return finished({ ...common, kind: 'register', title: `SMMU_${record.id}`, doc: register.doc, facts: registerFacts(register) });
  const size = `${record.bytes} bytes`;
  const facts = (one: CaseDef, number: string) => said({ [number]: hex(one.number), size, needs: one.needs, since: one.since }) as Record<string, string>;
  const command = COMMANDS.byName.get(record.id);
  if (command !== undefined) return finished({ ...common, kind: 'command', title: COMMANDS.title, doc: command.doc, facts: facts(command, 'opcode') });
  const event = EVENTS.byName.get(record.id);
  if (event !== undefined) return finished({ ...common, kind: 'event', title: EVENTS.title, doc: event.doc, facts: facts(event, 'number') });
  return finished({ ...common, kind: 'record', title: record.title, doc: `${record.title}, ${size}.`, facts: { size } });
}

function fieldDescription(record: RecordDef, field: FieldDef): Description {
  const word = field.lo >> 6;
  const place = record.bytes > 8 ? `, D${word} ${range(field.hi & 63, field.lo & 63)}` : '';
  const facts = said({
    bits: `${range(field.hi, field.lo)}${place}, ${fieldWidth(field)} ${field.hi === field.lo ? 'bit' : 'bits'}`,
    kind: field.kind,
    space: field.space === 'by-config' ? 'IPA when the stream is nested, else PA' : field.space?.toUpperCase(),
    'used when': field.usedWhen,
    needs: field.needs,
    since: field.since,
    guard: field.guard === undefined ? undefined : `read-only while ${field.guard.join(' or ')} is 1`,
    'cached in TLB': field.cachedInTlb === true ? 'yes: a change needs TLBI as well as CFGI' : undefined,
  }) as Record<string, string>;
  return finished({
    name: `${record.id}.${field.name}`, kind: 'field', title: `field of ${record.title}`, section: sectionName(field.section),
    doc: field.doc, facts, fields: [describeField(field)], rules: rulesOf(record, field.name), members: [],
  });
}

function ruleDescription(rule: Rule): Description {
  const facts = said({
    event: rule.event === 'none' ? 'none is recorded' : rule.event,
    fields: rule.fields.length === 0 ? undefined : rule.fields.join(', '),
  }) as Record<string, string>;
  return finished({ name: rule.id, kind: 'rule', title: 'Rule', section: sectionName(rule.section), doc: rule.doc, facts, fields: [], rules: [], members: [] });
}

function groupDescription(group: TaggedDef): Description {
  const members = group.cases.map((one) => `${hex(one.number).padEnd(5)} ${one.id}`);
  return finished({
    name: group.id, kind: 'group', title: `${group.title}s`, section: sectionName(group.section),
    doc: `${group.title}s, ${group.bytes} bytes each, told apart by ${group.tag.name} in bits ${range(group.tag.hi, group.tag.lo)}.`,
    facts: {}, fields: [], rules: [], members,
  });
}

function choiceDescription({ id, section, doc, alternatives, pick }: ChoiceDef): Description {
  const facts = Object.fromEntries(Object.entries(alternatives).map(([name, text]) => [name === pick ? `${name} (the model's pick)` : name, text]));
  return finished({ name: id, kind: 'choice', title: 'Choice of the implementation', section: sectionName(section), doc, facts, fields: [], rules: [], members: [] });
}

const choicesDescription = (): Description =>
  finished({
    name: 'choices', kind: 'group', title: 'Choices of the implementation', section: '1.3',
    doc: 'What the architecture leaves open and software can notice: host.smmu.choices of a lab document takes another alternative than the first.',
    facts: {}, fields: [], rules: [],
    members: CHOICES.map(({ id, section, alternatives }) => `${id.padEnd(34)} ${section.padEnd(8)} ${Object.keys(alternatives).join(' | ')}`),
  });

const misuseDescription = ({ id, section, doc }: (typeof MISUSES)[number]): Description =>
  finished({ name: id, kind: 'misuse', title: 'Misuse by software', section: sectionName(section), doc, facts: {}, fields: [], rules: [], members: [] });

const misusesDescription = (): Description =>
  finished({
    name: 'misuse', kind: 'group', title: 'Misuse by software', section: '1.3',
    doc: 'What software does that the architecture promises nothing about, or that has no effect: each is a MISUSE record of the trace.',
    facts: {}, fields: [], rules: [],
    members: MISUSES.map(({ id, section, doc }) => `${id.padEnd(24)} ${section.padEnd(8)} ${doc}`),
  });

const GROUPS = [COMMANDS, EVENTS];
const fold = (name: string): string => name.trim().toLowerCase().replace(/^smmu_/, '');

const records = new Map<string, RecordDef>();
for (const record of RECORDS.values()) {
  records.set(fold(record.id), record);
  if (record.id.startsWith('CMD_')) records.set(fold(record.id.slice('CMD_'.length)), record);
}

const namedFields = (record: RecordDef): readonly FieldDef[] => record.fields.filter(isNamed);

function fieldIn(record: RecordDef, name: string): Result<Description> {
  const field = namedFields(record).find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (field !== undefined) return ok(fieldDescription(record, field));
  const hint = nearest(name, namedFields(record).map((one) => one.name));
  return fail('unknown-name', `${record.id} has no field ${name}${hint === null ? '' : `; did you mean ${record.id}.${hint}?`}`);
}

const ownersOf = (field: string): readonly RecordDef[] =>
  [...RECORDS.values()].filter((record) => namedFields(record).some((one) => one.name.toLowerCase() === field.toLowerCase()));

/** A field's name alone: its description when one record has it, else which records do. */
function loneField(name: string): Result<Description> | null {
  const owners = ownersOf(name);
  if (owners.length === 1) return fieldIn(owners[0]!, name);
  if (owners.length === 0) return null;
  const full = owners.slice(0, 6).map((record) => `${record.id}.${namedFields(record).find((one) => one.name.toLowerCase() === name)!.name}`);
  return fail('ambiguous-name', `${owners.length} records have a field ${name}: ${full.join(', ')}${owners.length > 6 ? ', ...' : ''}`);
}

/** What an unknown name may have been meant as. */
function suggestion(name: string): string | null {
  const [owner, field] = name.split('.') as [string, string | undefined];
  if (field === undefined) {
    const fields = [...RECORDS.values()].flatMap((record) => namedFields(record).map((one) => one.name));
    return nearest(name, [...RECORDS.keys(), ...fields, 'choices', 'misuse', ...MISUSES.map((one) => one.id)]);
  }
  const record = nearest(owner, ownersOf(field).map((one) => one.id));
  return record === null ? nearest(name, [...RULES, ...CHOICES].map((one) => one.id)) ?? nearest(owner, RECORDS.keys()) : `${record}.${field}`;
}

function unknown(name: string): Result<Description> {
  const hint = suggestion(name);
  return fail('unknown-name', `no record, register, command, event, field, rule or choice is called ${name}${hint === null ? '' : `; did you mean ${hint}?`}`);
}

/**
 * Describes a record (`ste`), a field (`ste.S2VMID`), a register, a command (with or without `CMD_`), an event, a rule or a choice, in
 * any case; where a field and a rule share a name, the field, whose description lists the rule.
 */
export function describe(name: string): Result<Description> {
  const wanted = fold(name);
  if (wanted === '') return fail('unknown-name', 'expected the name of a record, register, command, event, field or rule');
  const record = records.get(wanted);
  if (record !== undefined) return ok(recordDescription(record));
  const group = GROUPS.find((one) => fold(one.id) === wanted);
  if (group !== undefined) return ok(groupDescription(group));
  if (wanted === 'misuse') return ok(misusesDescription());
  const misuse = MISUSES.find((one) => one.id === wanted);
  if (misuse !== undefined) return ok(misuseDescription(misuse));
  if (wanted === 'choices') return ok(choicesDescription());
  const choice = CHOICES.find((one) => fold(one.id) === wanted);
  if (choice !== undefined) return ok(choiceDescription(choice));
  const rule = RULES.find((one) => one.id === wanted && one.id !== 'none');
  const dot = wanted.indexOf('.');
  const owner = dot < 0 ? undefined : records.get(wanted.slice(0, dot));
  const field = owner === undefined ? loneField(wanted) : fieldIn(owner, name.trim().slice(name.trim().indexOf('.') + 1));
  if (field !== null && (field.ok || rule === undefined)) return field;
  return rule === undefined ? unknown(name.trim()) : ok(ruleDescription(rule));
}
