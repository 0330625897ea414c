/** Dark, light, high contrast, or as the system says; one choice for the page and for Monaco. */
import { defineStore } from 'pinia';
import { computed, ref, watchEffect } from 'vue';
import { cssVariables, THEMES, type ThemeName } from '../widgets/tokens.ts';
import { pageStorage, readSettings, writeSettings } from './settings.ts';

export type ThemeChoice = 'system' | ThemeName;
export const THEME_CHOICES: readonly ThemeChoice[] = ['system', ...THEMES];

export const useTheme = defineStore('theme', () => {
  const choice = ref<ThemeChoice>(readSettings(pageStorage()).theme);
  const light = window.matchMedia('(prefers-color-scheme: light)');
  const more = window.matchMedia('(prefers-contrast: more)');
  const wanted = (): ThemeName => (more.matches ? 'contrast' : light.matches ? 'light' : 'dark');
  const system = ref<ThemeName>(wanted());
  for (const query of [light, more]) query.addEventListener('change', () => (system.value = wanted()));

  const name = computed<ThemeName>(() => (choice.value === 'system' ? system.value : choice.value));

  watchEffect(() => {
    const { style } = document.documentElement;
    style.colorScheme = name.value === 'light' ? 'light' : 'dark';
    for (const [variable, value] of cssVariables(name.value)) style.setProperty(variable, value);
  });

  function choose(wanted: ThemeChoice): void {
    choice.value = wanted;
    writeSettings(pageStorage(), { theme: wanted });
  }
  const next = (): void => choose(THEME_CHOICES[(THEME_CHOICES.indexOf(choice.value) + 1) % THEME_CHOICES.length] ?? 'system');

  return { choice, name, choose, next };
});
