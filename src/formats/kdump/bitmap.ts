/** A bitmap of page frames in a file: bit n of byte n/8 is frame n. */
import type { ByteSource } from '../memory-image/byte-source.ts';

/** Bytes between counts: what is read for one question. */
const STRIDE = 4096;

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => Array.from(byte.toString(2)).filter((bit) => bit === '1').length);

export class FrameBitmap {
  readonly #source: ByteSource;
  readonly #offset: number;
  /** Ones before each stride. */
  readonly #before: number[] = [];
  readonly frames: number;
  /** The stride that was read last: questions come in order. */
  #number = -1;
  #bytes: Uint8Array = new Uint8Array();

  constructor(source: ByteSource, offset: number, frames: number) {
    this.#source = source;
    this.#offset = offset;
    this.frames = frames;
    let sum = 0;
    for (let at = 0; at * 8 < frames; at += STRIDE) {
      this.#before.push(sum);
      for (const byte of this.#stride(at / STRIDE)) sum += ONES[byte]!;
    }
  }

  has(frame: number): boolean {
    if (frame < 0 || frame >= this.frames) return false;
    const byte = Math.floor(frame / 8);
    return ((this.#stride(Math.floor(byte / STRIDE))[byte % STRIDE] ?? 0) & (1 << (frame % 8))) !== 0;
  }

  /** Ones before a frame. */
  rank(frame: number): number {
    const byte = Math.floor(frame / 8);
    const number = Math.floor(byte / STRIDE);
    const bytes = this.#stride(number);
    let sum = this.#before[number] ?? 0;
    for (let at = 0; at < byte % STRIDE; at++) sum += ONES[bytes[at] ?? 0]!;
    return sum + ONES[(bytes[byte % STRIDE] ?? 0) & ((1 << (frame % 8)) - 1)]!;
  }

  /** Runs of ones, in order: first frame and how many. */
  *runs(): Generator<readonly [first: number, count: number]> {
    let first = -1;
    for (let frame = 0; frame < this.frames; ) {
      const byte = Math.floor(frame / 8);
      const bits = this.#stride(Math.floor(byte / STRIDE))[byte % STRIDE] ?? 0;
      // Most bytes are all the same: eight frames at once.
      const whole = frame % 8 === 0 && frame + 8 <= this.frames && (bits === 0 || bits === 0xff);
      const one = whole ? bits === 0xff : (bits & (1 << (frame % 8))) !== 0;
      if (one && first < 0) first = frame;
      if (!one && first >= 0) {
        yield [first, frame - first];
        first = -1;
      }
      frame += whole ? 8 : 1;
    }
    if (first >= 0) yield [first, this.frames - first];
  }

  #stride(number: number): Uint8Array {
    if (number === this.#number) return this.#bytes;
    const bytes = Math.ceil(this.frames / 8);
    this.#number = number;
    this.#bytes = this.#source.read(this.#offset + number * STRIDE, Math.min(STRIDE, bytes - number * STRIDE));
    return this.#bytes;
  }
}
