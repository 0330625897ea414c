import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What axe finds serious or critical in the page as it stands, or in a part of it, one line each. Monaco's own markup is not ours to mend. */
export const violationsOf = (page: Page, part = 'html'): Promise<string[]> => run(page, part, {});

/** The same of what depends on the theme alone: contrast. */
export const coloursOf = (page: Page, part = 'html'): Promise<string[]> => run(page, part, { runOnly: ['color-contrast'] });

async function run(page: Page, part: string, options: { readonly runOnly?: string[] }): Promise<string[]> {
  // Half a megabyte, once for each page; and of what passes only the violations are gathered.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async ([part, options]) => {
    const page = globalThis as unknown as { axe: typeof axe };
    const results = await page.axe.run({ include: [part], exclude: ['.monaco-editor'] }, { resultTypes: ['violations'], ...options });
    return results.violations.map(({ id, impact, nodes }) => ({ id, impact, targets: nodes.map((node) => node.target.join(' ')) }));
  }, [part, options] as const);
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.flatMap(({ id, targets }) => targets.map((target) => `${id}: ${target}`));
}

/** The page as it stands has none of them, dark or light. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violationsOf(page)).toEqual([]);
  }
}
