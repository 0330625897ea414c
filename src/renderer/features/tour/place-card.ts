/** Where the card of the tour stands: beside what it points at, never over it where there is room. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const GAP = 10;

export function placeCard(target: Box | null, card: { readonly width: number; readonly height: number }, window: { readonly width: number; readonly height: number }): { readonly left: number; readonly top: number } {
  const right = window.width - card.width - GAP;
  const bottom = window.height - card.height - GAP;
  if (target === null) return { left: right, top: bottom };
  const across = (left: number): number => Math.max(GAP, Math.min(left, right));
  const along = (top: number): number => Math.max(GAP, Math.min(top, bottom));
  const places = [
    { left: across(target.left), top: target.top + target.height + GAP },
    { left: target.left + target.width + GAP, top: along(target.top) },
    { left: target.left - card.width - GAP, top: along(target.top) },
    { left: across(target.left), top: target.top - card.height - GAP },
  ];
  const fits = ({ left, top }: { readonly left: number; readonly top: number }): boolean => left >= GAP && top >= GAP && left <= right && top <= bottom;
  // A panel that leaves no room beside it: its lower right corner covers least.
  return places.find(fits) ?? { left: across(target.left + target.width - card.width - GAP), top: along(target.top + target.height - card.height - GAP) };
}
