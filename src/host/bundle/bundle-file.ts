/** A bundle on disk: opened, its parts checked against the manifest, its trace read piece by piece. Nothing is ever unpacked to a file. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { crc32 } from '../../formats/bundle/crc32.ts';
import { BOOKMARKS_PART, DOCUMENT_PARTS, JOURNAL_PART, MANIFEST, mostBytes, NOTES_PART, parseManifest, TRACE_PART } from '../../formats/bundle/manifest.ts';
import type { Manifest } from '../../formats/bundle/manifest.ts';
import { isScreenshot, pngSize, screenshotsRefused } from '../../formats/bundle/screenshot.ts';
import type { Screenshot } from '../../formats/bundle/screenshot.ts';
import { readDirectory } from '../../formats/bundle/zip-directory.ts';
import type { ByteSource, Entry } from '../../formats/bundle/zip-directory.ts';
import type { Result } from '../../model/base/result.ts';
import { RECORD_BYTES } from '../../model/trace/record.ts';
import { bookmarkPlaceSchema, MAX_BOOKMARK_NOTE } from '../../protocol/contract.ts';
import type { Documents } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';
import { recordSource, wordsOf } from '../trace/record-source.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';
import type { BundledBookmark } from './bundle-writer.ts';

/** What of the others is larger is read in pieces. */
const SMALL = 8 * 1024 * 1024;
/** Records handed out at once: 4 MiB. */
const PIECE = 65_536 * RECORD_BYTES;

/** Bytes of the file read at once. */
const READ = 1024 * 1024;

const readAt = promisify(read);

const DOCUMENTS: readonly string[] = Object.values(DOCUMENT_PARTS);

const bundledBookmark = z.object({ place: bookmarkPlaceSchema, note: z.string().max(MAX_BOOKMARK_NOTE), made: z.string().max(40), ofRun: z.boolean() });

export class BundleFile {
  readonly manifest: Manifest;
  readonly file: string;
  readonly #descriptor: number;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: string, descriptor: number, entries: ReadonlyMap<string, Entry>, manifest: Manifest) {
    this.file = file;
    this.#descriptor = descriptor;
    this.#entries = entries;
    this.manifest = manifest;
  }

  /** Reads directory and manifest. Throws an RpcError that names file and part: `bundle-bad`, `bundle-newer`, `unreadable`. */
  static open(file: string): BundleFile {
    let descriptor: number;
    try {
      descriptor = openSync(file, 'r');
    } catch (error) {
      throw new RpcError({ code: 'unreadable', message: `the bundle cannot be read: ${(error as Error).message}`, at: { file } });
    }
    try {
      const entries = new Map(inFile(file, readDirectory(sourceOf(descriptor))).map((entry) => [entry.name, entry]));
      const entry = entries.get(MANIFEST);
      if (entry === undefined) throw badPart(file, MANIFEST, 'is missing');
      const bytes = smallPart(file, descriptor, entry);
      if (crc32(bytes) !== entry.crc) throw badPart(file, MANIFEST, 'is damaged: its CRC differs');
      const manifest = inFile(file, parseManifest(textOf(file, MANIFEST, bytes)));
      checkParts(file, manifest, entries);
      return new BundleFile(file, descriptor, entries, manifest);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Reads every part and compares it with the manifest, the trace with its digest too. Throws `bundle-bad` with the part. */
  async verify(options: ReadOptions = {}): Promise<void> {
    const { run, parts } = this.manifest;
    for (const { name, sha256 } of parts.filter((part) => part.name !== TRACE_PART)) {
      const hash = createHash('sha256');
      for await (const bytes of this.#contents(name)) hash.update(bytes);
      if (hash.digest('hex') !== sha256) throw badPart(this.file, name, 'is damaged: its SHA-256 is not that of the manifest');
    }
    for (const { name, png } of this.screenshots()) {
      const size = pngSize(png);
      if (!size.ok) throw badPart(this.file, name, size.error.message);
    }
    if (run === null) return;
    const hash = createHash('sha256');
    for await (const { words } of this.trace().pieces(options)) hash.update(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    const digest = hash.digest('hex');
    if (digest !== parts.find(({ name }) => name === TRACE_PART)!.sha256) throw badPart(this.file, TRACE_PART, 'is damaged: its SHA-256 is not that of the manifest');
    if (run.digest !== null && run.digest !== digest) throw badPart(this.file, TRACE_PART, 'is not the trace of which the manifest has the digest');
  }

  documents(): Documents {
    return { host: this.text(DOCUMENT_PARTS.host), guest: this.text(DOCUMENT_PARTS.guest), steps: this.text(DOCUMENT_PARTS.steps) };
  }

  notes(): string {
    return this.#entries.has(NOTES_PART) ? this.text(NOTES_PART) : '';
  }

  /** The lines of the journal: JSON each. */
  journal(): string[] {
    return this.#entries.has(JOURNAL_PART) ? this.text(JOURNAL_PART).split('\n').filter((line) => line !== '') : [];
  }

  /** Throws `bundle-bad` with the line that is none. */
  bookmarks(): BundledBookmark[] {
    if (!this.#entries.has(BOOKMARKS_PART)) return [];
    const lines = this.text(BOOKMARKS_PART).split('\n').filter((line) => line !== '');
    return lines.map((line, at) => {
      const parsed = bundledBookmark.safeParse(jsonOf(line));
      if (!parsed.success) throw badPart(this.file, BOOKMARKS_PART, `line ${at + 1} is no bookmark`);
      return parsed.data;
    });
  }

  /** They are PNG only once the bundle was verified. Copies: a Buffer, which unpacking makes, crosses no port as bytes. */
  screenshots(): Screenshot[] {
    return this.manifest.parts.filter(({ name }) => isScreenshot(name)).map(({ name }) => ({ name, png: new Uint8Array(smallPart(this.file, this.#descriptor, this.#entries.get(name)!)) }));
  }

  text(name: string): string {
    return textOf(this.file, name, smallPart(this.file, this.#descriptor, this.#entries.get(name)!));
  }

  /** Asked only of a bundle with a run. */
  trace(): RecordSource {
    const { level, records, dropped, omitted, cut, digest } = this.manifest.run!;
    let pieces: AsyncGenerator<Uint8Array> | null = null;
    return recordSource({ level, records, dropped, omitted, cut, digest }, async (piece) => {
      if (piece === 0) pieces = this.#pieces(TRACE_PART);
      const next = await pieces!.next();
      return next.done === true ? new Int32Array(0) : wordsOf(next.value);
    });
  }

  /** Contents in pieces of PIECE bytes, all but the last. */
  async *#pieces(name: string): AsyncGenerator<Uint8Array> {
    let held: Uint8Array[] = [];
    let size = 0;
    for await (const bytes of this.#contents(name)) {
      held.push(bytes);
      size += bytes.byteLength;
      if (size < PIECE) continue;
      const whole = Buffer.concat(held);
      let at = 0;
      for (; whole.byteLength - at >= PIECE; at += PIECE) yield whole.subarray(at, at + PIECE);
      held = [whole.subarray(at)];
      size = whole.byteLength - at;
    }
    if (size > 0) yield Buffer.concat(held);
  }

  async *#contents(name: string): AsyncGenerator<Uint8Array> {
    const entry = this.#entries.get(name)!;
    if (entry.bytes <= SMALL) return yield smallPart(this.file, this.#descriptor, entry);
    // Not a stream of the file: to destroy one closes the descriptor, which is ours for as long as the bundle is open.
    const raw = Readable.from(packedBytes(this.#descriptor, entry), { objectMode: false });
    const stream = entry.deflated ? raw.pipe(createInflateRaw({ chunkSize: READ })) : raw;
    raw.once('error', (error) => stream.destroy(error));
    let size = 0;
    try {
      for await (const bytes of stream as AsyncIterable<Buffer>) {
        size += bytes.byteLength;
        if (size > entry.bytes) throw badPart(this.file, name, 'holds more than the directory says');
        yield bytes;
      }
    } catch (error) {
      throw error instanceof RpcError ? error : badPart(this.file, name, `cannot be unpacked: ${(error as Error).message}`);
    } finally {
      raw.destroy();
    }
    if (size !== entry.bytes) throw badPart(this.file, name, 'holds less than the directory says');
  }
}

async function* packedBytes(descriptor: number, { data, packed }: Entry): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < packed; ) {
    const { bytesRead, buffer } = await readAt(descriptor, new Uint8Array(Math.min(READ, packed - done)), 0, Math.min(READ, packed - done), data + done);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

function checkParts(file: string, { parts, run, states }: Manifest, entries: ReadonlyMap<string, Entry>): void {
  const named = new Map(parts.map((part) => [part.name, part]));
  if (named.size !== parts.length) throw badPart(file, MANIFEST, 'names a part twice');
  for (const { name, bytes } of parts) {
    const entry = entries.get(name);
    if (entry === undefined) throw badPart(file, name, 'is missing');
    if (entry.bytes !== bytes) throw badPart(file, name, `has ${entry.bytes} bytes; the manifest says ${bytes}`);
  }
  for (const name of entries.keys()) if (name !== MANIFEST && !named.has(name)) throw badPart(file, name, 'is not in the manifest');
  const needed = [...DOCUMENTS, ...(run === null ? [] : [TRACE_PART]), ...states.flatMap(({ registers, memory }) => [registers, memory])];
  for (const name of needed) if (!named.has(name)) throw badPart(file, name, 'is missing');
  for (const { name, bytes } of parts) if (bytes > mostBytes(name)) throw badPart(file, name, tooLarge(name, bytes));
  const odd = screenshotsRefused([...named.keys()]);
  if (odd !== null) throw new RpcError({ code: 'bundle-bad', message: odd, at: { file } });
  if (run === null) {
    if (named.has(TRACE_PART)) throw badPart(file, TRACE_PART, 'is the trace of no run');
  } else if (named.get(TRACE_PART)!.bytes !== run.records * RECORD_BYTES) throw badPart(file, TRACE_PART, `does not hold the ${run.records} records of the manifest`);
}

function smallPart(file: string, descriptor: number, { name, data, packed, bytes, deflated }: Entry): Uint8Array {
  if (bytes > mostBytes(name)) throw badPart(file, name, tooLarge(name, bytes));
  const raw = sourceOf(descriptor).read(data, packed);
  if (!deflated) return raw;
  try {
    const contents = inflateRawSync(raw, { maxOutputLength: Math.max(1, bytes) });
    if (contents.byteLength === bytes) return contents;
  } catch (error) {
    throw badPart(file, name, `cannot be unpacked: ${(error as Error).message}`);
  }
  throw badPart(file, name, 'holds less than the directory says');
}

function sourceOf(descriptor: number): ByteSource {
  return {
    size: fstatSync(descriptor).size,
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const count = readSync(descriptor, bytes, done, length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return bytes.subarray(0, done);
    },
  };
}

function textOf(file: string, name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badPart(file, name, 'is not UTF-8');
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function inFile<T>(file: string, result: Result<T>): T {
  if (result.ok) return result.value;
  throw new RpcError({ ...result.error, at: { file } });
}

const tooLarge = (name: string, bytes: number): string => `has ${bytes} bytes; at most ${mostBytes(name)} are expected`;

const badPart = (file: string, name: string, what: string): RpcError => new RpcError({ code: 'bundle-bad', message: `${name} ${what}`, at: { file } });
