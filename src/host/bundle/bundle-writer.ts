/** Writes a bundle beside its name and gives it that name only when it is whole and on the disk. */
import { createHash } from 'node:crypto';
import { Zip } from 'fflate';
import { BOOKMARKS_PART, BUNDLE_FORMAT, BUNDLE_VERSION, DOCUMENT_PARTS, JOURNAL_PART, MANIFEST, NOTES_PART, TRACE_PART } from '../../formats/bundle/manifest.ts';
import type { BundleRun, BundleState, Manifest, Part } from '../../formats/bundle/manifest.ts';
import { MAX_BYTES } from '../../formats/bundle/zip-directory.ts';
import { RECORD_BYTES } from '../../model/trace/record.ts';
import type { Bookmark, Documents } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';
import { writeWhole } from '../whole-file.ts';
import { DeflatedPart } from './deflated-part.ts';

/** `ofRun`: of the run that the bundle holds. */
export type BundledBookmark = Pick<Bookmark, 'place' | 'note' | 'made'> & { readonly ofRun: boolean };

export interface BundleContents {
  readonly engine: string;
  readonly made: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly documents: Documents;
  /** Lines of JSON. */
  readonly journal: readonly string[];
  readonly bookmarks: readonly BundledBookmark[];
  readonly run: { readonly about: Omit<BundleRun, 'level' | 'records' | 'dropped' | 'omitted' | 'digest'>; readonly trace: RecordSource } | null;
  /** With the bytes of their parts. */
  readonly states: readonly (BundleState & { readonly contents: { readonly registers: Uint8Array; readonly memory: Uint8Array } })[];
}

/** Parts of an archive have a time; ours say when nothing in particular was. */
const NO_TIME = new Date(1980, 0, 1);
/** What a bundle may have beside its trace. */
const MARGIN = 256 * 1024;

class PartWriter {
  readonly parts: Part[] = [];
  readonly #zip: Zip;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#zip = new Zip((error, bytes) => {
      if (error !== null) throw error;
      write(bytes);
    });
  }

  async add(name: string, contents: string | Uint8Array): Promise<void> {
    const part = this.begin(name);
    await part.push(typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
    await part.end();
  }

  /** A part is ended before the next is begun. */
  begin(name: string): { push(bytes: Uint8Array): Promise<void>; end(): Promise<string> } {
    const entry = new DeflatedPart(name);
    entry.mtime = NO_TIME;
    this.#zip.add(entry);
    const hash = createHash('sha256');
    let size = 0;
    return {
      push: (bytes) => {
        hash.update(bytes);
        size += bytes.byteLength;
        return entry.deflate(bytes);
      },
      end: async () => {
        await entry.finish();
        const sha256 = hash.digest('hex');
        this.parts.push({ name, bytes: size, sha256 });
        return sha256;
      },
    };
  }

  end(): void {
    this.#zip.end();
  }
}

/** Throws an RpcError: `bundle-large`, `cancelled`, `unwritable`; `file` is then as it was. */
export async function writeBundle(file: string, contents: BundleContents, options: ReadOptions = {}): Promise<void> {
  const bytes = (contents.run?.trace.info.records ?? 0) * RECORD_BYTES;
  if (bytes > MAX_BYTES - MARGIN) {
    throw new RpcError({ code: 'bundle-large', message: `the trace has ${bytes} bytes; a bundle holds at most ${MAX_BYTES}: record less of the run (level, limit, faults)`, at: { file } });
  }
  await writeWhole(file, 'the bundle', (write) => writeParts(new PartWriter(write), contents, options));
}

async function writeParts(writer: PartWriter, contents: BundleContents, options: ReadOptions): Promise<void> {
  const { engine, made, title, tags, notes, documents, journal, bookmarks, run, states } = contents;
  for (const name of ['host', 'guest', 'steps'] as const) await writer.add(DOCUMENT_PARTS[name], documents[name]);
  if (notes !== '') await writer.add(NOTES_PART, notes);
  if (journal.length > 0) await writer.add(JOURNAL_PART, journal.map((line) => `${line}\n`).join(''));
  if (bookmarks.length > 0) await writer.add(BOOKMARKS_PART, bookmarks.map((one) => `${JSON.stringify(one)}\n`).join(''));
  for (const { registers, memory, contents: bytes } of states) {
    await writer.add(registers, bytes.registers);
    await writer.add(memory, bytes.memory);
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
  await writer.add(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  writer.end();
}

async function writeTrace(writer: PartWriter, trace: RecordSource, options: ReadOptions): Promise<void> {
  const part = writer.begin(TRACE_PART);
  for await (const { words } of trace.pieces(options)) {
    await part.push(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    // Others on this thread are answered meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const sha256 = await part.end();
  if (trace.info.digest !== null && trace.info.digest !== sha256) throw new RpcError({ code: 'trace-damaged', message: 'the trace is not the one of which the digest is known' });
}
