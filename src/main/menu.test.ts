import { expect, it, vi } from 'vitest';
import type { Menu as CommandMenu } from '../protocol/desktop.ts';
import { acceleratorOf } from './accelerator.ts';
import { AppMenu, menuTemplate } from './menu.ts';

const run = vi.fn();
const linux = { platform: 'linux', isPackaged: true, run } as const;
const mac = { ...linux, platform: 'darwin' } as const;
const item = (id: string, keys: string | null = null, enabled = true) => ({ id, title: `${id} & more`, keys, enabled });
const MENUS: CommandMenu[] = [
  { title: 'File', items: [item('open.samples', 'Ctrl+o')] },
  { title: 'Run', items: [item('run.step', 'F10', false), item('run.next', 'j')] },
  { title: 'Help', items: [item('help.keys', '?')] },
];
const titles = (template: ReturnType<typeof menuTemplate>): unknown[] => template.map(({ label, role }) => label ?? role);
const inMenu = (template: ReturnType<typeof menuTemplate>, label: string) => template.find((menu) => menu.label === label)!.submenu as { id?: string; role?: string; accelerator?: string; label?: string; enabled?: boolean; registerAccelerator?: boolean; click?(): void }[];

it.each([
  ['F10', 'F10'],
  ['Ctrl+Shift+p', 'CommandOrControl+Shift+P'],
  ['Alt+ArrowLeft', 'Alt+Left'],
  ['Escape', 'Esc'],
  ['?', '?'],
  ['Shift+.', 'Shift+.'],
])('writes %s as %s', (keys, accelerator) => {
  expect(acceleratorOf(keys)).toBe(accelerator);
});

it('has the commands of the page in the places a desktop has for them', () => {
  const template = menuTemplate(MENUS, linux);
  expect(titles(template)).toEqual(['File', 'Edit', 'View', 'Run', 'Window', 'Help']);
  const [open, , quit] = inMenu(template, 'File');
  expect([open, quit]).toEqual([{ id: 'open.samples', label: 'open.samples && more', enabled: true, accelerator: 'CommandOrControl+O', registerAccelerator: false, click: expect.any(Function) }, { role: 'quit' }]);
  open!.click!();
  expect(run).toHaveBeenCalledExactlyOnceWith('open.samples');
  expect(inMenu(template, 'Run')[0]).toMatchObject({ enabled: false });
});

it('reloads nothing, and shows developer tools only in a build that is worked on', () => {
  const rolesOf = (isPackaged: boolean): unknown[] => inMenu(menuTemplate(MENUS, { ...linux, isPackaged }), 'View').map(({ role }) => role);
  expect(rolesOf(true)).toEqual(['resetZoom', 'zoomIn', 'zoomOut', undefined, 'togglefullscreen']);
  expect(rolesOf(false)).toContain('toggleDevTools');
});

it('has the app menu of macOS, where a plain key is nobody else\'s', () => {
  const template = menuTemplate(MENUS, mac);
  expect(titles(template)).toEqual(['appMenu', 'File', 'Edit', 'View', 'Run', 'Window', 'Help']);
  expect(template.find(({ label }) => label === 'Window')).toMatchObject({ role: 'window' });
  expect(inMenu(template, 'Run').map(({ accelerator }) => accelerator)).toEqual(['F10', undefined]);
  expect(inMenu(template, 'File').at(-1)).toEqual({ role: 'close' });
});

it('is built anew when commands change, and else only enabled and disabled', () => {
  const items = new Map<string, { enabled: boolean }>();
  const buildFromTemplate = vi.fn((template: ReturnType<typeof menuTemplate>) => {
    for (const { id, enabled } of template.flatMap(({ submenu }) => (submenu as { id?: string; enabled?: boolean }[] | undefined) ?? [])) if (id !== undefined) items.set(id, { enabled: enabled ?? true });
    return { getMenuItemById: (id: string) => items.get(id) ?? null } as never;
  });
  const setApplicationMenu = vi.fn();
  const menu = new AppMenu({ buildFromTemplate, setApplicationMenu }, linux);
  menu.set(MENUS);
  expect(setApplicationMenu).toHaveBeenCalledTimes(2);
  menu.set(MENUS.map((one) => ({ ...one, items: one.items.map((entry) => ({ ...entry, enabled: true })) })));
  expect([setApplicationMenu.mock.calls.length, items.get('run.step')]).toEqual([2, { enabled: true }]);
  menu.set([]);
  expect(setApplicationMenu).toHaveBeenCalledTimes(3);
});
