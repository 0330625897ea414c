/**
 * The one place colours come from: CSS variables and the Monaco theme are both made of these.
 * Accents are the Okabe-Ito palette, darkened or lightened until text in them reaches 4.5:1 on every surface (tokens.test.ts).
 */
export type ThemeName = 'dark' | 'light';

type Pair = { readonly [theme in ThemeName]: string };

const pair = (dark: string, light: string): Pair => ({ dark, light });

export const TOKENS = {
  /** Behind the panels: toolbar, gaps, status bar. */
  base: pair('#121518', '#e9ecef'),
  panel: pair('#191d21', '#ffffff'),
  /** Headers of panels and tables, inactive tabs. */
  raised: pair('#20252a', '#f3f5f7'),
  /** Inputs, wells, empty cells of a grid. */
  sunken: pair('#15181c', '#f7f8fa'),
  hover: pair('#262c32', '#e8edf2'),
  selected: pair('#1d3a50', '#d3e6f5'),
  /** A word or field marked because its partner elsewhere is selected. */
  marked: pair('#4a3a10', '#ffe9a8'),
  line: pair('#2e353c', '#d4d9df'),
  /** Borders of controls: at least 3:1 against the surfaces they stand on. */
  edge: pair('#6b7681', '#7d8893'),
  text: pair('#dbe0e5', '#1b2127'),
  dim: pair('#a0aab4', '#525c66'),
  accent: pair('#56b4e9', '#005f96'),
  focus: pair('#f0e442', '#0072b2'),
  ok: pair('#3cc497', '#006b4d'),
  fault: pair('#ff8a4c', '#ad3f00'),
  warning: pair('#e6b422', '#7a5600'),
  quiet: pair('#a0aab4', '#525c66'),
  iova: pair('#56b4e9', '#005f96'),
  ipa: pair('#e6a532', '#7d5200'),
  pa: pair('#e099c2', '#963a6f'),
  faultSurface: pair('#3a2116', '#fdeadf'),
  okSurface: pair('#15302a', '#e2f4ed'),
  accentText: pair('#0b1117', '#ffffff'),
} as const satisfies Record<string, Pair>;

export type TokenName = keyof typeof TOKENS;

/** `faultSurface` -> `--fault-surface`. */
export const cssName = (token: string): string => `--${token.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** CSS variable names and values of one theme. */
export const cssVariables = (theme: ThemeName): readonly (readonly [string, string])[] =>
  Object.entries(TOKENS).map(([name, value]) => [cssName(name), value[theme]] as const);
