// A window that is worked by keyboard alone: whoever has this has nothing to press a mouse with.
import type { Locator, Page } from 'playwright-core';

export interface Keyboard {
  /** Presses keys one after the other, such as `Control+g`. */
  press(...keys: readonly string[]): Promise<void>;
  type(text: string): Promise<void>;
  /** As if typed at once. */
  insert(text: string): Promise<void>;
  /** Waits until something is to be seen. */
  sees(what: Watched): Promise<void>;
  /** Waits until it is not. */
  seesNot(what: Watched): Promise<void>;
  count(what: Watched): Promise<number>;
  /** Presses of a pointer that the page has had, from whomever. */
  pointerPresses(): Promise<number>;
}

/** What can be looked at, and no more. */
export type Watched = Omit<Locator, 'click' | 'dblclick' | 'hover' | 'tap' | 'dragTo' | 'check' | 'uncheck' | 'selectOption' | 'focus' | 'fill' | 'press' | 'dispatchEvent'>;

const EVENTS = ['pointerdown', 'mousedown', 'touchstart', 'wheel'];

export async function keyboardOf(page: Page): Promise<Keyboard> {
  await page.evaluate((events) => {
    const counted = globalThis as unknown as { pointerPresses: number; addEventListener(type: string, listener: () => void, capture: boolean): void };
    counted.pointerPresses = 0;
    for (const type of events) counted.addEventListener(type, () => counted.pointerPresses++, true);
  }, EVENTS);
  return {
    press: async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    },
    type: (text) => page.keyboard.type(text),
    insert: (text) => page.keyboard.insertText(text),
    sees: (what) => what.first().waitFor(),
    seesNot: (what) => what.first().waitFor({ state: 'detached' }),
    count: (what) => what.count(),
    pointerPresses: () => page.evaluate(() => (globalThis as unknown as { pointerPresses: number }).pointerPresses),
  };
}
