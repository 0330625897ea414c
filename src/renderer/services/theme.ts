/** Dark, light or as the system says; one choice for the page and for Monaco. */
import { defineStore } from 'pinia';
import { computed, ref, watchEffect } from 'vue';
import { cssVariables, type ThemeName } from '../widgets/tokens.ts';
import { pageStorage, readSettings, writeSettings } from './settings.ts';

export type ThemeChoice = 'system' | ThemeName;
const ORDER: readonly ThemeChoice[] = ['system', 'dark', 'light'];

export const useTheme = defineStore('theme', () => {
  const choice = ref<ThemeChoice>(readSettings(pageStorage()).theme);
  const query = window.matchMedia('(prefers-color-scheme: light)');
  const system = ref<ThemeName>(query.matches ? 'light' : 'dark');
  query.addEventListener('change', ({ matches }) => (system.value = matches ? 'light' : 'dark'));

  const name = computed<ThemeName>(() => (choice.value === 'system' ? system.value : choice.value));

  watchEffect(() => {
    const { style } = document.documentElement;
    style.colorScheme = name.value;
    for (const [variable, value] of cssVariables(name.value)) style.setProperty(variable, value);
  });

  function next(): void {
    choice.value = ORDER[(ORDER.indexOf(choice.value) + 1) % ORDER.length] ?? 'system';
    writeSettings(pageStorage(), { theme: choice.value });
  }

  return { choice, name, next };
});
