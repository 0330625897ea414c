/** What an object held at one time, and how it comes to hold it again: the object stays the same one, so that whoever refers to it still does. */

export type Words = Int32Array | Uint32Array | Uint8Array | Uint16Array | Float64Array | BigUint64Array;

/** The names of fields and then their values, elements, entries (key, value, key, value), or words. */
export type Saved = readonly unknown[] | Words;

/** The entries of a weak map whose keys can be reached: nothing else tells what it holds. */
export class WeakEntries {
  readonly map: WeakMap<object, unknown>;
  entries: readonly unknown[] = [];

  constructor(map: WeakMap<object, unknown>) {
    this.map = map;
  }
}

export const isWords = (one: object): one is Words => ArrayBuffer.isView(one);

const valuesOf = (one: object, names: readonly string[]): unknown[] => names.map((name) => (one as Record<string, unknown>)[name]);

export function save(one: object): Saved {
  if (isWords(one) || Array.isArray(one)) return one.slice();
  if (one instanceof Map) return [...one].flat(1);
  if (one instanceof Set) return [...one];
  if (one instanceof WeakEntries) return one.entries;
  const names = Object.keys(one);
  return [names, ...valuesOf(one, names)];
}

/** Does it hold what it held then? */
function isAsBefore(one: object, before: Saved): boolean {
  if (isWords(one)) return sameWords(one, before as Words);
  const then = before as readonly unknown[];
  if (Array.isArray(one)) return sameElements(one, then);
  if (one instanceof Map) return sameEntries(one, then);
  if (one instanceof Set) return one.size === then.length && sameElements([...one], then);
  if (one instanceof WeakEntries) return sameElements(one.entries, then);
  const names = Object.keys(one);
  return sameElements(names, then[0] as readonly string[]) && names.every((name, i) => Object.is((one as Record<string, unknown>)[name], then[i + 1]));
}

/** What it holds now, or null: what it held before. */
export const saveChanged = (one: object, before: Saved): Saved | null => (isAsBefore(one, before) ? null : save(one));

function sameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

function sameWords(a: Words, b: Words): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function sameEntries(map: ReadonlyMap<unknown, unknown>, entries: readonly unknown[]): boolean {
  if (2 * map.size !== entries.length) return false;
  let at = 0;
  for (const [key, value] of map) {
    if (!Object.is(key, entries[at]) || !Object.is(value, entries[at + 1])) return false;
    at += 2;
  }
  return true;
}

export function putBack(one: object, saved: Saved): void {
  if (isWords(one)) return void (one as { set(words: Words): void }).set(saved as Words);
  const values = saved as readonly unknown[];
  if (Array.isArray(one)) {
    one.length = values.length;
    for (let i = 0; i < values.length; i++) one[i] = values[i];
  } else if (one instanceof Map) {
    one.clear();
    for (let i = 0; i < values.length; i += 2) one.set(values[i], values[i + 1]);
  } else if (one instanceof Set) {
    one.clear();
    for (const value of values) one.add(value);
  } else if (one instanceof WeakEntries) {
    for (let i = 0; i < values.length; i += 2) one.map.set(values[i] as object, values[i + 1]);
  } else putFieldsBack(one as Record<string, unknown>, values);
}

function putFieldsBack(one: Record<string, unknown>, saved: readonly unknown[]): void {
  const names = saved[0] as readonly string[];
  names.forEach((name, i) => {
    const value = saved[i + 1];
    // What did not change may be of an object that nothing can change; a getter says what others hold.
    if (!Object.is(one[name], value) && Object.getOwnPropertyDescriptor(one, name)?.get === undefined) one[name] = value;
  });
  for (const name of Object.keys(one)) if (!names.includes(name)) delete one[name];
}

/** About how much memory it takes. */
export const bytesOf = (saved: Saved): number => 64 + (isWords(saved) ? saved.byteLength : 8 * saved.length);
