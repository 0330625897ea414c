import { describe, expect, it } from 'vitest';
import { THEMES, TOKENS, cssName, cssVariables, type ThemeName, type TokenName } from './tokens.ts';

function luminance(colour: string): number {
  const channel = (at: number): number => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const surfaces: TokenName[] = ['base', 'panel', 'raised', 'sunken', 'hover', 'selected', 'marked', 'faultSurface', 'okSurface'];
const inks: TokenName[] = ['text', 'dim', 'accent', 'ok', 'fault', 'warning', 'quiet', 'iova', 'ipa', 'pa'];

describe.each<ThemeName>(THEMES)('%s theme', (theme) => {
  /** WCAG AA; of high contrast AAA. */
  const least = theme === 'contrast' ? 7 : 4.5;
  it.each(inks.flatMap((ink) => surfaces.map((surface) => [ink, surface] as const)))('%s on %s is readable', (ink, surface) => {
    expect(contrast(TOKENS[ink][theme], TOKENS[surface][theme])).toBeGreaterThanOrEqual(least);
  });

  it('what stands on the accent is readable', () => {
    expect(contrast(TOKENS.accentText[theme], TOKENS.accent[theme])).toBeGreaterThanOrEqual(least);
  });

  it.each(['base', 'panel', 'raised', 'sunken'] as const)('edges stand out on %s', (surface) => {
    expect(contrast(TOKENS.edge[theme], TOKENS[surface][theme])).toBeGreaterThanOrEqual(3);
  });

  it.each(surfaces)('the focus ring stands out on %s', (surface) => {
    expect(contrast(TOKENS.focus[theme], TOKENS[surface][theme])).toBeGreaterThanOrEqual(3);
  });
});

it('names CSS variables after tokens', () => {
  expect(cssName('faultSurface')).toBe('--fault-surface');
  expect(cssVariables('dark')).toContainEqual(['--panel', TOKENS.panel.dark]);
});
