// No information by colour alone: what a state's colour tells, a glyph, a word or a shape tells too.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as status from './status.ts';
import type { Look } from './status.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('looks', () => {
  const tables = Object.entries(status).filter(([name]) => name.endsWith('_LOOKS')) as [string, Record<string, Look>][];
  it.each(tables)('%s: another colour is another glyph', (_, looks) => {
    const all = Object.entries(looks);
    for (const [state, look] of all) {
      for (const [other, { icon, ink }] of all) expect([state, other, look.ink === ink || look.icon !== icon]).toEqual([state, other, true]);
    }
  });
});

/** Colours that tell a state. */
const TELLING = /var\(--(?:ok|fault|warning|iova|ipa|pa|selected|marked|fault-surface|ok-surface)\)/;
const COLOURING = /^(?:color|background|background-color|border(?:-\w+)?-color|fill|stroke|text-decoration-color)$/;
/** What is seen of a rule without its colours. */
const SHAPING = /^(?:box-shadow|border|border-(?:left|right|top|bottom|block)|border-style|text-decoration|font-weight|outline|content|cursor)$/;

interface Rule {
  readonly selector: string;
  readonly declarations: readonly (readonly [property: string, value: string])[];
}

/** The rules of a style sheet, also those inside of at-rules; forced colours are the system's. */
function rulesOf(css: string): Rule[] {
  const text = css.replace(/\/\*[\s\S]*?\*\//g, '');
  const rules: Rule[] = [];
  for (let at = 0; ;) {
    const open = text.indexOf('{', at);
    if (open < 0) return rules;
    const selector = text.slice(at, open).replace(/\s+/g, ' ').trim();
    let [close, depth] = [open, 1];
    while (depth > 0) depth += { '{': 1, '}': -1 }[text[++close] ?? '}'] ?? 0;
    const body = text.slice(open + 1, close);
    if (selector.startsWith('@')) rules.push(...(/keyframes|forced-colors/.test(selector) ? [] : rulesOf(body)));
    else rules.push({ selector, declarations: body.split(';').filter((one) => one.includes(':')).map((one) => [one.slice(0, one.indexOf(':')).trim(), one.slice(one.indexOf(':') + 1).trim()] as const) });
    at = close + 1;
  }
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)).filter((name) => /\.(?:vue|css)$/.test(name));
const stylesOf = (file: string, text: string): string => (file.endsWith('.css') ? text : [...text.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, css]) => css).join('\n'));
const templateOf = (text: string): string => text.slice(0, text.indexOf('<style'));
const sources = new Map(files.map((file) => [relative(root, file).replaceAll('\\', '/'), readFileSync(file, 'utf8')]));

/** The selectors of a file that give a state its colour and no shape; where the pointer or the focus is, is no state. */
function shapeless(file: string, text: string): string[] {
  const rules = rulesOf(stylesOf(file, text)).flatMap(({ selector, declarations }) => selector.split(/,\s*(?![^(]*\))/).map((one) => ({ selector: one, declarations })));
  const ofColour = rules.filter(({ selector, declarations }) => !/:(?:hover|focus)/.test(selector) && declarations.some(([property, value]) => COLOURING.test(property) && TELLING.test(value)));
  const hasShape = (wanted: string): boolean => rules.some(({ selector, declarations }) => selector === wanted && declarations.some(([property, value]) => SHAPING.test(property) && value !== 'none' && value !== '0'));
  return ofColour.filter(({ selector }) => !hasShape(selector)).map(({ selector }) => `${file} ${selector}`);
}
const coloured = [...new Set([...sources].flatMap(([file, text]) => shapeless(file, text)))];

/** What tells the state of each, where its component draws it. */
const TOLD: Readonly<Record<string, RegExp>> = {
  'app/StatusBar.vue .alarm': /IconGlyph :name="state\.expectations\.failed > 0 \? 'cross' : 'check'"/,
  'app/StatusBar.vue .bar > .stopped': /class="stopped"[^>]*><IconGlyph name="stop"/,
  'app/StatusBar.vue .warned': /class="warned"><IconGlyph name="warning"/,
  'app/address/AddressMenu.vue .iova': /:class="only\?\.space">\{\{ title \}\}/,
  'app/address/AddressMenu.vue .ipa': /:class="only\?\.space">\{\{ title \}\}/,
  'app/address/AddressMenu.vue .pa': /:class="only\?\.space">\{\{ title \}\}/,
  'features/bookmarks/BookmarksPanel.vue .notice': /class="notice"><IconGlyph name="warning"/,
  'features/breakpoints/BreakpointsPanel.vue .here': /class="here"><IconGlyph name="stop"/,
  'features/caches/caches-panel.css .list :deep(.stale)': /StatusMark :look="lookOf\(row\)"/,
  'features/editors/CodeEditor.vue .code :deep(.step-next)': /'step-next-arrow'/,
  'features/editors/CodeEditor.vue .code :deep(.step-selected)': /linesDecorationsClassName: `\$\{className\}-bar`/,
  'features/editors/EditorsPanel.vue .stale': /class="stale">The results on screen/,
  'features/editors/ProblemList.vue .error': /IconGlyph :name="ICONS\[line\.kind\]"/,
  'features/editors/ProblemList.vue .failed': /IconGlyph :name="ICONS\[line\.kind\]"/,
  'features/editors/ProblemList.vue .stale': /IconGlyph :name="ICONS\[line\.kind\]"/,
  'features/editors/ProblemList.vue .warning': /IconGlyph :name="ICONS\[line\.kind\]"/,
  'features/events/QueueStrip.vue .bar > .full': /queue\.entries \}\} of \{\{ size/,
  'features/events/QueueStrip.vue .overflow': /v-if="queue\.overflow" name="warning"/,
  'features/gallery/GalleryDialog.vue .warn': /class="warn"><IconGlyph name="warning"/,
  'features/path/HopDetails.vue .lost': /<dt>Dropped<\/dt>/,
  'features/path/LaneMark.vue .stop': /v-if="stopped" :d="`M\$\{x - 4\} 8l8 8m0 -8l-8 8`"/,
  'features/path/PathPanel.vue .list :deep(.fault)': /<LaneMark :row="row"/,
  'features/path/PathPanel.vue .lost': /class="lost" :title="row\.dropped">dropped/,
  'features/queues/QueuesPanel.vue .list :deep(.lost)': /StatusMark :look="lookOf\(row\.middle\)"/,
  'features/queues/RingCard.vue .lost': /LOST_EVENTS/,
  'features/queues/RingCard.vue .waiting.full': /ring\.waiting \}\} waiting/,
  'features/queues/RingCard.vue .wrong': /v-if="wrong" :d="`M\$\{wrong\.x - 4\}/,
  'features/recording/RecordingPanel.vue .alarm': /there was no room for them in time/,
  'features/recording/RecordingPanel.vue .next': /class="next" role="status">From the next run on/,
  'features/recording/RecordingPanel.vue .paused': /class="paused">paused/,
  'features/registers/RegistersPanel.vue .list :deep(.changed)': /REGISTER_LOOKS\.changed/,
  'features/registers/RegistersPanel.vue .list :deep(.changed.selected)': /RecordGrid label="Registers"/,
  'features/sessions/OpenDialog.vue .warn': /class="warn"><IconGlyph name="warning"/,
  'features/sessions/SessionDetails.vue .ask': /class="ask" role="alert">/,
  'features/settings/KeySettings.vue .conflict': /class="conflict">\s*<IconGlyph name="warning"/,
  'features/stalls/StallsPanel.vue .held': /HELD_WORDS\[row\.held\]/,
  'features/structures/StructuresPanel.vue .list :deep(.illegal)': /STRUCTURE_LOOKS\.illegal/,
  'features/trace/TracePanel.vue .list :deep(.caution .sign)': /IconGlyph v-if="alarmOf\(row\)" class="sign" :name="SIGNS/,
  'features/trace/TracePanel.vue .list :deep(.fault .sign)': /IconGlyph v-if="alarmOf\(row\)" class="sign" :name="SIGNS/,
  'features/trace/TracePanel.vue .list :deep(.fault)': /IconGlyph v-if="alarmOf\(row\)" class="sign" :name="SIGNS/,
  'features/transactions/TransactionsPanel.vue .event': /\{\{ row\.event \}\}/,
  'features/transactions/TransactionsPanel.vue .list :deep(.unexpected)': /EXPECTATION_LOOKS\[row\.expectation\]/,
  'features/walk/BesideWalk.vue .cell.differs': /class="when">held/,
  'features/walk/QemuAnswer.vue dt': /class="mono">\{\{ id \}\}/,
  'features/walk/WalkCellBox.vue .plain': /<StatusMark v-else/,
  'features/walk/walk-panel.css .cell.fault': /WalkCellBox/,
  'features/walk/walk-panel.css .summary.fault': /STATUS_LOOKS\[view\.status\]/,
  'widgets/AddressChip.vue .iova': /SPACE_LABELS\[space\]\.short/,
  'widgets/AddressChip.vue .ipa': /SPACE_LABELS\[space\]\.short/,
  'widgets/AddressChip.vue .pa': /SPACE_LABELS\[space\]\.short/,
  'widgets/ListTools.vue .alarm': /class="lost alarm"[^>]*><IconGlyph name="warning"/,
  'widgets/OwnerTag.vue .guest': /\{\{ owner \}\}'s/,
  'widgets/OwnerTag.vue .host': /\{\{ owner \}\}'s/,
  'widgets/ProblemText.vue .problem': /IconGlyph name="cross"/,
  'widgets/TabStrip.vue .badge.fault': /IconGlyph v-if="tab\.badge\.tone" :name="TONE_ICONS/,
  'widgets/TabStrip.vue .badge.warning': /IconGlyph v-if="tab\.badge\.tone" :name="TONE_ICONS/,
  'widgets/filter-box.css .odd .wrong': /FILTER_LOOKS\[state\]/,
  'widgets/filter-box.css .said.bad': /FILTER_LOOKS\[state\]\.icon/,
};

it('a rule that gives a state its colour gives it a shape, or its template says it', () => {
  expect(coloured.sort()).toEqual(Object.keys(TOLD).sort());
});

it.each(Object.entries(TOLD))('%s', (rule, told) => {
  const [file = ''] = rule.split(' ');
  const users = file.endsWith('.vue') ? [file] : [...sources.keys()].filter((one) => one.endsWith('.vue') && sources.get(one)?.includes(`src="${dirname(file) === dirname(one) ? './' : '../../widgets/'}${file.slice(dirname(file).length + 1)}"`));
  expect(users.map((one) => templateOf(sources.get(one) ?? '')).join('\n')).toMatch(told);
});
