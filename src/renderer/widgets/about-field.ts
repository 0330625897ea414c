/** All that the one table says of a field, as text: its bits, values, when it is used, reset and access of its register, rules, section. */
import { describe, REGISTERS } from '../../model/spec/index.ts';
import type { Field } from '../../protocol/contract.ts';
import { bitRange } from './bit-layout.ts';

export function aboutField({ name, bits, value, raw, doc, section, about, ignored }: Field): string {
  const now = `${name} ${bitRange(bits)} = ${value}${raw === value ? '' : ` (${raw})`}`;
  const why = ignored === undefined ? [] : [`Ignored because ${ignored}.`];
  const described = about === undefined ? null : describe(about);
  if (described === null || !described.ok) return [now, ...why, doc, ...(section === '' ? [] : [`IHI 0070 ${section}`])].join('\n');
  return [now, ...why, described.value.text, ...registerLines(about!)].join('\n');
}

/** A register's access and reset value are those of each of its fields. */
function registerLines(about: string): string[] {
  const register = REGISTERS.get(about.slice(0, about.indexOf('.')));
  if (register === undefined) return [];
  const { access, reset } = register;
  return ['', `  access of the register: ${access}`, `  reset value: ${typeof reset === 'number' ? `0x${reset.toString(16)}` : reset}`];
}
