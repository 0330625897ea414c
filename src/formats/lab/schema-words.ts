/** What a JSON Schema takes, in words. */
/** As much of a JSON Schema as is told of. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
}

/** More names than this are counted, not listed. */
export const FEW = 14;

/** Above this a limit is that of a machine's word and goes without saying. */
const LARGE = 2 ** 32;

const words = (values: readonly unknown[]): string =>
  values.length <= FEW ? values.map(String).join(', ') : `${values.slice(0, 4).map(String).join(', ')}, ... (${values.length} names)`;

/** What a value looks like: its words, its limits, its keys. */
function formOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum[0] === true ? (schema.enum[1] === false ? 'true or false' : 'true, or nothing') : words(schema.enum);
  if (schema.const !== undefined) return String(schema.const);
  if (schema.maximum !== undefined) return schema.maximum >= LARGE ? '' : `${schema.minimum ?? 0} to ${schema.maximum > 0xffff ? `0x${schema.maximum.toString(16)}` : schema.maximum}`;
  if (schema.properties !== undefined) return Object.keys(schema.properties).length > FEW ? 'a map of fields' : `a map of ${Object.keys(schema.properties).join(', ')}`;
  if (schema.items !== undefined) return formOf(schema.items) === '' ? 'a list' : `a list: ${formOf(schema.items)}`;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(formOf).filter((form) => form !== ''))].join(', or ');
  return '';
}

/** What a key is, and what it takes. */
export function whatOf(schema: Schema): string {
  const { description = '' } = schema;
  const form = formOf(schema);
  return description === '' || form === '' || description === form ? `${description}${description === '' ? form : ''}` : `${description} (${form})`;
}

/** A default as the document writes it; null: none, or nothing that a line could hold. */
export function fallbackOf({ default: value }: Schema): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? null : String(value);
}
