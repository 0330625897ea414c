/** Dumps of test/fixtures/dumps, captures, and what tests ask of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { readCapture } from '../../src/formats/capture/capture.ts';
import type { Capture } from '../../src/formats/capture/capture.ts';
import { readCaptureFolder, sha256 } from '../../src/formats/capture/folder.ts';
import type { MemoryImage } from '../../src/formats/memory-image/memory-image.ts';
import type { Result } from '../../src/model/base/result.ts';
import { captureFolder } from '../cli/captures.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/dumps/', import.meta.url));

export const fixture = (name: string): Uint8Array => Uint8Array.from(gunzipSync(readFileSync(join(FOLDER, `${name}.gz`))));

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

export const loadCapture = async (name: string): Promise<Capture> => valueOf(readCapture(valueOf(await readCaptureFolder(captureFolder(name))), sha256));

/** Memory of a capture by page, without those that are all 0. */
export function pagesOf({ segments }: Capture): Map<bigint, Uint8Array> {
  const pages = new Map<bigint, Uint8Array>();
  for (const { base, size, bytes } of segments) {
    for (let at = 0; at < Number(size); at += 4096) {
      const page = bytes.subarray(at, at + 4096);
      if (page.some((byte) => byte !== 0)) pages.set(base + BigInt(at), page);
    }
  }
  return pages;
}

/** How many pages of a capture an image has otherwise. */
export function differing(image: MemoryImage, capture: Capture): bigint[] {
  return [...pagesOf(capture)].filter(([pa, bytes]) => Buffer.compare(image.page(pa) ?? new Uint8Array(), bytes) !== 0).map(([pa]) => pa);
}
