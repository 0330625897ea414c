/** What a live QEMU answered, as glyphs, words and text. */
import type { LiveAnswer, LiveComparison, LiveTransaction, LiveVerdict } from '../../../protocol/contract.ts';
import { DEVIATIONS } from '../../../model/spec/index.ts';
import { counted } from '../../widgets/counted.ts';
import { fieldLines } from './report-text.ts';
import type { FieldLine } from './report-text.ts';

/** Never by colour alone. */
export const VERDICT_LOOKS: Readonly<Record<LiveVerdict, { readonly glyph: string; readonly word: string }>> = {
  equal: { glyph: '=', word: 'equal' },
  explained: { glyph: '≠', word: 'explained' },
  finding: { glyph: '!', word: 'finding' },
};

export const liveSummary = ({ qemu, counts: { equal, explained, finding } }: LiveComparison): string =>
  `QEMU ${qemu}: ${counted(equal + explained + finding, 'transaction')}, ${equal} equal, ${explained} explained, ${counted(finding, 'finding')}.`;

/** The deviations that explain it, as the table of the profile has them. */
export const reasonsOf = ({ because }: LiveTransaction): readonly (typeof DEVIATIONS)[number][] => DEVIATIONS.filter(({ id }) => because.includes(id));

/** `fault, F_TRANSLATION`. */
export const answerText = ({ status, pa, events }: LiveAnswer): string => [status, ...(pa === null ? [] : [pa]), ...events.map(({ name }) => name)].join(', ');

const named = ({ status, pa, events, data }: LiveAnswer): { readonly name: string; readonly fields: Record<string, string> } => ({
  name: status,
  fields: Object.fromEntries([
    ...(pa === null ? [] : [['address', pa]]),
    ...(data === null ? [] : [['data', data]]),
    ...events.flatMap(({ name, fields, raw }, at) => {
      const event = eventName(events.length, at);
      return [[event, name], ...[...Object.entries(fields), ...dwordsOf(raw)].map(([field, value]) => [`${event} ${field}`, value])];
    }),
  ]) as Record<string, string>,
});

/** Bits that no field names tell answers apart, too. */
const dwordsOf = (raw: string): (readonly [string, string])[] => (raw.match(/.{16}/g) ?? []).map((bytes, at) => [`dword ${at}`, `0x${(bytes.match(/../g) ?? []).reverse().join('')}`]);

const eventName = (of: number, at: number): string => (of === 1 ? 'event' : `event ${at + 1}`);

/** Status, address, data and events of both, what differs first. */
export const answerLines = ({ here, qemu }: LiveTransaction): readonly FieldLine[] => fieldLines({ a: named(here), b: named(qemu) });

/** The whole report, to be pasted into a mail. */
export function liveText(report: LiveComparison): string {
  const parted = report.transactions.filter(({ verdict }) => verdict !== 'equal').flatMap((one) => [
    `step ${one.step} ${one.access}: ${VERDICT_LOOKS[one.verdict].word}`,
    `  here  ${answerText(one.here)}`,
    `  QEMU  ${answerText(one.qemu)}`,
    ...answerLines(one).filter(({ mark }) => mark !== 'same').map(({ name, a, b }) => `        ${name}: here ${a ?? 'none'}, QEMU ${b ?? 'none'}`),
    ...reasonsOf(one).map(({ id, section, doc }) => `  why   ${id} (${section}): ${doc}`),
  ]);
  return [...parted, ...report.untried.map(({ step, why }) => `step ${step} was not tried: ${why}`), liveSummary(report), ''].join('\n');
}
