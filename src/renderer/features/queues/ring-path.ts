/** A ring as it is drawn: slots clockwise from the top, the part between CONS and PROD filled. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The point of a slot's beginning on a circle around the origin. */
export function pointOf(slot: number, size: number, radius: number): Point {
  const angle = (slot / Math.max(1, size)) * 2 * Math.PI;
  return { x: Math.sin(angle) * radius, y: -Math.cos(angle) * radius };
}

/** The arc of `waiting` slots from `cons` on; empty for none. */
export function arcOf(cons: number, waiting: number, size: number, radius: number): string {
  if (waiting === 0 || size === 0) return '';
  // A whole circle has no direction: it stops just short.
  const length = Math.min(waiting, size - size / 1000);
  const [from, to] = [pointOf(cons, size, radius), pointOf(cons + length, size, radius)];
  return `M${from.x} ${from.y}A${radius} ${radius} 0 ${length * 2 > size ? 1 : 0} 1 ${to.x} ${to.y}`;
}
