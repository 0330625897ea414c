/** Fields of a record that was text: names and values, without a place among bits. */
import { hex } from '../../model/base/address.ts';
import type { DecodedField } from './decoded.ts';

const show = (value: number): string => (value > 9 || value < 0 ? (value < 0 ? String(value) : hex(value)) : String(value));

/** An address is a bigint; a count or an identifier is a number; a name is a string. */
export function fact(name: string, value: bigint | number | string, doc = ''): DecodedField {
  const number = typeof value === 'string' ? null : value;
  return {
    name,
    bits: [0, 0],
    value: typeof value === 'string' ? value : typeof value === 'bigint' ? hex(value) : show(value),
    raw: number === null || number < 0 ? '0x0' : hex(number),
    json: typeof value === 'bigint' ? hex(value) : value,
    doc,
    section: '',
  };
}
