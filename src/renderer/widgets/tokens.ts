/**
 * The one place colours come from: CSS variables and the Monaco theme are both made of these.
 * High contrast is black, white and bright accents, 7:1 and more. Accents of the others are the Okabe-Ito palette, darkened or lightened until text in them reaches 4.5:1 on every surface (tokens.test.ts).
 */
export type ThemeName = 'dark' | 'light' | 'contrast';
export const THEMES: readonly ThemeName[] = ['dark', 'light', 'contrast'];

type Pair = { readonly [theme in ThemeName]: string };

const pair = (dark: string, light: string, contrast: string): Pair => ({ dark, light, contrast });

export const TOKENS = {
  /** Behind the panels: toolbar, gaps, status bar. */
  base: pair('#121518', '#e9ecef', '#000000'),
  panel: pair('#191d21', '#ffffff', '#000000'),
  /** Headers of panels and tables, inactive tabs. */
  raised: pair('#20252a', '#f3f5f7', '#0c0c0c'),
  /** Inputs, wells, empty cells of a grid. */
  sunken: pair('#15181c', '#f7f8fa', '#000000'),
  hover: pair('#262c32', '#e8edf2', '#242424'),
  selected: pair('#1d3a50', '#d3e6f5', '#003556'),
  /** A word or field marked because its partner elsewhere is selected. */
  marked: pair('#4a3a10', '#ffe9a8', '#3d3000'),
  line: pair('#2e353c', '#d4d9df', '#9a9a9a'),
  /** Borders of controls: at least 3:1 against the surfaces they stand on. */
  edge: pair('#6b7681', '#7d8893', '#ffffff'),
  text: pair('#dbe0e5', '#1b2127', '#ffffff'),
  dim: pair('#a0aab4', '#525c66', '#e2e2e2'),
  accent: pair('#56b4e9', '#005f96', '#8fd6ff'),
  focus: pair('#f0e442', '#0072b2', '#ffff00'),
  ok: pair('#3cc497', '#006b4d', '#6dffc4'),
  fault: pair('#ff8a4c', '#ad3f00', '#ffb58a'),
  warning: pair('#e6b422', '#7a5600', '#ffdb66'),
  quiet: pair('#a0aab4', '#525c66', '#e2e2e2'),
  iova: pair('#56b4e9', '#005f96', '#8fd6ff'),
  ipa: pair('#e6a532', '#7d5200', '#ffd28f'),
  pa: pair('#e099c2', '#963a6f', '#ffb8de'),
  faultSurface: pair('#3a2116', '#fdeadf', '#2a0d00'),
  okSurface: pair('#15302a', '#e2f4ed', '#00261a'),
  accentText: pair('#0b1117', '#ffffff', '#000000'),
} as const satisfies Record<string, Pair>;

export type TokenName = keyof typeof TOKENS;

/** `faultSurface` -> `--fault-surface`. */
export const cssName = (token: string): string => `--${token.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** CSS variable names and values of one theme. */
export const cssVariables = (theme: ThemeName): readonly (readonly [string, string])[] =>
  Object.entries(TOKENS).map(([name, value]) => [cssName(name), value[theme]] as const);
