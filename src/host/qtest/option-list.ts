import type { Result } from '../../model/base/result.ts';
import { fail, ok } from '../../model/base/result.ts';

/** An option's value as QEMU writes it: `first,key=value,flag`, where `,,` is a comma. */
export interface OptionList {
  /** What stands first without `=`, for instance the model of `-device`. */
  readonly first: string | undefined;
  /** A key without `=` has the value `on`. */
  readonly values: ReadonlyMap<string, string>;
}

export function parseOptionList(text: string): OptionList {
  const parts = (text.match(/(?:[^,]|,,)+/g) ?? []).map((part) => part.replaceAll(',,', ','));
  const first = parts[0]?.includes('=') === false ? parts.shift() : undefined;
  const values = parts.map((part): [string, string] => {
    const equals = part.indexOf('=');
    return equals < 0 ? [part, 'on'] : [part.slice(0, equals), part.slice(equals + 1)];
  });
  return { first, values: new Map(values) };
}

/** An unsigned 64-bit integer in C's notation: 0x hexadecimal, 0 octal, else decimal. Null: it is none. */
export function parseInteger(text: string): bigint | null {
  const value =
    /^0x[0-9a-f]+$/i.test(text) || /^(0|[1-9][0-9]*)$/.test(text) ? BigInt(text) : /^0[0-7]+$/.test(text) ? BigInt(`0o${text}`) : null;
  return value !== null && value < 1n << 64n ? value : null;
}

const UNITS: Readonly<Record<string, bigint>> = { B: 1n, K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n };

/** A size with an optional unit (`512`, `1G`); without one it is in mebibytes. In bytes. */
export function parseSize(text: string): Result<bigint> {
  const match = /^([1-9][0-9]*)([BKMGT]?)$/i.exec(text);
  const unit = match?.[2]?.toUpperCase() || 'M';
  if (match === null) return fail('bad-size', `"${text}" is no size (expected for instance 512, 512M or 1G)`);
  return ok(BigInt(match[1]!) * UNITS[unit]!);
}

/** `slot` or `slot.function`, both hexadecimal, as slot << 3 | function. */
export function parseDevfn(text: string): Result<number> {
  const match = /^(?:0x)?([0-9a-f]{1,2})(?:\.([0-7]))?$/i.exec(text);
  const slot = Number.parseInt(match?.[1] ?? '', 16);
  if (!(slot < 32))
    return fail('bad-address', `addr=${text}: expected a slot from 0 to 1f and a function from 0 to 7, for instance addr=2 or addr=1f.7`);
  return ok((slot << 3) | Number(match?.[2] ?? 0));
}
