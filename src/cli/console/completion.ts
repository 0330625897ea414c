/** What a word of a console line could become: control words and verbs first, then the keys of the verb. */
import type { LabKind } from '../../formats/lab/verb-reference.ts';
import { verbNames, verbReference } from '../../formats/lab/verb-reference.ts';
import type { LabData } from '../../model/lab/index.ts';
import { COMMANDS } from '../../model/spec/index.ts';
import { CONTROLS } from './controls.ts';

const NAMED: Readonly<Record<string, 'devices' | 'vms'>> = { device: 'devices', vm: 'vms' };

function candidates(verb: string, kind: LabKind, { host, stack }: LabData, word: string): readonly string[] {
  if (verb === 'help') return [...verbNames(kind), ...Object.keys(CONTROLS)];
  const { devices, vms } = stack?.data ?? host;
  const key = /^(\w+)=/.exec(word)?.[1];
  if (key !== undefined) return (NAMED[key] === 'devices' ? devices : NAMED[key] === 'vms' ? vms : []).map(({ name }) => `${key}=${name}`);
  const keys = (verbReference(kind, verb)?.keys ?? []).flatMap(({ name }) => (name === 'CMD_...' ? [] : verb === 'inspect' && name !== 'expect' ? [`${name} `] : [`${name}=`]));
  return verb === 'command' ? [...keys, ...COMMANDS.cases.map(({ id }) => `${id} `)] : keys;
}

/** The completions of the last word of a line, and that word. */
export function completions(line: string, kind: LabKind, data: LabData): readonly [readonly string[], string] {
  const [, before = '', word = ''] = /^(.*?)(\S*)$/.exec(line)!;
  const verb = before.trim().split(/\s+/)[0] ?? '';
  const all = verb === '' ? [...Object.keys(CONTROLS), ...verbNames(kind)].map((name) => `${name} `) : candidates(verb, kind, data, word);
  return [all.filter((one) => one.startsWith(word)), word];
}
