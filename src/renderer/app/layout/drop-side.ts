/** Where in a group a dragged panel would go: its middle and its tabs mean among them, its edges a group of its own there. */
import type { DropSide } from '../../services/layout-tree.ts';

/** The part of a group's width or height that counts as its edge. */
const EDGE = 0.25;

export function dropSide(x: number, y: number, { width, height, header }: { width: number; height: number; header: number }): DropSide {
  if (y < header || width <= 0 || height <= header) return 'into';
  const across = x / width;
  const down = (y - header) / (height - header);
  const nearest = Math.min(across, 1 - across, down, 1 - down);
  if (nearest > EDGE) return 'into';
  if (nearest === across) return 'left';
  if (nearest === 1 - across) return 'right';
  return nearest === down ? 'up' : 'down';
}
