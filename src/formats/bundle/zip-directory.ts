/**
 * The directory of a zip archive, read so that nothing is left to interpretation: one archive from the first byte to the last, parts one
 * behind the other, local headers that say what the directory says. Anything else is refused with the name of the part.
 */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { PART_NAME } from './manifest.ts';

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

const END = { signature: 0x0605_4b50, bytes: 22 } as const;
const CENTRAL = { signature: 0x0201_4b50, bytes: 46 } as const;
const LOCAL = { signature: 0x0403_4b50, bytes: 30 } as const;
const DESCRIPTOR = { signature: 0x0807_4b50, bytes: 16 } as const;
/** The sizes follow the data. */
const FLAG_DESCRIPTOR = 8;
/** With how hard it was deflated, and that names are UTF-8. No other flag: nothing is encrypted. */
const FLAGS = FLAG_DESCRIPTOR | 6 | 0x800;
export const MAX_ENTRIES = 1000;
const MAX_DIRECTORY = 1024 * 1024;
/** Deflate makes at most 1,032 bytes of one. */
const MAX_RATIO = 1032;
/** All parts together: what zip sizes of 32 bits can say. */
export const MAX_BYTES = 0xffff_ffff;

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
    entries.push({ ...entry, data });
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
  const [disk, startDisk, here, count] = [4, 6, 8, 10].map((at) => end.getUint16(at, true)) as [number, number, number, number];
  const [size, start] = [end.getUint32(12, true), end.getUint32(16, true)];
  if (disk !== 0 || startDisk !== 0 || here !== count) bad('the directory is that of an archive in several files');
  if (end.getUint16(20, true) !== 0) bad('the archive has a comment');
  if (count > MAX_ENTRIES) bad(`the directory names ${count} parts; a bundle has at most ${MAX_ENTRIES}`);
  if (size > MAX_DIRECTORY) bad(`the directory has ${size} bytes; that of a bundle has at most ${MAX_DIRECTORY}`);
  if (start + size !== source.size - END.bytes) bad('the directory does not lie at the end of the file');
  return { count, start, size };
}

function centralEntry(directory: Uint8Array, at: number, n: number): { entry: Omit<Entry, 'data'>; next: number } {
  if (at + CENTRAL.bytes > directory.byteLength) bad(`the directory ends before part ${n + 1}`);
  const view = viewOf(directory.subarray(at));
  if (view.getUint32(0, true) !== CENTRAL.signature) bad(`the directory is damaged at part ${n + 1}`);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((where) => view.getUint16(where, true)) as [number, number, number];
  const next = at + CENTRAL.bytes + nameLength + extraLength + commentLength;
  if (next > directory.byteLength) bad(`the directory ends within part ${n + 1}`);
  const name = nameOf(directory.subarray(at + CENTRAL.bytes, at + CENTRAL.bytes + nameLength), n);
  const method = view.getUint16(10, true);
  const attributes = view.getUint32(38, true) >>> 28;
  if (view.getUint16(6, true) > 20) bad(`${name} needs a newer unzip`);
  if ((view.getUint16(8, true) & ~FLAGS) !== 0) bad(`${name} is encrypted or has flags that bundles do not use`);
  if (method !== 0 && method !== 8) bad(`${name} is packed by method ${method}; expected 0 (stored) or 8 (deflated)`);
  if (attributes !== 0 && attributes !== 8) bad(`${name} is a link or another thing that is no file`);
  if (extraLength !== 0 || commentLength !== 0 || view.getUint16(34, true) !== 0) bad(`${name} has fields in the directory that bundles do not use`);
  const [crc, packed, bytes, offset] = [16, 20, 24, 42].map((where) => view.getUint32(where, true)) as [number, number, number, number];
  if (method === 0 && packed !== bytes) bad(`${name} is stored, and has two sizes`);
  if (bytes > packed * MAX_RATIO + 64) bad(`${name} would grow from ${packed} bytes to ${bytes}`);
  return { entry: { name, deflated: method === 8, crc, packed, bytes, offset }, next };
}

function nameOf(bytes: Uint8Array, n: number): string {
  const name = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  if (!PART_NAME.test(name)) bad(`part ${n + 1} is called ${JSON.stringify(name.slice(0, 80))}, which is no name of a part`);
  return name;
}

/** The header in front of the data, and what follows it where the sizes do. */
function checkLocal(source: ByteSource, { name, offset, packed, bytes, crc, deflated }: Omit<Entry, 'data'>, limit: number): { data: number; end: number } {
  const data = offset + LOCAL.bytes + name.length;
  if (data + packed > limit) bad(`${name} reaches beyond the file`);
  const header = source.read(offset, LOCAL.bytes + name.length);
  const view = viewOf(header);
  if (view.getUint32(0, true) !== LOCAL.signature) bad(`the header of ${name} is damaged`);
  const own = Array.from(header.subarray(LOCAL.bytes), (byte) => String.fromCharCode(byte)).join('');
  if (view.getUint16(26, true) !== name.length || own !== name) bad(`the header of ${name} has another name`);
  if (view.getUint16(28, true) !== 0) bad(`the header of ${name} has fields that bundles do not use`);
  if (view.getUint16(8, true) !== (deflated ? 8 : 0)) bad(`the header of ${name} says that it is packed otherwise`);
  const flags = view.getUint16(6, true);
  const sizes = [14, 18, 22].map((at) => view.getUint32(at, true));
  const wanted = [crc, packed, bytes];
  if ((flags & ~FLAGS) !== 0) bad(`the header of ${name} has flags that bundles do not use`);
  if ((flags & FLAG_DESCRIPTOR) === 0) {
    if (sizes.some((size, at) => size !== wanted[at])) bad(`the header of ${name} has other sizes`);
    return { data, end: data + packed };
  }
  if (sizes.some((size) => size !== 0) || data + packed + DESCRIPTOR.bytes > limit) bad(`the header of ${name} has other sizes`);
  const descriptor = viewOf(source.read(data + packed, DESCRIPTOR.bytes));
  const after = [4, 8, 12].map((at) => descriptor.getUint32(at, true));
  if (descriptor.getUint32(0, true) !== DESCRIPTOR.signature || after.some((size, at) => size !== wanted[at])) bad(`what follows ${name} does not fit the directory`);
  return { data, end: data + packed + DESCRIPTOR.bytes };
}
