import { assert } from '../../base/assert.ts';
import { accessor, fieldOf } from '../../spec/layout.ts';
import type { FieldDef, RegisterDef } from '../../spec/layout.ts';
import { REGISTERS } from '../../spec/registers.ts';

/** The register with this name. */
export function registerOf(name: string): RegisterDef {
  const register = REGISTERS.get(name);
  assert(register !== undefined, `there is no register ${name}`);
  return register;
}

/** Where a register's first word is in an image of pages 0 and 1. */
export const wordOf = (name: string): number => registerOf(name).offset >>> 2;

/** The bits of `field` in 32-bit word `half` of its register, as a signed mask. */
export function maskIn(field: FieldDef, half: number): number {
  const lo = Math.max(field.lo - half * 32, 0);
  const hi = Math.min(field.hi - half * 32, 31);
  return hi < lo ? 0 : (-1 >>> (31 - hi + lo)) << lo;
}

/** The mask of one field in the low word of its register, or of another word. */
export function fieldMask(name: string, field: string, half = 0): number {
  const found = fieldOf(registerOf(name), field);
  assert(found !== undefined, `${name} has no field ${field}`);
  return maskIn(found, half);
}

/** Reads one field out of an image of the registers. */
export function registerField(name: string, field: string): (words: Int32Array) => number {
  const register = registerOf(name);
  const read = accessor(register, field);
  const at = register.offset >>> 2;
  return (words) => read(words, at);
}
