/** Writes a bundle beside its name and gives it that name only when it is whole and on the disk. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Zip, ZipDeflate } from 'fflate';
import { BUNDLE_FORMAT, BUNDLE_VERSION, DOCUMENT_PARTS, JOURNAL_PART, MANIFEST, NOTES_PART, TRACE_PART } from '../../formats/bundle/manifest.ts';
import type { BundleRun, BundleState, Manifest, Part } from '../../formats/bundle/manifest.ts';
import { MAX_BYTES } from '../../formats/bundle/zip-directory.ts';
import { RECORD_BYTES } from '../../model/trace/record.ts';
import type { Documents } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';

export interface BundleContents {
  readonly engine: string;
  readonly made: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly documents: Documents;
  /** Lines of JSON. */
  readonly journal: readonly string[];
  readonly run: { readonly about: Omit<BundleRun, 'level' | 'records' | 'dropped' | 'omitted' | 'digest'>; readonly trace: RecordSource } | null;
  /** With the bytes of their parts. */
  readonly states: readonly (BundleState & { readonly contents: { readonly registers: Uint8Array; readonly memory: Uint8Array } })[];
}

/** Parts of an archive have a time; ours say when nothing in particular was. */
const NO_TIME = new Date(1980, 0, 1);
/** Bytes handed to deflate at once. */
const STRIDE = 256 * 1024;
/** 9 would take several times as long for a few per cent. */
const LEVEL = 1;

class PartWriter {
  readonly parts: Part[] = [];
  readonly #zip: Zip;
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#zip = new Zip((error, bytes) => {
      if (error !== null) throw error;
      this.#write(bytes);
    });
  }

  add(name: string, contents: string | Uint8Array): void {
    const part = this.begin(name);
    part.push(typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
    part.end();
  }

  begin(name: string): { push(bytes: Uint8Array): void; end(): string } {
    const entry = new ZipDeflate(name, { level: LEVEL });
    entry.mtime = NO_TIME;
    this.#zip.add(entry);
    const hash = createHash('sha256');
    let size = 0;
    return {
      push: (bytes) => {
        for (let at = 0; at < bytes.byteLength; at += STRIDE) entry.push(bytes.subarray(at, at + STRIDE));
        hash.update(bytes);
        size += bytes.byteLength;
      },
      end: () => {
        entry.push(new Uint8Array(0), true);
        const sha256 = hash.digest('hex');
        this.parts.push({ name, bytes: size, sha256 });
        return sha256;
      },
    };
  }

  end(): void {
    this.#zip.end();
    fsyncSync(this.#descriptor);
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.byteLength; ) done += writeSync(this.#descriptor, bytes, done);
  }
}

/** Throws an RpcError: `bundle-large`, `cancelled`, `unwritable`; `file` is then as it was. */
export async function writeBundle(file: string, contents: BundleContents, options: ReadOptions = {}): Promise<void> {
  const half = `${file}.part`;
  const bytes = (contents.run?.trace.info.records ?? 0) * RECORD_BYTES;
  if (bytes > MAX_BYTES - STRIDE) {
    throw new RpcError({ code: 'bundle-large', message: `the trace has ${bytes} bytes; a bundle holds at most ${MAX_BYTES}: record less of the run (level, limit, faults)`, at: { file } });
  }
  let descriptor: number | null = null;
  try {
    descriptor = openSync(half, 'w');
    await writeParts(new PartWriter(descriptor), contents, options);
    closeSync(descriptor);
    descriptor = null;
    renameSync(half, file);
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    rmSync(half, { force: true });
    if (error instanceof RpcError) throw error;
    throw new RpcError({ code: 'unwritable', message: `the bundle cannot be written: ${(error as Error).message}`, at: { file } });
  }
}

async function writeParts(writer: PartWriter, contents: BundleContents, options: ReadOptions): Promise<void> {
  const { engine, made, title, tags, notes, documents, journal, run, states } = contents;
  for (const name of ['host', 'guest', 'steps'] as const) writer.add(DOCUMENT_PARTS[name], documents[name]);
  if (notes !== '') writer.add(NOTES_PART, notes);
  if (journal.length > 0) writer.add(JOURNAL_PART, journal.map((line) => `${line}\n`).join(''));
  for (const { registers, memory, contents: bytes } of states) {
    writer.add(registers, bytes.registers);
    writer.add(memory, bytes.memory);
  }
  if (run !== null) await writeTrace(writer, run.trace, options);
  const { level, records, dropped, omitted, digest } = run?.trace.info ?? {};
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    version: BUNDLE_VERSION,
    engine,
    made,
    title,
    tags: [...tags],
    run: run === null ? null : { level: level ?? null, records: records!, dropped: dropped!, omitted: omitted!, digest: digest ?? null, ...run.about },
    states: states.map(({ step, registers, memory, ranges }) => ({ step, registers, memory, ranges })),
    parts: [...writer.parts],
  };
  writer.add(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  writer.end();
}

async function writeTrace(writer: PartWriter, trace: RecordSource, options: ReadOptions): Promise<void> {
  const part = writer.begin(TRACE_PART);
  for await (const { words } of trace.pieces(options)) {
    part.push(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    // Others on this thread are answered meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const sha256 = part.end();
  if (trace.info.digest !== null && trace.info.digest !== sha256) throw new RpcError({ code: 'trace-damaged', message: 'the trace is not the one of which the digest is known' });
}
