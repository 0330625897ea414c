/** A command as people write it: `CMD_TLBI_NH_VA VMID=1 ASID=5 Address=0x10000000 Leaf=1`, or its two words in hex. */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { caseOf, checkValues, COMMANDS, encode, isNamed, nearest } from '../../model/spec/index.ts';
import type { CaseDef } from '../../model/spec/index.ts';
import { toWords32 } from './decoded.ts';
import { parseWords } from './parse-words.ts';

export interface ParsedCommand {
  readonly record: CaseDef;
  /** Four words, as in a command queue. */
  readonly words: Int32Array;
}

const COMMAND_WORDS = 2;
const NUMBER = /^(?:0x[0-9a-f]+|\d+)$/i;
/** 4.3.2: every stream is the range of all. */
const ALL = { name: 'CMD_CFGI_ALL', record: 'CMD_CFGI_STE_RANGE', values: { Range: 31n } } as const;

function ofWords(text: string): Result<ParsedCommand> {
  const parsed = parseWords(text);
  if (!parsed.ok) return parsed;
  if (parsed.value.length !== COMMAND_WORDS) return fail('bad-command', `a command has 2 words of 64 bits, not ${parsed.value.length}`);
  const words = toWords32(parsed.value);
  const record = caseOf(COMMANDS, words, 0);
  return record === null ? fail('bad-command', `0x${(words[0]! & 0xff).toString(16)} is no opcode of a command`) : ok({ record, words: new Int32Array(words.buffer, 0, 4) });
}

function recordOf(word: string): Result<CaseDef> {
  const name = word.toUpperCase();
  const record = COMMANDS.byName.get(name) ?? COMMANDS.byName.get(`CMD_${name}`);
  if (record !== undefined) return ok(record);
  const hint = nearest(name.startsWith('CMD_') ? name : `CMD_${name}`, COMMANDS.byName.keys());
  return fail('bad-command', `there is no command ${word}${hint === null ? '' : `; did you mean ${hint}?`}`);
}

/** Fields by their names, whatever their case. */
function valuesOf(record: CaseDef, tokens: readonly string[]): Result<Record<string, bigint>> {
  const values: Record<string, bigint> = {};
  for (let at = 0; at < tokens.length; at += 2) {
    const [name, value] = [tokens[at]!, tokens[at + 1]];
    if (value === undefined || !NUMBER.test(value)) return fail('bad-command', `${name}: expected a number, such as ${name}=0x10${value === undefined ? '' : `, not "${value}"`}`);
    const field = record.fields.filter(isNamed).find((one) => one.name.toLowerCase() === name.toLowerCase());
    values[field?.name ?? name] = BigInt(value);
  }
  return ok(values);
}

/** Fields that are not given are 0. */
export function parseCommand(text: string): Result<ParsedCommand> {
  const [first, ...tokens] = text.trim().split(/[\s,=:]+/).filter((token) => token !== '');
  if (first === undefined) return fail('bad-command', 'expected a command, such as CMD_TLBI_NH_ASID VMID=1 ASID=5');
  if (/^(?:0x)?[0-9a-f]{16}$/i.test(first)) return ofWords(text);
  const isAll = [ALL.name, 'CFGI_ALL'].includes(first.toUpperCase());
  const record = recordOf(isAll ? ALL.record : first);
  if (!record.ok) return record;
  const values = valuesOf(record.value, tokens);
  if (!values.ok) return values;
  const checked = checkValues(record.value, isAll ? { ...ALL.values, ...values.value } : values.value);
  if (!checked.ok) return checked;
  const words = new Uint32Array(4);
  encode(record.value, checked.value, words, 0);
  return ok({ record: record.value, words: new Int32Array(words.buffer) });
}
