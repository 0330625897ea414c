import type { DecodedField, DecodedRecord } from './decoded.ts';

/** Decoded records as text for people. */

const columns = (fields: readonly DecodedField[]): [number, number] => [
  Math.max(0, ...fields.map((field) => field.name.length)),
  Math.max(0, ...fields.map((field) => field.value.length)),
];

/** Facts of a text have no place among bits. */
function fieldLines(fields: readonly DecodedField[], inWords: boolean): string[] {
  const [names, values] = columns(fields);
  return fields.map(({ name, value, bits: [hi, lo], doc }) => {
    const place = inWords ? `  ${`[${hi === lo ? hi : `${hi}:${lo}`}]`.padEnd(9)}` : '';
    return `  ${name.padEnd(names)}  ${value.padEnd(values)}${place}  ${doc}`.trimEnd();
  });
}

/** A record with its words, fields and notes. */
export function recordText(record: DecodedRecord): string {
  const { kind, type, section, words, fields, line, notes = [], cause, remedy } = record;
  const where = line === undefined ? '' : `line ${line}: `;
  const said = [...(cause === undefined ? [] : [`  cause: ${cause}`]), ...(remedy === undefined ? [] : [`  helps: ${remedy}`])];
  const cited = section === '' ? '' : ` (IHI 0070 ${section})`;
  if (kind === 'message') return [`${where}${type}${cited}: ${notes.join('; ')}`, ...said, ''].join('\n');
  return [`${where}${kind} ${type}${cited}`, ...said, ...(words.length === 0 ? [] : [`  ${words.join(' ')}`]), ...fieldLines(fields, words.length > 0), ...notes.map((note) => `  note: ${note}`), ''].join('\n');
}

/** A record as one JSON object: kind, type and words, then its fields under the architecture's names. */
export function recordJson({ kind, type, words, fields, line, notes, cause, remedy }: DecodedRecord): Record<string, unknown> {
  return {
    kind,
    type,
    words,
    ...(line === undefined ? {} : { line }),
    ...(notes === undefined ? {} : { notes }),
    ...(cause === undefined ? {} : { cause }),
    ...(remedy === undefined ? {} : { remedy }),
    ...Object.fromEntries(fields.map((field) => [field.name, field.json])),
  };
}
