// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it } from 'vitest';
import { useLayout } from './layout.ts';
import { PRESET_IDS, sizeFor } from './layout-presets.ts';
import { groupOf, panelsOf } from './layout-tree.ts';
import { parseDesk, readSettings, remembered, writeSettings } from './settings.ts';

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
});

it.each(PRESET_IDS)('preset %s shows no panel twice, wide and narrow, and always the documents and the walk', (preset) => {
  const layout = useLayout();
  for (const size of ['wide', 'narrow'] as const) {
    layout.size = size;
    layout.usePreset(preset);
    const panels = panelsOf(layout.root);
    expect(new Set(panels).size).toBe(panels.length);
    expect(panels).toEqual(expect.arrayContaining(['editors', 'walk', 'transactions', 'record']));
  }
  expect([sizeFor(1440), sizeFor(1024)]).toEqual(['wide', 'narrow']);
});

it('brings a panel forward and remembers it', () => {
  const layout = useLayout();
  expect(layout.isVisible('trace')).toBe(false);
  layout.reveal('trace');
  expect(layout.isVisible('trace')).toBe(true);
  setActivePinia(createPinia());
  expect(useLayout().isVisible('trace')).toBe(true);
});

it('takes the layout that came with a session before the one that this browser remembers', () => {
  const layout = useLayout();
  layout.openFor('s1');
  layout.usePreset('step');
  const kept = JSON.stringify(layout.kept);
  layout.usePreset('teach');
  layout.openFor('s1', parseDesk(kept));
  expect([layout.preset, readSettings(localStorage).desks['s1']?.preset]).toEqual(['step', 'step']);
  expect([parseDesk('{"preset":1}'), parseDesk('nonsense'), parseDesk(null)]).toEqual([null, null, null]);
});

it('opens a panel that was closed beside the one it belongs to', () => {
  const layout = useLayout();
  layout.close('path');
  expect(layout.open).not.toContain('path');
  layout.reveal('path');
  expect(groupOf(layout.root, 'path')?.panels).toContain('walk');
  expect(layout.isVisible('path')).toBe(true);
});

it('pushes a panel into the group beside its own, and to the edge where there is none', () => {
  const layout = useLayout();
  layout.size = 'wide';
  layout.reset();
  layout.push('walk', 'right');
  expect(groupOf(layout.root, 'walk')?.panels).toContain('events');
  layout.push('walk', 'right');
  expect(groupOf(layout.root, 'walk')?.panels).toEqual(['walk']);
});

it('gives one panel the window, and leaves that when another is asked for', () => {
  const layout = useLayout();
  layout.maximise('walk');
  expect([layout.isVisible('walk'), layout.isVisible('record')]).toEqual([true, false]);
  layout.reveal('record');
  expect([layout.isVisible('walk'), layout.isVisible('record')]).toEqual([true, true]);
});

it('keeps a layout with its session', () => {
  const layout = useLayout();
  layout.openFor('one');
  layout.usePreset('step');
  layout.close('stalls');
  layout.openFor('two');
  expect(layout.preset).toBe('step');
  layout.usePreset('teach');
  layout.openFor('one');
  expect([layout.preset, layout.open.includes('stalls')]).toEqual(['step', false]);
  layout.reset();
  expect(layout.open).toContain('stalls');
});

it('settings survive damage', () => {
  localStorage.setItem('smmu-lab.settings', '{"theme":"mauve","lastSession":"s1"}');
  expect(readSettings(localStorage)).toMatchObject({ theme: 'system', lastSession: 's1', desks: {}, filters: {}, keys: {}, breakpoints: {} });
  localStorage.setItem('smmu-lab.settings', 'not json');
  expect(readSettings(localStorage).theme).toBe('system');
  writeSettings(localStorage, { theme: 'light' });
  expect(readSettings(localStorage)).toMatchObject({ theme: 'light', lastSession: null, desks: {}, filters: {}, keys: {}, breakpoints: {} });
  expect(readSettings(null).theme).toBe('system');
});

it('remembers the sessions touched last', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`s${index}`, index]));
  const next = remembered(many, 'new', 1);
  expect([Object.keys(next).length, 's0' in next, next['new']]).toEqual([50, false, 1]);
  expect('s1' in remembered(many, 's1', null)).toBe(false);
});

it('keeps what is in front when the window gets its other layout', () => {
  const layout = useLayout();
  const resizeTo = (width: number): void => {
    Object.assign(window, { innerWidth: width });
    window.dispatchEvent(new Event('resize'));
  };
  resizeTo(1600);
  layout.reveal('caches');
  resizeTo(1280);
  expect([layout.size, layout.isVisible('caches'), layout.isVisible('record')]).toEqual(['narrow', true, true]);
  resizeTo(1600);
  expect([layout.size, layout.isVisible('caches'), layout.isVisible('events')]).toEqual(['wide', true, true]);
});
