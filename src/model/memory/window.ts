/** The largest flat window: Node 20 to 24 and Chromium allocate a SharedArrayBuffer of this size everywhere. */
export const MAX_WINDOW_BYTES = 2 ** 30;

const PAGE_SHIFT = 12;

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
    this.#written[offset >>> PAGE_SHIFT] = 1;
    this.words[offset >>> 2] = value;
  }

  /** Bytes [offset, offset + length) are about to be written by the caller. */
  mark(offset: number, length: number): void {
    this.#written.fill(1, offset >>> PAGE_SHIFT, ((offset + length - 1) >>> PAGE_SHIFT) + 1);
  }

  /** Offsets of the 4 KiB pages that were written since the last clear. */
  *writtenPages(): Generator<number> {
    for (let page = this.#written.indexOf(1); page >= 0; page = this.#written.indexOf(1, page + 1)) yield page << PAGE_SHIFT;
  }

  clear(): void {
    const words = 1 << (PAGE_SHIFT - 2);
    for (let page = this.#written.indexOf(1); page >= 0; page = this.#written.indexOf(1, page + 1)) {
      this.words.fill(0, page * words, (page + 1) * words);
      this.#written[page] = 0;
    }
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
