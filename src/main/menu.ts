/** The native menu: the page's commands, in the page's order, and what the system expects of every app. */
import type { Menu, MenuItemConstructorOptions } from 'electron';
import type { Menu as CommandMenu, MenuItem as CommandItem } from '../protocol/desktop.ts';
import { acceleratorOf, typesToo } from './accelerator.ts';

export interface MenuWorld {
  readonly platform: NodeJS.Platform;
  /** A build that is being worked on also has the developer tools. */
  readonly isPackaged: boolean;
  /** A command was chosen. */
  run(id: string): void;
}

type Items = MenuItemConstructorOptions[];

const EDIT: Items = [{ role: 'undo' }, { role: 'redo' }, { type: 'separator' }, { role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }];
const VIEW: Items = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { type: 'separator' }, { role: 'togglefullscreen' }];

export function menuTemplate(menus: readonly CommandMenu[], world: MenuWorld): Items {
  const { platform, isPackaged } = world;
  const isMac = platform === 'darwin';
  const commands = new Map(menus.map(({ title, items }) => [title, items.map((item) => itemOf(item, world))]));
  const own = (title: string): Items => commands.get(title) ?? [];
  const standard: [string, MenuItemConstructorOptions['role'] | null, Items][] = [
    ['File', null, [{ role: isMac ? 'close' : 'quit' }]],
    ['Edit', null, EDIT],
    ['View', null, [...VIEW, ...(isPackaged ? [] : ([{ role: 'toggleDevTools' }] satisfies Items))]],
    ['Window', 'window', isMac ? [{ role: 'minimize' }, { role: 'zoom' }, { type: 'separator' }, { role: 'front' }] : [{ role: 'minimize' }, { role: 'close' }]],
    ['Help', 'help', []],
  ];
  const standardTitles = new Set(standard.map(([title]) => title));
  const built = new Map(standard.map(([title, role, items]) => [title, { label: title, ...(role === null ? {} : { role }), submenu: joined(own(title), items) }]));
  const between = [...commands].filter(([title]) => !standardTitles.has(title)).map(([label, submenu]) => ({ label, submenu }));
  const order = [built.get('File')!, built.get('Edit')!, built.get('View')!, ...between, built.get('Window')!, built.get('Help')!];
  return [...(isMac ? [{ role: 'appMenu' } as const] : []), ...order.filter(({ submenu }) => submenu.length > 0)];
}

const joined = (commands: Items, others: Items): Items => (commands.length > 0 && others.length > 0 ? [...commands, { type: 'separator' }, ...others] : [...commands, ...others]);

/** Keys are shown; the page acts on them, since it knows what they mean where the focus is. */
function itemOf({ id, title, keys, enabled }: CommandItem, { platform, run }: MenuWorld): MenuItemConstructorOptions {
  const shown = keys === null || (platform === 'darwin' && typesToo(keys)) ? {} : { accelerator: acceleratorOf(keys), registerAccelerator: false };
  return { id, label: title.replaceAll('&', '&&'), enabled, ...shown, click: () => run(id) };
}

/** Keeps the menu of the app as the page says it is: built anew when commands come, go or are called otherwise, else only enabled and disabled. */
export class AppMenu {
  readonly #world: MenuWorld;
  readonly #electron: { buildFromTemplate(template: Items): Menu; setApplicationMenu(menu: Menu): void };
  #shape = '';
  #menu: Menu | null = null;

  constructor(electron: { buildFromTemplate(template: Items): Menu; setApplicationMenu(menu: Menu): void }, world: MenuWorld) {
    this.#electron = electron;
    this.#world = world;
    this.set([]);
  }

  set(menus: readonly CommandMenu[]): void {
    const shape = JSON.stringify(menus.map(({ title, items }) => [title, items.map((item) => [item.id, item.title, item.keys])]));
    if (this.#menu === null || shape !== this.#shape) {
      this.#shape = shape;
      this.#menu = this.#electron.buildFromTemplate(menuTemplate(menus, this.#world));
      this.#electron.setApplicationMenu(this.#menu);
      return;
    }
    for (const { id, enabled } of menus.flatMap(({ items }) => items)) {
      const item = this.#menu.getMenuItemById(id);
      if (item !== null && item.enabled !== enabled) item.enabled = enabled;
    }
  }
}
