/** What a register is, for the record panel: its fields with what they hold after a reset, where the architecture says that. */
import type { RegisterDef } from '../../../model/spec/index.ts';
import type { Inspection } from '../../services/inspection.ts';

export function registerRecord(register: RegisterDef): Inspection {
  const { id, title, offset, access, reset, section, bits, fields, doc } = register;
  const value = typeof reset === 'number' ? BigInt(reset) : null;
  const held = value === null ? `${reset === 'constant' ? 'Fixed by the implementation' : `${reset} after a reset`}` : 'Its value after a reset';
  return {
    origin: 'palette',
    key: `register ${id}`,
    title: `${id}, ${title}`,
    note: `${doc} Offset 0x${offset.toString(16)}, ${bits} bits, ${access}. ${held}.`,
    section,
    words: value === null ? [] : [value.toString(16).padStart(16, '0')],
    fields: fields.map(({ name, hi, lo, doc: what, section: where }) => {
      const own = ((value ?? 0n) >> BigInt(lo)) & ((1n << BigInt(hi - lo + 1)) - 1n);
      return { name, bits: [hi, lo] as [number, number], value: value === null ? '' : own.toString(), raw: `0x${own.toString(16)}`, doc: what, section: where };
    }),
  };
}
