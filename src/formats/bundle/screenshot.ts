/** Pictures of the lab in a bundle: PNG, by signature and first chunk (PNG specification, 5.2 and 11.2.1). */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';

export const MAX_SCREENSHOTS = 8;
export const MAX_SCREENSHOT_BYTES = 4 * 1024 * 1024;
/** Pixels: a picture of few bytes may not unpack to more than a screen. */
const MAX_SIDE = 8192;

export interface Screenshot {
  /** Of the part. */
  readonly name: string;
  readonly png: Uint8Array;
}

const FOLDER = 'screenshots/';
const NAME = /^screenshots\/[a-z0-9][a-z0-9._-]{0,59}\.png$/;

export const isScreenshot = (name: string): boolean => name.startsWith(FOLDER);

/** The part for a picture that has this name without its `.png`. */
export const screenshotPart = (title: string): string => `${FOLDER}${title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'screenshot'}.png`;

/** What is wrong with the parts that are pictures, by their names alone; null: nothing. */
export function screenshotsRefused(names: readonly string[]): string | null {
  const pictures = names.filter(isScreenshot);
  const odd = pictures.find((name) => !NAME.test(name));
  if (odd !== undefined) return `${odd} is no picture: expected ${FOLDER}NAME.png`;
  return pictures.length > MAX_SCREENSHOTS ? `${pictures.length} screenshots; a bundle holds at most ${MAX_SCREENSHOTS}` : null;
}

const START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];

/** Width and height in pixels. Error: `bundle-bad`, which says what was expected. */
export function pngSize(bytes: Uint8Array): Result<{ readonly width: number; readonly height: number }> {
  if (bytes.byteLength < 33 || START.some((byte, at) => bytes[at] !== byte)) return fail('bundle-bad', 'is no PNG: its signature and first chunk were expected');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const fits = (side: number): boolean => side > 0 && side <= MAX_SIDE;
  return fits(width) && fits(height) ? ok({ width, height }) : fail('bundle-bad', `is a picture of ${width} by ${height}; expected sides of 1 to ${MAX_SIDE}`);
}
