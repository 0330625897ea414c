// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextTick } from 'vue';
import { keysOfCommand, registerCommands, type Command } from '../../services/commands.ts';
import { readBindings, unbindAll } from '../../services/keys.ts';
import { usePreferences } from '../../services/preferences.ts';
import { readSettings } from '../../services/settings.ts';
import KeySettings from './KeySettings.vue';
import LookSettings from './LookSettings.vue';

const RUN: Command = { id: 'run.run', title: 'Run', group: 'Run', hotkeys: ['F5'], run: vi.fn() };
const STEP: Command = { id: 'run.step', title: 'Step', group: 'Run', hotkeys: ['F10', '.'], run: vi.fn() };
let undo: () => void;
beforeEach(() => {
  localStorage.clear();
  document.body.replaceChildren();
  setActivePinia(createPinia());
  undo = registerCommands([RUN, STEP]);
});
afterEach(() => {
  unbindAll();
  undo();
});

describe('keys', () => {
  const row = (panel: VueWrapper, id: string): ReturnType<VueWrapper['find']> => panel.find(`[data-command="${id}"]`);
  async function press(panel: VueWrapper, id: string, key: string): Promise<void> {
    await row(panel, id).find('.change').trigger('click');
    await row(panel, id).find('.press').trigger('keydown', { key });
  }

  it('are given by pressing them, and remembered', async () => {
    const panel = mount(KeySettings, { attachTo: document.body });
    await press(panel, 'run.run', 'F9');
    expect(keysOfCommand(RUN)).toEqual(['F9']);
    expect(panel.find('.told').text()).toContain('F9 is the key of "Run" now');
    readBindings();
    expect(keysOfCommand(RUN)).toEqual(['F9']);
  });

  it('of another command are told before they are taken', async () => {
    const panel = mount(KeySettings, { attachTo: document.body });
    await press(panel, 'run.run', '.');
    expect(panel.find('.told').text()).toBe('. is the key of "Step".');
    expect(keysOfCommand(STEP)).toContain('.');
    await row(panel, 'run.run').find('.take').trigger('click');
    expect([keysOfCommand(RUN), keysOfCommand(STEP)]).toEqual([['.'], ['F10']]);
    expect(panel.find('.told').text()).toContain('"Step" keeps F10');
  });

  it('stay as they are after Esc, and when there is no such key', async () => {
    const panel = mount(KeySettings, { attachTo: document.body });
    await press(panel, 'run.run', 'PrintScreen');
    expect(panel.find('.told').text()).toContain('PrintScreen cannot be a key');
    await row(panel, 'run.run').find('.press').trigger('keydown', { key: 'Escape' });
    expect(row(panel, 'run.run').find('.press').exists()).toBe(false);
    expect(keysOfCommand(RUN)).toEqual(['F5']);
  });

  it('can be removed, found by themselves, and reset, one or all', async () => {
    const panel = mount(KeySettings, { attachTo: document.body });
    await row(panel, 'run.step').find('[aria-label="Remove the keys of Step"]').trigger('click');
    expect(keysOfCommand(STEP)).toEqual([]);
    await row(panel, 'run.step').find('[aria-label="Reset the keys of Step"]').trigger('click');
    expect(keysOfCommand(STEP)).toEqual(['F10', '.']);
    await press(panel, 'run.run', 'F9');
    await panel.find('input').setValue('f9');
    expect(panel.findAll('tbody tr')[0]?.attributes('data-command')).toBe('run.run');
    await panel.find('.find button').trigger('click');
    expect(keysOfCommand(RUN)).toEqual(['F5']);
  });
});

describe('look', () => {
  it('takes effect at once and is remembered', async () => {
    const panel = mount(LookSettings, { attachTo: document.body });
    await panel.find('input[value="indices"]').setValue(true);
    await panel.find('input[value="reduced"]').setValue(true);
    await panel.find('input[type="number"]').setValue('16');
    await panel.find('input[type="number"]').trigger('change');
    await nextTick();
    expect(readSettings(localStorage)).toMatchObject({ addresses: 'indices', motion: 'reduced', editorText: 16 });
    expect(document.documentElement.dataset['motion']).toBe('reduced');
    await panel.find('input[type="number"]').setValue('400');
    await panel.find('input[type="number"]').trigger('change');
    expect(usePreferences().editorText).toBe(16);
  });

  it('has defaults for what is stored wrong', () => {
    localStorage.setItem('smmu-lab.settings', JSON.stringify({ addresses: 'octal', editorText: 900, theme: 'light' }));
    expect(readSettings(localStorage)).toMatchObject({ addresses: 'grouped', editorText: 12, theme: 'light' });
    localStorage.setItem('smmu-lab.settings', '"nothing"');
    expect(readSettings(localStorage).addresses).toBe('grouped');
  });
});
