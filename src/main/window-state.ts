/** Where the window was, for the next start. Losing it loses nothing: the window is then where a first start puts it. */
import type { Rectangle } from 'electron';
import { z } from 'zod';
import { readKept, writeKept } from './kept-file.ts';

const rectangle = z.object({ x: z.number().int(), y: z.number().int(), width: z.number().int().positive(), height: z.number().int().positive() });

const schema = z.object({
  bounds: rectangle.nullable().catch(null),
  maximised: z.boolean().catch(false),
  /** Chromium's level: each step is 20 %. */
  zoom: z.number().min(-5).max(5).catch(0),
  /** Shown until the page is there; null: no page has said yet. */
  background: z.string().regex(/^#[0-9a-f]{6}$/).nullable().catch(null),
  scheme: z.enum(['system', 'light', 'dark']).catch('system'),
});
export type WindowState = z.infer<typeof schema>;

const DEFAULT_SIZE = { width: 1600, height: 1000 };
export const MINIMUM_SIZE = { width: 960, height: 600 };
/** Of its title bar, so much must be on a screen that it can be taken hold of. */
const GRIP = { width: 120, height: 24 };

/** Defaults for whatever is missing or damaged. */
export const readWindowState = (file: string): WindowState => schema.catch(schema.parse({})).parse(readKept(file));

export const writeWindowState = (file: string, state: WindowState): void => writeKept(file, state, 'the place of the window');

/** Bounds for the window: those it had, if a display still shows enough of them, made to fit it; else a size for the system to place. */
export function placeWindow(bounds: Rectangle | null, workAreas: readonly Rectangle[]): Partial<Rectangle> & { width: number; height: number } {
  const area = bounds === null ? undefined : workAreas.find((candidate) => canTakeHold(bounds, candidate));
  if (bounds === null || area === undefined) return sizeWithin(DEFAULT_SIZE, workAreas[0]);
  const { width, height } = sizeWithin(bounds, area);
  return { x: clamp(bounds.x, area.x, area.x + area.width - width), y: clamp(bounds.y, area.y, area.y + area.height - height), width, height };
}

function canTakeHold(bounds: Rectangle, area: Rectangle): boolean {
  const overlap = (from: number, size: number, areaFrom: number, areaSize: number): number => Math.min(from + size, areaFrom + areaSize) - Math.max(from, areaFrom);
  return overlap(bounds.x, bounds.width, area.x, area.width) >= GRIP.width && bounds.y >= area.y - GRIP.height && bounds.y + GRIP.height <= area.y + area.height;
}

function sizeWithin(size: { readonly width: number; readonly height: number }, area: Rectangle | undefined): { width: number; height: number } {
  const fit = (wanted: number, least: number, room: number | undefined): number => Math.min(Math.max(wanted, least), Math.max(least, room ?? wanted));
  return { width: fit(size.width, MINIMUM_SIZE.width, area?.width), height: fit(size.height, MINIMUM_SIZE.height, area?.height) };
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, most));
