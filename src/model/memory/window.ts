/** The largest flat window: Node 20 to 24 and Chromium allocate a SharedArrayBuffer of this size everywhere. */
export const MAX_WINDOW_BYTES = 2 ** 30;

const PAGE_SHIFT = 12;
const PAGE_WORDS = 1 << (PAGE_SHIFT - 2);

/** What a page is: never written, written since it was last asked, written before. */
const WRITTEN = 1;
const SETTLED = 2;

/**
 * The flat primary window of the hot path: one SharedArrayBuffer of fixed size (a growable one is ten times slower)
 * with a map of the 4 KiB pages written, so that it can be used again after zeroing only those.
 */
export class Window {
  readonly words: Int32Array;
  readonly bytes: number;
  readonly #written: Uint8Array;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.words = new Int32Array(new SharedArrayBuffer(bytes));
    this.#written = new Uint8Array(bytes >>> PAGE_SHIFT);
  }

  /** `offset` is in bytes, aligned to 4. */
  store(offset: number, value: number): void {
    this.#written[offset >>> PAGE_SHIFT] = WRITTEN;
    this.words[offset >>> 2] = value;
  }

  /** Bytes [offset, offset + length) are about to be written by the caller. */
  mark(offset: number, length: number): void {
    this.#written.fill(WRITTEN, offset >>> PAGE_SHIFT, ((offset + length - 1) >>> PAGE_SHIFT) + 1);
  }

  /** Offsets of the 4 KiB pages that were written since the last clear. */
  writtenPages(): number[] {
    return [...this.#pages(WRITTEN), ...this.#pages(SETTLED)].sort((a, b) => a - b);
  }

  /** Those that were written since they were last asked for here. */
  freshPages(): number[] {
    const fresh = this.#pages(WRITTEN);
    for (const offset of fresh) this.#written[offset >>> PAGE_SHIFT] = SETTLED;
    return fresh;
  }

  /** The words of the page at an offset, which whoever writes them tells nobody of. */
  page(offset: number): Int32Array {
    return this.words.subarray(offset >>> 2, (offset >>> 2) + PAGE_WORDS);
  }

  clear(): void {
    for (const offset of this.writtenPages()) this.page(offset).fill(0);
    this.#written.fill(0);
  }

  #pages(state: number): number[] {
    const pages: number[] = [];
    for (let page = this.#written.indexOf(state); page >= 0; page = this.#written.indexOf(state, page + 1)) pages.push(page << PAGE_SHIFT);
    return pages;
  }
}

/** One window is kept per thread and handed out again, instead of asking the system for another gigabyte. */
let kept: Window | null = null;

export function takeWindow(bytes: number): Window {
  const window = kept !== null && kept.bytes === bytes ? kept : new Window(bytes);
  kept = null;
  return window;
}

export function giveBack(window: Window): void {
  window.clear();
  kept = window;
}
