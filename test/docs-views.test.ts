// The page of pictures has every view of the window, and every view its pictures.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pictureOf, themesOf, VIEWS, viewsPage } from '../scripts/pictures/views.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const renderer = join(root, 'src', 'renderer');
/** The registry itself belongs to the page: its ids are read from its text. */
const panels = [...readFileSync(join(renderer, 'services', 'panels.ts'), 'utf8').matchAll(/^ {2}(\w+): \{ title: /gm)].map(([, id]) => id ?? '');
const shown = Object.values(VIEWS).flatMap(({ shows }) => shows);

/** Components that open above the window. */
const dialogs = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.vue') && basename(path) !== 'ModalDialog.vue')
  .filter((path) => /<(ModalDialog|dialog)\b/.test(readFileSync(join(renderer, path), 'utf8')))
  .map((path) => basename(path, '.vue'));

it('shows every panel and every dialog, each in one place', () => {
  expect(panels).toContain('walk');
  expect(shown.sort()).toEqual([...panels.map((id) => `panel:${id}`), ...dialogs.map((name) => `dialog:${name}`)].sort());
});

it('has a picture of each view in each theme, and no others', () => {
  const wanted = Object.entries(VIEWS).flatMap(([name, view]) => themesOf(view).map((theme) => pictureOf(name, theme)));
  expect(readdirSync(join(root, 'docs', 'images')).sort()).toEqual(wanted.sort());
});

it('is the page that is made of them', () => {
  expect(readFileSync(join(root, 'docs', 'views.md'), 'utf8')).toBe(viewsPage());
});
