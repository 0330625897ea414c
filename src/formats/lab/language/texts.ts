/** What is said of a key or a value of a document: Markdown, from the one table and the registry of verbs. */
import { describe, fieldOf, fieldWidth, RECORDS } from '../../../model/spec/index.ts';
import type { Description } from '../../../model/spec/index.ts';
import { FIELD } from '../names.ts';
import { fallbackOf, whatOf } from '../schema-words.ts';
import { verbReference } from '../verb-reference.ts';
import type { LabKind } from '../verb-reference.ts';
import type { Marked } from './schema-at.ts';

/** So many rules or values of a field are told. */
const FEW = 8;

const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>|]/g, '\\$&');

const code = (text: string): string => `\`${text}\``;

/** The word of a record that a field lies in, bit 63 to bit 0, with the field's bits drawn. */
function bitBar(hi: number, lo: number, bits: number): string {
  const width = Math.min(bits, 64);
  const first = lo - (lo % width);
  const marks = Array.from({ length: width }, (_, i) => (first + width - 1 - i <= hi && first + width - 1 - i >= lo ? '#' : '.'));
  const groups = Array.from({ length: width / 8 }, (_, i) => marks.slice(i * 8, i * 8 + 8).join(''));
  return `${first + width - 1} ${groups.join(' ')} ${first}`;
}

function listed(lines: readonly string[]): string {
  const more = lines.length > FEW ? [`- and ${lines.length - FEW} more`] : [];
  return [...lines.slice(0, FEW), ...more].join('\n');
}

const factLines = ({ facts }: Description): string[] => Object.entries(facts).map(([name, value]) => `- ${name}: ${escaped(value)}`);

/** A field of the one table: its bits, what its values are called, reset and access of its register, rules and section. */
export function fieldText(full: string): string | null {
  const [id = '', name = ''] = full.split('.');
  const record = RECORDS.get(id);
  const field = record === undefined ? undefined : fieldOf(record, name);
  const described = describe(full);
  if (record === undefined || field === undefined || !described.ok) return null;
  const { section, doc, rules } = described.value;
  const values = Object.entries(field.values ?? {}).map(([value, [label, text]]) => `- ${code(label)} = ${value}: ${escaped(text)}`);
  const register = describe(id);
  const reset = register.ok && register.value.kind === 'register' ? ['reset', 'access'].flatMap((fact) => (register.value.facts[fact] === undefined ? [] : [`- ${fact} of SMMU\\_${id}: ${register.value.facts[fact]}`])) : [];
  return [
    `**${escaped(full)}** ${field.hi === field.lo ? `bit ${field.hi}` : `bits ${field.hi}:${field.lo}`}${fieldWidth(field) > 1 ? `, ${fieldWidth(field)} wide` : ''}`,
    `\`\`\`text\n${bitBar(field.hi, field.lo, record.bytes * 8)}\n\`\`\``,
    escaped(doc),
    [...factLines(described.value).slice(1), ...reset].join('\n'),
    listed(values),
    listed(rules.map((rule) => `- ${code(rule.id)} (${rule.section}): ${escaped(rule.doc)}`)),
    `IHI 0070 ${escaped(section)}`,
  ].filter((part) => part !== '').join('\n\n');
}

const known = new Map<string, Description | null>();

/** The one table by name: only what is written as it writes it. */
function described(name: string): Description | null {
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = describe(name);
  const description = found.ok && found.value.name === name ? found.value : null;
  if (description !== null) known.set(name, description);
  return description;
}

/** A command, an event, a register, a rule, a choice: whatever the one table knows by this name. */
export function nameText(name: string, kinds: readonly Description['kind'][]): string | null {
  const description = described(name);
  if (description === null || !kinds.includes(description.kind)) return null;
  const { title, section, doc, fields } = description;
  const shown = fields.filter((field) => field.kind !== 'res0' && field.kind !== 'impdef').map((field) => `- ${code(field.name)} [${field.hi}:${field.lo}]: ${escaped(field.doc)}`);
  return [`**${escaped(name)}** ${escaped(title)}`, escaped(doc), factLines(description).join('\n'), listed(shown), `IHI 0070 ${escaped(section)}`].filter((part) => part !== '').join('\n\n');
}

/** A verb with what it takes. */
export function verbText(kind: LabKind, verb: string): string | null {
  const reference = verbReference(kind, verb);
  if (reference === null) return null;
  const keys = reference.keys.map(({ name, what, required, fallback }) => `- ${code(name)} ${escaped(what)}${required ? ' (required)' : fallback === null ? '' : `; without it ${code(fallback)}`}`);
  return [`**${escaped(verb)}** ${escaped(reference.doc)}`, keys.join('\n')].filter((part) => part !== '').join('\n\n');
}

/** Any other key: what it is, what it takes, what stands for it. */
export function keyText(key: string, schemas: readonly Marked[], required: boolean): string | null {
  const field = schemas.find((schema) => schema[FIELD] !== undefined)?.[FIELD];
  const known = field === undefined ? null : fieldText(field);
  if (known !== null) return known;
  const schema = schemas.length === 1 ? schemas[0]! : { ...(schemas[0]?.description === undefined ? {} : { description: schemas[0].description }), anyOf: schemas.map(({ description: _, ...rest }) => rest) };
  const what = whatOf(schema);
  const fallback = schemas.map(fallbackOf).find((one) => one !== null) ?? null;
  const more = required ? 'Required.' : fallback === null ? '' : `Without it ${code(fallback)}.`;
  return what === '' ? null : [`**${escaped(key)}** ${escaped(what)}`, more].filter((part) => part !== '').join('\n\n');
}
