// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it } from 'vitest';
import { groupsOf, PANELS, parseLayout, presetFor, useLayout } from './layout.ts';
import { readSettings, writeSettings } from './settings.ts';

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
});

it('has every panel once, wide and narrow', () => {
  const layout = useLayout();
  for (const name of ['wide', 'narrow'] as const) {
    layout.name = name;
    layout.reset();
    expect(groupsOf(layout.root).flatMap((group) => group.panels).sort()).toEqual([...PANELS].sort());
  }
  expect([presetFor(1440), presetFor(1024)]).toEqual(['wide', 'narrow']);
});

it('brings a panel forward and remembers it', () => {
  const layout = useLayout();
  expect(layout.isVisible('log')).toBe(false);
  layout.reveal('log');
  expect(layout.isVisible('log')).toBe(true);
  setActivePinia(createPinia());
  expect(useLayout().isVisible('log')).toBe(true);
});

it('refuses a stored layout that is damaged or of other panels', () => {
  expect(parseLayout(null)).toBeNull();
  expect(parseLayout({ kind: 'tabs', panels: ['walk'], active: 'walk' })).toBeNull();
  expect(parseLayout({ kind: 'tabs', panels: [...PANELS], active: 'gone' })).toBeNull();
  expect(parseLayout({ kind: 'tabs', panels: [...PANELS], active: 'walk' })).not.toBeNull();
});

it('settings survive damage', () => {
  localStorage.setItem('smmu-lab.settings', '{"theme":"mauve","lastSession":"s1"}');
  expect(readSettings(localStorage)).toEqual({ theme: 'system', lastSession: 's1', layouts: {}, filters: {} });
  localStorage.setItem('smmu-lab.settings', 'not json');
  expect(readSettings(localStorage).theme).toBe('system');
  writeSettings(localStorage, { theme: 'light' });
  expect(readSettings(localStorage)).toEqual({ theme: 'light', lastSession: null, layouts: {}, filters: {} });
  expect(readSettings(null).theme).toBe('system');
});
