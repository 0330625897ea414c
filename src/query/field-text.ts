/** The value of a field as a cell shows it: a name where it has one, else a number as `0x...`. For the edge: it allocates. */
import type { Field } from './field.ts';
import { readField } from './predicate.ts';
import type { Element } from './predicate.ts';

/** Null where the row does not have the field. */
export function fieldText(field: Field, element: Element): string | null {
  const stored = readField(field, element);
  if (stored === null) return null;
  const value = field.exponent ? 1n << stored : stored;
  if (field.type === 'enum') for (const [name, values] of field.values) if (values.includes(Number(stored))) return name;
  return `0x${value.toString(16)}`;
}
