/** Compares what a step brought about with what it was expected to. */
import { hex, hexBytes } from '../../base/address.ts';
import { errnoText } from '../../stack/errno.ts';
import { differ } from '../verbs/verb.ts';
import type { Effects, RecordExpectation } from './data.ts';
import type { StackDone } from './verb.ts';
import type { Seen, Watched } from './watch.ts';

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

function compareRecords(what: string, wanted: readonly RecordExpectation[] | undefined, got: readonly Seen[]): readonly string[] {
  if (wanted === undefined) return [];
  const names = differ(what, list(wanted.map(({ name }) => name)), list(got.map(({ name }) => name)));
  if (names.length > 0) return names;
  return wanted.flatMap(({ name, fields }, i) =>
    Object.entries(fields).flatMap(([field, value]) => differ(`${what}[${i}] ${name}.${field}`, hex(value), hex(BigInt(got[i]!.fields[field] ?? 0)))),
  );
}

function compareTexts(what: string, wanted: readonly string[] | undefined, got: readonly string[]): readonly string[] {
  if (wanted === undefined) return [];
  if (wanted.length === 0) return got.length === 0 ? [] : [`${what}: expected nothing, got ${JSON.stringify(got[0])}`];
  return wanted.filter((text) => !got.some((line) => line.includes(text))).map((text) => `${what}: expected ${JSON.stringify(text)}, got ${got.length === 0 ? 'nothing' : JSON.stringify(got.slice(0, 3))}`);
}

function compareErrno(wanted: string | undefined, got: number | undefined): readonly string[] {
  if (wanted === undefined) return [];
  const answer = got === undefined ? 'no call' : errnoText(got).replace(/^-/, '').replace(/ .*/, '');
  return differ('errno', wanted, answer);
}

function compareShown({ fields, words, bytes }: Effects, done: StackDone): readonly string[] {
  return [
    ...Object.entries(fields ?? {}).flatMap(([name, value]) => differ(name, hex(value), done.fields?.[name] === undefined ? 'none' : hex(done.fields[name]))),
    ...(words ?? []).flatMap((word, i) => differ(`word ${i}`, hex(word), hex(done.words?.[i] ?? 0n))),
    ...(bytes === undefined ? [] : differ('bytes', hexBytes(bytes), hexBytes((done.bytes ?? new Uint8Array()).subarray(0, bytes.length)))),
  ];
}

/** What differs; empty: all as expected. */
export function compareEffects(expect: Effects, done: StackDone, watched: Watched, vm: string | null): readonly string[] {
  const guestEvents = vm === null ? [...watched.guestEvents.values()].flat() : (watched.guestEvents.get(vm) ?? []);
  const drops = watched.hops.flatMap(({ dropped }) => (dropped === undefined ? [] : [dropped]));
  return [
    ...compareErrno(expect.errno, done.errno),
    ...compareShown(expect, done),
    ...compareRecords('commands', expect.commands, watched.commands),
    ...compareRecords('hostEvents', expect.hostEvents, watched.hostEvents),
    ...compareRecords('guestEvents', expect.guestEvents, guestEvents),
    ...compareTexts('hostLog', expect.hostLog, watched.hostLog),
    ...compareTexts('guestLog', expect.guestLog, watched.guestLog),
    ...compareTexts('dropped', expect.dropped, drops),
  ];
}
