/**
 * The directory of a zip archive, read so that nothing is left to interpretation: one archive from the first byte to the last, parts one
 * behind the other, local headers that say what the directory says. Anything else is refused with the name of the part.
 */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { PART_NAME } from './manifest.ts';
import { CENTRAL, DEFLATED, DESCRIPTOR, DESCRIPTOR_64_BYTES, END, END_64, EXTRA_64, FLAG_DESCRIPTOR, FLAG_FASTEST, get64, LOCAL, LOCATOR_64, MAX_BYTES, SEE_64, STORED, VERSION_64 } from './zip-format.ts';

export interface ByteSource {
  readonly size: number;
  /** Exactly so many bytes; fewer only where the file ends. */
  read(offset: number, length: number): Uint8Array;
}

export interface Entry {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  /** As it lies in the file, and of its contents. */
  readonly packed: number;
  readonly bytes: number;
  readonly offset: number;
  /** Where its packed bytes begin. */
  readonly data: number;
}

/** `isLarge`: its sizes have 64 bits. */
type Listed = Omit<Entry, 'data'> & { readonly isLarge: boolean };

/** That names are UTF-8, too. No other flag: nothing is encrypted. */
const FLAGS = FLAG_DESCRIPTOR | FLAG_FASTEST | 0x800;
export const MAX_ENTRIES = 1000;
const MAX_DIRECTORY = 1024 * 1024;
/** Deflate makes at most 1,032 bytes of one. */
const MAX_RATIO = 1032;
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

class Bad extends Error {}
const bad = (message: string): never => {
  throw new Bad(message);
};

/** Errors: `bundle-bad`. */
export function readDirectory(source: ByteSource): Result<readonly Entry[]> {
  try {
    return ok(entriesOf(source));
  } catch (error) {
    if (error instanceof Bad) return fail('bundle-bad', error.message);
    throw error;
  }
}

function entriesOf(source: ByteSource): Entry[] {
  const { count, start, size } = endOf(source);
  const directory = source.read(start, size);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let [at, offset, total] = [0, 0, 0];
  for (let n = 0; n < count; n++) {
    const { entry, next } = centralEntry(directory, at, n);
    if (names.has(entry.name)) bad(`${entry.name} is there twice`);
    names.add(entry.name);
    if (entry.offset !== offset) bad(`${entry.name} does not begin where the part before it ends`);
    const { data, end } = checkLocal(source, entry, start);
    const { isLarge: _, ...listed } = entry;
    entries.push({ ...listed, data });
    total += entry.bytes;
    if (total > MAX_BYTES) bad(`the parts up to ${entry.name} hold more than ${MAX_BYTES} bytes`);
    at = next;
    offset = end;
  }
  if (at !== size) bad('the directory holds more than its parts');
  if (offset !== start) bad('between the last part and the directory is something else');
  return entries;
}

function endOf(source: ByteSource): { count: number; start: number; size: number } {
  if (source.size < END.bytes) bad('not a bundle: the file is too short for a zip archive');
  const end = viewOf(source.read(source.size - END.bytes, END.bytes));
  if (end.getUint32(0, true) !== END.signature) bad('not a bundle: the directory of a zip archive is missing at its end, or the file was cut off');
  const [disk, startDisk, here] = [4, 6, 8].map((at) => end.getUint16(at, true)) as [number, number, number];
  const { count, size, start, at } = placeOf(source, end);
  if (disk !== 0 || startDisk !== 0 || here !== end.getUint16(10, true)) bad('the directory is that of an archive in several files');
  if (end.getUint16(20, true) !== 0) bad('the archive has a comment');
  if (count > MAX_ENTRIES) bad(`the directory names ${count} parts; a bundle has at most ${MAX_ENTRIES}`);
  if (size > MAX_DIRECTORY) bad(`the directory has ${size} bytes; that of a bundle has at most ${MAX_DIRECTORY}`);
  if (start + size !== at) bad('the directory does not lie at the end of the file');
  return { count, start, size };
}

/** `at` is where the directory must end. */
function placeOf(source: ByteSource, end: DataView): { count: number; size: number; start: number; at: number } {
  const narrow = { count: end.getUint16(10, true), size: end.getUint32(12, true), start: end.getUint32(16, true), at: source.size - END.bytes };
  if (narrow.count !== 0xffff && narrow.size !== SEE_64 && narrow.start !== SEE_64) return narrow;
  const at = narrow.at - LOCATOR_64.bytes - END_64.bytes;
  if (at < 0) bad('the directory does not lie at the end of the file');
  const wide = viewOf(source.read(at, END_64.bytes + LOCATOR_64.bytes));
  if (wide.getUint32(END_64.bytes, true) !== LOCATOR_64.signature || wide.getUint32(0, true) !== END_64.signature) bad('the directory of an archive of more than 4 GiB is missing at its end');
  const [count, size, start] = [32, 40, 48].map((where) => get64(wide, where)) as [number, number, number];
  const fits = [narrow.count === Math.min(count, 0xffff), narrow.size === Math.min(size, SEE_64), narrow.start === Math.min(start, SEE_64)].every(Boolean);
  const isOne = get64(wide, 4) === END_64.bytes - 12 && get64(wide, 16) === 0 && get64(wide, 24) === count && wide.getUint32(END_64.bytes + 4, true) === 0 && get64(wide, END_64.bytes + 8) === at && wide.getUint32(END_64.bytes + 16, true) === 1;
  if (!fits || !isOne) bad('the end of the archive says two things about its directory');
  return { count, size, start, at };
}

function centralEntry(directory: Uint8Array, at: number, n: number): { entry: Listed; next: number } {
  if (at + CENTRAL.bytes > directory.byteLength) bad(`the directory ends before part ${n + 1}`);
  const view = viewOf(directory.subarray(at));
  if (view.getUint32(0, true) !== CENTRAL.signature) bad(`the directory is damaged at part ${n + 1}`);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((where) => view.getUint16(where, true)) as [number, number, number];
  const next = at + CENTRAL.bytes + nameLength + extraLength + commentLength;
  if (next > directory.byteLength) bad(`the directory ends within part ${n + 1}`);
  const name = nameOf(directory.subarray(at + CENTRAL.bytes, at + CENTRAL.bytes + nameLength), n);
  const method = view.getUint16(10, true);
  const attributes = view.getUint32(38, true) >>> 28;
  if (view.getUint16(6, true) > VERSION_64) bad(`${name} needs a newer unzip`);
  if ((view.getUint16(8, true) & ~FLAGS) !== 0) bad(`${name} is encrypted or has flags that bundles do not use`);
  if (method !== STORED && method !== DEFLATED) bad(`${name} is packed by method ${method}; expected 0 (stored) or 8 (deflated)`);
  if (attributes !== 0 && attributes !== 8) bad(`${name} is a link or another thing that is no file`);
  const crc = view.getUint32(16, true);
  // In this order in the field of those that do not fit.
  const large = [24, 20, 42].filter((where) => view.getUint32(where, true) === SEE_64);
  const extraAt = CENTRAL.bytes + nameLength;
  const isKnown = extraLength === (large.length === 0 ? 0 : 4 + 8 * large.length) && (large.length === 0 || (view.getUint16(extraAt, true) === EXTRA_64 && view.getUint16(extraAt + 2, true) === 8 * large.length));
  if (!isKnown || commentLength !== 0 || view.getUint16(34, true) !== 0) bad(`${name} has fields in the directory that bundles do not use`);
  const isLarge = large.includes(24);
  if (isLarge !== large.includes(20)) bad(`${name} has one size of 32 bits and one of 64`);
  const [bytes, packed, offset] = [24, 20, 42].map((where) => (large.includes(where) ? get64(view, extraAt + 4 + 8 * large.indexOf(where)) : view.getUint32(where, true))) as [number, number, number];
  if (method === STORED && packed !== bytes) bad(`${name} is stored, and has two sizes`);
  if (bytes > packed * MAX_RATIO + 64) bad(`${name} would grow from ${packed} bytes to ${bytes}`);
  return { entry: { name, deflated: method === DEFLATED, crc, packed, bytes, offset, isLarge }, next };
}

function nameOf(bytes: Uint8Array, n: number): string {
  const name = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  if (!PART_NAME.test(name)) bad(`part ${n + 1} is called ${JSON.stringify(name.slice(0, 80))}, which is no name of a part`);
  return name;
}

/** The header in front of the data, and what follows it where the sizes do. */
function checkLocal(source: ByteSource, { name, offset, packed, bytes, crc, deflated, isLarge }: Listed, limit: number): { data: number; end: number } {
  const extra = isLarge ? 20 : 0;
  const data = offset + LOCAL.bytes + name.length + extra;
  if (data + packed > limit) bad(`${name} reaches beyond the file`);
  const whole = source.read(offset, LOCAL.bytes + name.length + extra);
  const header = whole.subarray(0, LOCAL.bytes + name.length);
  const view = viewOf(whole);
  if (view.getUint32(0, true) !== LOCAL.signature) bad(`the header of ${name} is damaged`);
  const own = Array.from(header.subarray(LOCAL.bytes), (byte) => String.fromCharCode(byte)).join('');
  if (view.getUint16(26, true) !== name.length || own !== name) bad(`the header of ${name} has another name`);
  if (view.getUint16(28, true) !== extra || (isLarge && (view.getUint16(header.length, true) !== EXTRA_64 || view.getUint16(header.length + 2, true) !== 16))) bad(`the header of ${name} has fields that bundles do not use`);
  if (view.getUint16(8, true) !== (deflated ? DEFLATED : STORED)) bad(`the header of ${name} says that it is packed otherwise`);
  const flags = view.getUint16(6, true);
  if (isLarge && [18, 22].some((at) => view.getUint32(at, true) !== SEE_64)) bad(`the header of ${name} has other sizes`);
  const sizes = [view.getUint32(14, true), ...(isLarge ? [get64(view, header.length + 12), get64(view, header.length + 4)] : [view.getUint32(18, true), view.getUint32(22, true)])];
  const wanted = [crc, packed, bytes];
  if ((flags & ~FLAGS) !== 0) bad(`the header of ${name} has flags that bundles do not use`);
  if ((flags & FLAG_DESCRIPTOR) === 0) {
    if (sizes.some((size, at) => size !== wanted[at])) bad(`the header of ${name} has other sizes`);
    return { data, end: data + packed };
  }
  const length = isLarge ? DESCRIPTOR_64_BYTES : DESCRIPTOR.bytes;
  if (sizes.some((size) => size !== 0) || data + packed + length > limit) bad(`the header of ${name} has other sizes`);
  const descriptor = viewOf(source.read(data + packed, length));
  const after = [descriptor.getUint32(4, true), ...(isLarge ? [get64(descriptor, 8), get64(descriptor, 16)] : [descriptor.getUint32(8, true), descriptor.getUint32(12, true)])];
  if (descriptor.getUint32(0, true) !== DESCRIPTOR.signature || after.some((size, at) => size !== wanted[at])) bad(`what follows ${name} does not fit the directory`);
  return { data, end: data + packed + length };
}
