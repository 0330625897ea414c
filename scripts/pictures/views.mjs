// Every view of the lab, and what is done in a fresh window before its picture is taken. docs/views.md is made of this table.
import { DOCUMENTS, TRANSACTIONS } from './of-runs.mjs';
import { MACHINE, STACK } from './of-machines.mjs';
import { CAPTURES, KEPT } from './of-kept.mjs';
import { DESKTOP, WAYS } from './of-windows.mjs';

/**
 * @typedef {object} View
 * @property {string} title
 * @property {string} says What is to be seen, in a sentence.
 * @property {readonly string[]} shows The panels (`panel:ID`) and dialogs (`dialog:COMPONENT`) that are first seen here: docs-views.test.ts wants each of them in one place.
 * @property {{ width: number, height: number }} [size] Of the window, where it is not the usual one.
 * @property {readonly Theme[]} [themes] Where they are not dark and light.
 * @property {'electron'} [surface] Where only the desktop has it.
 * @property {boolean} [welcome] The gallery of the first start stays open.
 * @property {boolean} [qemu] The server is given a QEMU to compare with.
 * @property {string} [menu] The native menu that is open.
 * @property {(page: import('playwright-core').Page, again: (args: readonly string[]) => Promise<unknown>) => Promise<void>} act `again` starts the lab a second time, which the first one answers.
 */
/** @typedef {'dark' | 'light' | 'contrast'} Theme */

/** @type {readonly { readonly title: string, readonly views: Readonly<Record<string, View>> }[]} */
export const GROUPS = [
  { title: 'Transactions', views: TRANSACTIONS },
  { title: 'Documents', views: DOCUMENTS },
  { title: 'The machine', views: MACHINE },
  { title: 'The nested stack', views: STACK },
  { title: 'Captures and logs', views: CAPTURES },
  { title: 'Sessions and files', views: KEPT },
  { title: 'The window', views: WAYS },
  { title: 'The desktop', views: DESKTOP },
];

/** @type {Readonly<Record<string, View>>} */
export const VIEWS = Object.assign({}, ...GROUPS.map(({ views }) => views));

export const themesOf = (/** @type {View} */ view) => view.themes ?? /** @type {const} */ (['dark', 'light']);

/** The name of a picture, which is of one view in one theme. */
export const pictureOf = (/** @type {string} */ view, /** @type {Theme} */ theme) => `${view}-${theme}.png`;

const image = (/** @type {string} */ name, /** @type {string} */ title, /** @type {Theme} */ theme) => `![${title}, ${theme}](images/${pictureOf(name, theme)})`;

/** docs/views.md. */
export function viewsPage() {
  const section = (/** @type {[string, View]} */ [name, view]) => `### ${view.title}\n\n${view.says}\n\n${themesOf(view).map((theme) => image(name, view.title, theme)).join('\n')}\n`;
  return [
    '# Views',
    'Every view of the lab as it is, in the dark and in the light: `npm run screenshots` opens each in the real window and takes its picture. What is done there is in [the window](window.md).',
    ...GROUPS.map(({ title, views }) => [`## ${title}`, ...Object.entries(views).map(section)].join('\n\n')),
  ].join('\n\n');
}
