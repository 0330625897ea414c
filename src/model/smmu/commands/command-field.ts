import { assert } from '../../base/assert.ts';
import { COMMANDS } from '../../spec/commands.ts';
import { accessor, fieldOf } from '../../spec/layout.ts';
import type { CaseDef, Words } from '../../spec/layout.ts';

type Reader = (words: Words, at: number) => number;

/** The record of a command by its name. */
export function commandRecord(name: string): CaseDef {
  const record = COMMANDS.byName.get(name);
  assert(record !== undefined, `there is no command ${name}`);
  return record;
}

/** Reads a field of a command. */
export const commandField = (name: string, field: string): Reader => accessor(commandRecord(name), field);

/** Reads a field that not every command of a family has: 0 for those without it. */
export const optionalField = (record: CaseDef, field: string): Reader =>
  fieldOf(record, field) === undefined ? () => 0 : accessor(record, field);
