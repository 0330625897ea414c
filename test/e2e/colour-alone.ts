// What is told by colour is told otherwise too: gathered from the page as it stands.
import type { Page } from 'playwright-core';
import { TOKENS, type TokenName } from '../../src/renderer/widgets/tokens.ts';

/** Colours that tell something. */
const TELLING: readonly TokenName[] = ['ok', 'fault', 'warning', 'accent', 'ipa', 'pa', 'selected', 'marked', 'faultSurface', 'okSurface'];

/** An element that brings a colour of its own: of what kind it is, which colours, and what is seen of it without them. */
export interface Coloured {
  readonly kind: string;
  readonly colours: string;
  readonly signs: string;
}

/** In the dark theme, where no two of the colours are the same. */
export function colouredIn(page: Page, part = 'html'): Promise<Coloured[]> {
  return page.evaluate(([part, telling]) => {
    const names = new Map(telling.map(([name, hex]) => [`rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(', ')})`, name]));
    const shapeOf = (style: CSSStyleDeclaration): string =>
      [style.fontWeight, style.fontStyle, style.textDecorationLine, style.textDecorationStyle, style.borderStyle, style.borderWidth, style.borderBottomColor === 'rgba(0, 0, 0, 0)' ? 'unseen' : '', style.outlineStyle, style.backgroundImage.replace(/rgba?\([^)]*\)/g, ''), style.boxShadow.replace(/rgba?\([^)]*\)/g, ''), style.strokeDasharray].join(' ');
    /** Words that are seen, without numbers, which differ by chance. */
    const wordsOf = (element: Element): string => {
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      let words = '';
      while (words.length < 160 && texts.nextNode() !== null) if (texts.currentNode.parentElement?.closest('.visually-hidden') === null) words += ` ${texts.currentNode.nodeValue}`;
      return words.replace(/\S*\d\S*/g, '').replace(/\s+/g, ' ').trim().slice(0, 80);
    };
    const headOf = (element: Element): string => {
      const cell = element.closest('[role="gridcell"]');
      const at = cell === null ? -1 : [...(cell.parentElement?.children ?? [])].indexOf(cell);
      return at < 0 ? '' : (element.closest('[role="grid"]')?.querySelectorAll('[role="columnheader"]')[at]?.textContent ?? '');
    };
    const found = new Map<string, Coloured>();
    for (const element of document.querySelectorAll<HTMLElement | SVGElement>(`:is(${part}) *`)) {
      if (element.closest('.monaco-editor, head') !== null || !element.checkVisibility()) continue;
      const [own, around] = [getComputedStyle(element), getComputedStyle(element.parentElement ?? element)];
      const colour = own.color === around.color ? '' : (names.get(own.color) ?? '');
      const border = own.borderStyle === 'none' ? '' : (names.get(own.borderLeftColor) ?? names.get(own.borderBottomColor) ?? '');
      const scopes = element.getAttributeNames().filter((name) => name.startsWith('data-v-')).sort();
      const one = {
        kind: [element.tagName, ...scopes, element.classList[0] ?? ''].join(' '),
        colours: [colour, names.get(own.backgroundColor) ?? '', border].join('/'),
        signs: [
          wordsOf(element),
          [...element.querySelectorAll('path')].slice(0, 2).map((path) => path.getAttribute('d')).join(' '),
          shapeOf(own), getComputedStyle(element, '::before').content, headOf(element),
        ].join(' | '),
      };
      found.set(JSON.stringify(one), one);
    }
    return [...found.values()];
  }, [part, TELLING.map((name) => [name, TOKENS[name].dark] as const)] as const);
}

/** Pairs of a kind that only their colours tell apart. */
export function toldByColourAlone(elements: readonly Coloured[]): string[] {
  const seen = new Map<string, string>();
  const pairs = new Set<string>();
  for (const { kind, colours, signs } of elements) {
    const key = `${kind} ${signs}`;
    const before = seen.get(key);
    if (before !== undefined && before !== colours) pairs.add(`${kind}: ${before} and ${colours}, both "${signs}"`);
    seen.set(key, colours);
  }
  return [...pairs];
}
