/** What the page measures of itself: calls of the protocol from request to reply, frames, and how long a key press waits for the next picture. */
import type { Page } from 'playwright-core';

export interface Call {
  readonly method: string;
  readonly ms: number;
}

interface Probe {
  readonly calls: Call[];
  readonly inputs: number[];
}

/** Before the page is opened. */
export async function installProbe(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const probe: Probe = { calls: [], inputs: [] };
    Object.assign(globalThis, { smmuLabProbe: probe });
    const asked = new Map<string, { method: string; at: number }>();
    const Native = WebSocket;
    globalThis.WebSocket = class extends Native {
      constructor(...how: ConstructorParameters<typeof Native>) {
        super(...how);
        this.addEventListener('message', ({ data }) => {
          const id = typeof data === 'string' ? /^\{"id":(\d+)/.exec(data)?.[1] : undefined;
          const call = id === undefined ? undefined : asked.get(id);
          if (call !== undefined) probe.calls.push({ method: call.method, ms: performance.now() - call.at });
        });
      }
      override send(data: Parameters<WebSocket['send']>[0]): void {
        const parts = typeof data === 'string' ? /^\{"id":(\d+),"method":"([^"]+)"/.exec(data) : null;
        if (parts !== null) asked.set(parts[1]!, { method: parts[2]!, at: performance.now() });
        super.send(data);
      }
    };
    new PerformanceObserver((list) => probe.inputs.push(...list.getEntries().filter(({ name }) => name === 'keydown').map(({ duration }) => duration))).observe({ type: 'event', durationThreshold: 16 } as unknown as { type: 'mark' });
  });
}

/** Calls since the last time they were asked for. */
export const takeCalls = (page: Page): Promise<Call[]> => page.evaluate(`smmuLabProbe.calls.splice(0)`);

/** Key presses that took 16 ms and more until the picture after them. */
export const takeInputs = (page: Page): Promise<number[]> => page.evaluate(`smmuLabProbe.inputs.splice(0)`);

/** The longest frame while a grid is scrolled for so many frames, in milliseconds. */
export const scrollFrames = (page: Page, label: string, frames: number): Promise<number> =>
  page.getByRole('grid', { name: label }).evaluate(async (grid, count) => {
    const { requestAnimationFrame } = globalThis as unknown as { requestAnimationFrame(then: (at: number) => void): void };
    const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    grid.scrollTop = 0;
    await nextFrame();
    let last = await nextFrame();
    let longest = 0;
    for (let frame = 0; frame < count; frame++) {
      grid.scrollTop += frame % 40 === 39 ? grid.scrollHeight / 20 : 96;
      const now = await nextFrame();
      longest = Math.max(longest, now - last);
      last = now;
    }
    return longest;
  }, frames);
