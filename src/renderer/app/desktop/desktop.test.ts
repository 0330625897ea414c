// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ref } from 'vue';
import { menuSchema, type DesktopMessage } from '../../../protocol/desktop.ts';
import { registerCommands } from '../../services/commands.ts';
import { readDraft, writeDraft } from '../../services/draft.ts';
import { chosenFile } from '../../services/files/files.ts';
import { openFile, registerOpener } from '../../services/openers.ts';
import { listenForDrops } from './drop.ts';
import { joinDesktop } from './join-desktop.ts';
import { menusNow } from './menus.ts';

const undo: (() => void)[] = [];
beforeEach(() => setActivePinia(createPinia()));
afterEach(() => {
  for (const back of undo.splice(0)) back();
});

describe('the menus of the desktop', () => {
  it('are the commands, by group, with their first key and whether they are enabled', async () => {
    const ready = ref(false);
    const run = vi.fn();
    undo.push(registerCommands([{ id: 'open.it', title: 'Open it', group: 'Open', hotkeys: ['Ctrl+o', 'o'], when: () => ready.value, run }]));
    expect(menusNow()).toEqual([{ title: 'File', items: [{ id: 'open.it', title: 'Open it', keys: 'Ctrl+o', enabled: false }] }]);
    expect(menuSchema.array().safeParse(menusNow()).success).toBe(true);

    const call = vi.fn(async (_method: string, _params: unknown) => ({}));
    let say: (message: DesktopMessage) => void = () => undefined;
    joinDesktop({ call, onMessage: (listener: typeof say) => void (say = listener) } as never);
    const sent = (): unknown[] => call.mock.calls.filter(([method]) => method === 'menu.set').map(([, params]) => (params as { menus: { items: { enabled: boolean }[] }[] }).menus[0]?.items[0]?.enabled);
    await vi.waitFor(() => expect(sent()).toEqual([false]));
    ready.value = true;
    ready.value = false;
    ready.value = true;
    await vi.waitFor(() => expect(sent()).toEqual([false, true]));
    expect(call).toHaveBeenCalledWith('appearance.set', { scheme: expect.stringMatching(/^(system|light|dark)$/), background: expect.stringMatching(/^#[0-9a-f]{6}$/) });

    say({ say: 'command', id: 'open.it' });
    expect(run).toHaveBeenCalledOnce();
    document.body.innerHTML = '<dialog open></dialog>';
    say({ say: 'command', id: 'open.it' });
    say({ say: 'command', id: 'no.such' });
    expect(run).toHaveBeenCalledOnce();
    document.body.innerHTML = '';
  });
});

describe('a file from outside', () => {
  it('goes to the opener of its extension; another is refused with what was expected', async () => {
    const open = vi.fn();
    undo.push(registerOpener({ extensions: ['smmulab'], what: 'a bundle', open }));
    const file = chosenFile(new File(['x'], 'Mine.SMMULAB'));
    await openFile(file);
    expect(open).toHaveBeenCalledExactlyOnceWith(file);
    await expect(openFile(chosenFile(new File(['x'], 'notes.txt')))).rejects.toThrow('notes.txt cannot be opened: expected a bundle (.smmulab).');
    expect(() => registerOpener({ extensions: ['smmulab'], what: 'another', open })).toThrow('have an opener');
  });

  it('that is dropped is opened, unless a panel took it', async () => {
    const open = vi.fn(async () => undefined);
    undo.push(listenForDrops(window, open));
    const drop = (type: string, types: string[], taken = false): Event => {
      const event = new Event(type, { cancelable: true });
      Object.assign(event, { dataTransfer: { types, files: [new File(['x'], 'a.smmulab')], dropEffect: 'none' } });
      if (taken) event.preventDefault();
      window.dispatchEvent(event);
      return event;
    };
    expect(drop('dragover', ['Files']).defaultPrevented).toBe(true);
    expect(drop('dragover', ['text/plain']).defaultPrevented).toBe(false);
    drop('drop', ['text/plain']);
    drop('drop', ['Files'], true);
    expect(open).not.toHaveBeenCalled();
    expect(drop('drop', ['Files']).defaultPrevented).toBe(true);
    await vi.waitFor(() => expect(open).toHaveBeenCalledOnce());
  });
});

it('a draft is read as it was written; a damaged one is none', () => {
  const draft = { title: 't', session: null, documents: { host: 'a', guest: 'b', steps: 'c' } };
  writeDraft(sessionStorage, draft);
  expect(readDraft(sessionStorage)).toEqual(draft);
  sessionStorage.setItem('smmu-lab.draft', '{"title":1}');
  expect(readDraft(sessionStorage)).toBeNull();
  writeDraft(sessionStorage, null);
  expect([readDraft(sessionStorage), readDraft(null)]).toEqual([null, null]);
});
