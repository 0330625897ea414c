/** Two lists side by side: what both have in common, in order, as long as can be found. */

/** Indices into both lists; null: only the other has it. */
export type Pair = readonly [a: number, b: number] | readonly [a: number, b: null] | readonly [a: null, b: number];

/** Above so many comparisons the longest common part of a stretch is not looked for, but one that is found in one go. */
const MOST = 4_000_000;

/** Pairs in order of both lists; in a stretch without anything in common those of `a` come first. */
export function align(a: readonly string[], b: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  stretch(a, b, 0, a.length, 0, b.length, pairs);
  return pairs;
}

function stretch(a: readonly string[], b: readonly string[], fromA: number, endA: number, fromB: number, endB: number, pairs: Pair[]): void {
  let [i, j] = [fromA, fromB];
  while (i < endA && j < endB && a[i] === b[j]) pairs.push([i++, j++]);
  let [k, l] = [endA, endB];
  while (k > i && l > j && a[k - 1] === b[l - 1]) [k, l] = [k - 1, l - 1];
  between(a, b, i, k, j, l, pairs);
  for (; k < endA; k++, l++) pairs.push([k, l]);
}

/** The part without common ends: around what is once in each of both, else the longest common part. */
function between(a: readonly string[], b: readonly string[], fromA: number, endA: number, fromB: number, endB: number, pairs: Pair[]): void {
  const anchors = anchorsOf(a, b, fromA, endA, fromB, endB);
  if (anchors.length === 0) {
    if ((endA - fromA) * (endB - fromB) > MOST) inOneGo(a, b, fromA, endA, fromB, endB, pairs);
    else longest(a, b, fromA, endA, fromB, endB, pairs);
    return;
  }
  let [i, j] = [fromA, fromB];
  for (const [atA, atB] of anchors) {
    stretch(a, b, i, atA, j, atB, pairs);
    pairs.push([atA, atB]);
    [i, j] = [atA + 1, atB + 1];
  }
  stretch(a, b, i, endA, j, endB, pairs);
}

function onceIn(list: readonly string[], from: number, end: number): Map<string, number> {
  const places = new Map<string, number>();
  const more = new Set<string>();
  for (let at = from; at < end; at++) {
    const one = list[at]!;
    if (places.has(one)) more.add(one);
    else places.set(one, at);
  }
  for (const one of more) places.delete(one);
  return places;
}

/** What is once in both, as many as keep their order: the longest increasing run of places. */
function anchorsOf(a: readonly string[], b: readonly string[], fromA: number, endA: number, fromB: number, endB: number): [number, number][] {
  const inB = onceIn(b, fromB, endB);
  const common = [...onceIn(a, fromA, endA)].flatMap(([one, atA]): [number, number][] => (inB.has(one) ? [[atA, inB.get(one)!]] : []));
  const tails: number[] = [];
  const before = new Array<number>(common.length).fill(-1);
  common.forEach(([, atB], i) => {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (common[tails[middle]!]![1] < atB) low = middle + 1;
      else high = middle;
    }
    before[i] = low === 0 ? -1 : tails[low - 1]!;
    tails[low] = i;
  });
  const run: [number, number][] = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i]!) run.unshift(common[i]!);
  return run;
}

function longest(a: readonly string[], b: readonly string[], fromA: number, endA: number, fromB: number, endB: number, pairs: Pair[]): void {
  const width = endB - fromB + 1;
  const lengths = new Uint16Array((endA - fromA + 1) * width);
  const at = (i: number, j: number): number => (i - fromA) * width + (j - fromB);
  for (let i = endA - 1; i >= fromA; i--) {
    for (let j = endB - 1; j >= fromB; j--) {
      lengths[at(i, j)] = a[i] === b[j] ? lengths[at(i + 1, j + 1)]! + 1 : Math.max(lengths[at(i + 1, j)]!, lengths[at(i, j + 1)]!);
    }
  }
  let [i, j] = [fromA, fromB];
  while (i < endA || j < endB) {
    if (i < endA && j < endB && a[i] === b[j]) pairs.push([i++, j++]);
    else if (j >= endB || (i < endA && lengths[at(i + 1, j)]! >= lengths[at(i, j + 1)]!)) pairs.push([i++, null]);
    else pairs.push([null, j++]);
  }
}

/** Each of `a` with the next like it in `b`. */
function inOneGo(a: readonly string[], b: readonly string[], fromA: number, endA: number, fromB: number, endB: number, pairs: Pair[]): void {
  const places = new Map<string, number[]>();
  for (let j = endB - 1; j >= fromB; j--) {
    const known = places.get(b[j]!);
    if (known === undefined) places.set(b[j]!, [j]);
    else known.push(j);
  }
  let j = fromB;
  for (let i = fromA; i < endA; i++) {
    const next = places.get(a[i]!);
    while (next !== undefined && next.length > 0 && next.at(-1)! < j) next.pop();
    const found = next?.pop();
    if (found === undefined) {
      pairs.push([i, null]);
      continue;
    }
    while (j < found) pairs.push([null, j++]);
    pairs.push([i, j++]);
  }
  while (j < endB) pairs.push([null, j++]);
}
