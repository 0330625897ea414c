/** Writes a bundle beside its name and gives it that name only when it is whole and on the disk. */
import { createHash } from 'node:crypto';
import { BOOKMARKS_PART, BUNDLE_FORMAT, BUNDLE_VERSION, checkManifest, DOCUMENT_PARTS, JOURNAL_PART, MANIFEST, mostBytes, NOTES_PART, TRACE_PART } from '../../formats/bundle/manifest.ts';
import type { BundleRun, BundleState, Manifest, Part } from '../../formats/bundle/manifest.ts';
import { pngSize, screenshotsRefused } from '../../formats/bundle/screenshot.ts';
import type { Screenshot } from '../../formats/bundle/screenshot.ts';
import { MAX_BYTES } from '../../formats/bundle/zip-format.ts';
import { ZipWriter } from '../../formats/bundle/zip-writer.ts';
import type { LabError } from '../../model/base/result.ts';
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
  readonly run: { readonly about: Omit<BundleRun, 'level' | 'records' | 'dropped' | 'omitted' | 'cut' | 'digest'>; readonly trace: RecordSource } | null;
  /** With the bytes of their parts. */
  readonly states: readonly (BundleState & { readonly contents: { readonly registers: Uint8Array; readonly memory: Uint8Array } })[];
  readonly screenshots?: readonly Screenshot[];
}

class PartWriter {
  readonly parts: Part[] = [];
  readonly #zip: ZipWriter;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#zip = new ZipWriter(write);
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    const part = this.begin(name, bytes.byteLength);
    await part.push(bytes);
    await part.end();
  }

  /** A part of so many bytes; it is ended before the next is begun. */
  begin(name: string, bytes: number): { push(bytes: Uint8Array): Promise<void>; end(): Promise<string> } {
    this.#zip.begin(name, bytes);
    const entry = new DeflatedPart(this.#zip);
    const hash = createHash('sha256');
    return {
      push: (more) => {
        hash.update(more);
        return entry.deflate(more);
      },
      end: async () => {
        await entry.finish();
        const sha256 = hash.digest('hex');
        this.parts.push({ name, bytes, sha256 });
        return sha256;
      },
    };
  }

  end(): void {
    this.#zip.finish();
  }
}

/** What a part is called, and its bytes; of the trace how many they will be. */
type Planned = readonly [name: string, contents: Uint8Array | number];

const text = (lines: string): Uint8Array => new TextEncoder().encode(lines);

/** Throws an RpcError: `bundle-large`, `bundle-bad`, `cancelled`, `trace-damaged`, `unwritable`; `file` is then as it was. */
export async function writeBundle(file: string, contents: BundleContents, options: ReadOptions = {}): Promise<void> {
  const planned = partsOf(contents);
  // Before anything is written: no reader would take it.
  const draft = manifestOf(contents, planned.map(([name, part]) => ({ name, bytes: sizeOf(part), sha256: '0'.repeat(64) })));
  const refused = refusalOf(draft) ?? screenshotRefusal(contents.screenshots ?? []);
  if (refused !== null) throw new RpcError({ ...refused, at: { file } });
  await writeWhole(file, 'the bundle', async (write) => {
    const writer = new PartWriter(write);
    for (const [name, part] of planned) {
      if (typeof part === 'number') await writeTrace(writer, contents.run!.trace, options);
      else await writer.add(name, part);
    }
    await writer.add(MANIFEST, jsonOf(manifestOf(contents, writer.parts)));
    writer.end();
  });
}

const sizeOf = (part: Uint8Array | number): number => (typeof part === 'number' ? part : part.byteLength);

const jsonOf = (manifest: Manifest): Uint8Array => text(`${JSON.stringify(manifest, null, 2)}\n`);

function partsOf({ documents, notes, journal, bookmarks, states, screenshots = [], run }: BundleContents): Planned[] {
  return [
    ...(['host', 'guest', 'steps'] as const).map((name) => [DOCUMENT_PARTS[name], text(documents[name])] as const),
    ...(notes === '' ? [] : [[NOTES_PART, text(notes)] as const]),
    ...(journal.length === 0 ? [] : [[JOURNAL_PART, text(journal.map((line) => `${line}\n`).join(''))] as const]),
    ...(bookmarks.length === 0 ? [] : [[BOOKMARKS_PART, text(bookmarks.map((one) => `${JSON.stringify(one)}\n`).join(''))] as const]),
    ...states.flatMap(({ registers, memory, contents }) => [[registers, contents.registers] as const, [memory, contents.memory] as const]),
    ...screenshots.map(({ name, png }) => [name, png] as const),
    ...(run === null ? [] : [[TRACE_PART, run.trace.info.records * RECORD_BYTES] as const]),
  ];
}

function manifestOf({ engine, made, title, tags, run, states }: BundleContents, parts: readonly Part[]): Manifest {
  return {
    format: BUNDLE_FORMAT,
    version: BUNDLE_VERSION,
    engine,
    made,
    title,
    tags: [...tags],
    run: run === null ? null : { ...run.trace.info, cut: run.trace.info.cut === true, ...run.about },
    states: states.map(({ step, registers, memory, ranges }) => ({ step, registers, memory, ranges })),
    parts: [...parts],
  };
}

function refusalOf(draft: Manifest): LabError | null {
  const sizes = [...draft.parts, { name: MANIFEST, bytes: jsonOf(draft).byteLength }];
  const large = sizes.find(({ name, bytes }) => bytes > mostBytes(name));
  if (large !== undefined) return { code: 'bundle-large', message: `${large.name} has ${large.bytes} bytes; a bundle holds at most ${mostBytes(large.name)} of it` };
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > MAX_BYTES) return { code: 'bundle-large', message: `the parts have ${total} bytes; a bundle holds at most ${MAX_BYTES}: record less of the run (level, limit, faults)` };
  const checked = checkManifest(draft);
  return checked.ok ? null : checked.error;
}

function screenshotRefusal(screenshots: readonly Screenshot[]): LabError | null {
  const names = screenshots.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  const odd = twice === undefined ? screenshotsRefused(names) : `${twice} is there twice`;
  if (odd !== null) return { code: 'bundle-bad', message: odd };
  for (const { name, png } of screenshots) {
    const size = pngSize(png);
    if (!size.ok) return { ...size.error, message: `${name} ${size.error.message}` };
  }
  return null;
}

async function writeTrace(writer: PartWriter, trace: RecordSource, options: ReadOptions): Promise<void> {
  const { records, digest } = trace.info;
  const part = writer.begin(TRACE_PART, records * RECORD_BYTES);
  let written = 0;
  for await (const { words } of trace.pieces(options)) {
    await part.push(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    written += words.byteLength;
    // Others on this thread are answered meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const sha256 = await part.end();
  if (written !== records * RECORD_BYTES) throw new RpcError({ code: 'trace-damaged', message: `the trace has ${written / RECORD_BYTES} records; expected ${records}` });
  if (digest !== null && digest !== sha256) throw new RpcError({ code: 'trace-damaged', message: 'the trace is not the one of which the digest is known' });
}
