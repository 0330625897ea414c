/** Bundles: whole, or refused with the name of the part; replayed to the same digest; in and out of the store. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import type { Zippable } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENT_PARTS } from '../../src/formats/bundle/manifest.ts';
import type { Manifest } from '../../src/formats/bundle/manifest.ts';
import { readDirectory } from '../../src/formats/bundle/zip-directory.ts';
import { BundleFile } from '../../src/host/bundle/bundle-file.ts';
import { writeBundle } from '../../src/host/bundle/bundle-writer.ts';
import { importBundle } from '../../src/host/bundle/transfer.ts';
import type { StoreClient } from '../../src/host/store/store-client.ts';
import { recordSource } from '../../src/host/trace/record-source.ts';
import { KIND, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { cli } from '../cli/run-cli.ts';

const LABS = join(import.meta.dirname, '..', '..', 'resources', 'labs');
const labs = readdirSync(LABS, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
let folder: string;
let file: string;
let original: Uint8Array;
let parts: Readonly<Record<string, Uint8Array>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-bundles-'));
  file = join(folder, 'original.smmulab');
  const exported = await cli(['export', join(LABS, 'stage-2-faults'), '--to', file]);
  if (exported.code !== 0) throw new Error(exported.err);
  original = new Uint8Array(readFileSync(file));
  parts = unzipSync(original);
});
afterAll(() => rmSync(folder, { recursive: true }));

const READER = join(LABS, '..', '..', 'docs', 'read-bundle.py');
const PYTHON = spawnSync('python3', ['--version']).status === 0;

/** What read-bundle.py says behind the parts and the state: records by kind, all of them, and their digest. */
async function countsOf(path: string): Promise<string[]> {
  const bundle = BundleFile.open(path);
  const kinds = new Map<number, number>();
  for await (const { words } of bundle.trace().pieces()) for (let at = 0; at < words.length; at += RECORD_WORDS) kinds.set(words[at]! & 0xff, (kinds.get(words[at]! & 0xff) ?? 0) + 1);
  const { records, digest } = bundle.manifest.run!;
  bundle.close();
  const name = (kind: number): string => Object.entries(KIND).find(([, number]) => number === kind)![0];
  return [...[...kinds].sort(([a], [b]) => a - b).map(([kind, count]) => `${name(kind)} ${count}`), `records ${records}`, `digest ${digest}`, ''];
}

/** One pixel. */
const PNG = new Uint8Array(Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));

const MUTANTS = Number(process.env['SMMU_LAB_MUTATED_BUNDLES'] ?? 1000);

/** Where each part has its header, its data and what follows it, where the directory tells of it, and the end: from and to. */
function positionsOf(bytes: Uint8Array): [number, number][] {
  const read = readDirectory({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });
  if (!read.ok) throw new Error(read.error.message);
  const end = bytes.length - 22;
  let directory = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end + 16, true);
  return [
    ...read.value.flatMap(({ name, offset, data, packed }) => {
      const told = directory;
      directory += 46 + name.length;
      return [[offset, data], [data, data + packed], [data + packed, data + packed + 16], [told, directory]] as [number, number][];
    }),
    [end, bytes.length],
  ];
}

const mutant = (bytes: Uint8Array): string => {
  const path = join(folder, 'mutant.smmulab');
  writeFileSync(path, bytes);
  return path;
};

/** What a bundle says when it is read whole: null when all is as it was, else the refusal. */
async function readWhole(bytes: Uint8Array): Promise<string | null> {
  let bundle: BundleFile;
  try {
    bundle = BundleFile.open(mutant(bytes));
  } catch (error) {
    return told(error);
  }
  try {
    await bundle.verify();
    for (const name of Object.values(DOCUMENT_PARTS)) expect(bundle.text(name)).toBe(new TextDecoder().decode(parts[name]));
    expect(bundle.manifest).toEqual(JSON.parse(new TextDecoder().decode(parts['manifest.json'])));
    const hash = createHash('sha256');
    for await (const { words } of bundle.trace().pieces()) hash.update(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    expect(hash.digest('hex')).toBe(bundle.manifest.run!.digest);
    return null;
  } catch (error) {
    return told(error);
  } finally {
    bundle.close();
  }
}

/** Only what is said to a user is a refusal; anything else is a failure of the test. */
function told(error: unknown): string {
  const { code, message } = error as { code?: unknown; message: string };
  if (code !== 'bundle-bad' && code !== 'bundle-newer') throw error;
  return message;
}

/** Another archive of the same parts. */
function zipped(change: (all: Record<string, Uint8Array>, manifest: Manifest) => void, options: Zippable = {}): Uint8Array {
  const all = { ...parts };
  const manifest = JSON.parse(new TextDecoder().decode(parts['manifest.json'])) as Manifest;
  change(all, manifest);
  all['manifest.json'] ??= new TextEncoder().encode(JSON.stringify(manifest));
  if (all['manifest.json'] === parts['manifest.json']) all['manifest.json'] = new TextEncoder().encode(JSON.stringify(manifest));
  return zipSync({ ...all, ...options }, { level: 1 });
}

describe('a bundle', () => {
  it.each(labs)('of %s replays to the same digest, and the Python reader of docs/ counts the same', async (lab) => {
    const path = join(folder, `${lab}.smmulab`);
    expect(await cli(['export', join(LABS, lab), '--to', path])).toMatchObject({ code: 0, out: '' });
    expect(await cli(['replay', path])).toMatchObject({ code: 0, out: expect.stringMatching(/^the same: digest [0-9a-f]{64}\nregisters and memory after step \d+: the same\n$/) });
    if (PYTHON) expect(spawnSync('python3', [READER, path], { encoding: 'utf8' }).stdout.split('\n').slice(2)).toEqual(await countsOf(path));
    rmSync(path);
  });

  it('whose run was another says so', async () => {
    const changed = zipped((all, manifest) => {
      all[DOCUMENT_PARTS.steps] = new TextEncoder().encode(new TextDecoder().decode(all[DOCUMENT_PARTS.steps]).replace('read', 'write'));
      const part = manifest.parts.find(({ name }) => name === DOCUMENT_PARTS.steps)!;
      Object.assign(part, { bytes: all[DOCUMENT_PARTS.steps]!.byteLength, sha256: createHash('sha256').update(all[DOCUMENT_PARTS.steps]!).digest('hex') });
    });
    const path = mutant(changed);
    expect(await cli(['verify', path])).toMatchObject({ code: 0 });
    expect(await cli(['replay', path])).toMatchObject({ code: 1, out: expect.stringMatching(/^not the same: .*\nthey part at record \d+: the bundle has .*read.*; run anew it is .*write/) });
  });

  it('holds registers and memory as the run left them', () => {
    const [state] = (JSON.parse(new TextDecoder().decode(parts['manifest.json'])) as Manifest).states;
    const memory = parts[state!.memory]!;
    expect(state!.ranges.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(memory.byteLength);
    expect(memory.byteLength).toBeGreaterThan(0);
    const registers = new Int32Array(parts[state!.registers]!.slice().buffer);
    // SMMU_CR0.SMMUEN.
    expect(registers[0x20 / 4]! & 1).toBe(1);
  });

  it('holds them at the points that were asked for, too, and a replay compares each', async () => {
    const to = join(folder, 'states.smmulab');
    expect(await cli(['export', join(LABS, 'first-nested'), '--to', to, '--state-at', '3', '--state-at', '0'])).toMatchObject({ code: 0 });
    const made = unzipSync(readFileSync(to));
    const manifest = JSON.parse(new TextDecoder().decode(made['manifest.json'])) as Manifest;
    expect(manifest.states.map(({ step }) => step)).toEqual([0, 3, manifest.run!.steps]);
    expect(Buffer.compare(made['state/step-0/memory.bin']!, made['state/end/memory.bin']!)).not.toBe(0);
    const told = (...states: string[]) => states.map((state, n) => `registers and memory after step ${manifest.states[n]!.step}: ${state}\n`).join('');
    expect(await cli(['replay', to])).toMatchObject({ code: 0, out: expect.stringContaining(told('the same', 'the same', 'the same')) });
    made['state/step-3/registers.bin']![0x20]! ^= 1;
    const part = manifest.parts.find(({ name }) => name === 'state/step-3/registers.bin')!;
    Object.assign(part, { sha256: createHash('sha256').update(made[part.name]!).digest('hex') });
    const manifestAgain = new TextEncoder().encode(JSON.stringify(manifest));
    expect(await cli(['replay', mutant(zipSync({ ...made, 'manifest.json': manifestAgain }))])).toMatchObject({ code: 1, out: expect.stringContaining(told('the same', 'not the same', 'the same')) });
    expect(await cli(['export', join(LABS, 'first-nested'), '--to', to, '--state-at', '1000'])).toMatchObject({ code: 2, err: expect.stringContaining('--state-at 1000: the lab has') });
  });

  it('becomes a session that exports to the same parts', async () => {
    const data = join(folder, 'data');
    const imported = await cli(['import', file, '--data', data]);
    expect(imported).toMatchObject({ code: 0, out: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
    const again = join(folder, 'again.smmulab');
    expect(await cli(['export', imported.out.trim(), '--session', '--data', data, '--to', again])).toMatchObject({ code: 0 });
    const back = unzipSync(readFileSync(again));
    for (const name of [...Object.values(DOCUMENT_PARTS), 'trace.bin']) expect(Buffer.compare(back[name]!, parts[name]!)).toBe(0);
    expect(new TextDecoder().decode(back['journal.jsonl'])).toContain('imported from a bundle');
    expect(await cli(['replay', again])).toMatchObject({ code: 0 });
    const sessions = async () => (await cli(['sql', imported.out.trim(), 'SELECT count(*) FROM session', '--data', data])).out;
    const before = await sessions();
    original[original.length - 30]! ^= 1;
    expect(await cli(['import', mutant(original), '--data', data])).toMatchObject({ code: 2 });
    original[original.length - 30]! ^= 1;
    expect(await sessions()).toBe(before);
  });

  it('takes pictures along, which verify and the Python reader list, and whose import says where they are', async () => {
    const picture = join(folder, 'My Fault.PNG');
    writeFileSync(picture, PNG);
    const to = join(folder, 'pictures.smmulab');
    const lab = join(LABS, 'first-nested');
    expect(await cli(['export', lab, '--screenshot', picture, '--to', to])).toMatchObject({ code: 0 });
    const name = 'screenshots/my-fault.png';
    expect(Buffer.compare(unzipSync(readFileSync(to))[name]!, PNG)).toBe(0);
    expect(await cli(['verify', to])).toMatchObject({ code: 0, out: expect.stringMatching(/^[0-9a-f]{64} +70  screenshots\/my-fault\.png$/m) });
    if (PYTHON) expect(spawnSync('python3', [READER, to], { encoding: 'utf8' }).stdout).toContain(`\n${name}: 1 by 1 pixels\n`);
    const data = join(folder, 'data-of-pictures');
    const { out } = await cli(['import', to, '--data', data]);
    const again = join(folder, 'without-pictures.smmulab');
    expect(await cli(['export', out.trim(), '--session', '--data', data, '--to', again])).toMatchObject({ code: 0 });
    expect(new TextDecoder().decode(unzipSync(readFileSync(again))['journal.jsonl'])).toContain('its screenshots (1) stay in the file');
    const there = readFileSync(to);
    expect(await cli(['export', lab, '--screenshot', picture, '--screenshot', picture, '--to', to])).toMatchObject({ code: 2, err: expect.stringContaining(`${name} is there twice`) });
    expect(await cli(['export', lab, '--screenshot', join(lab, 'host.yaml'), '--to', to])).toMatchObject({ code: 2, err: expect.stringContaining('screenshots/host-yaml.png is no PNG') });
    expect(await cli(['export', lab, '--screenshot', join(folder, 'none.png'), '--to', to])).toMatchObject({ code: 2, err: expect.stringContaining('ENOENT') });
    expect(await cli(['export', lab, '--screenshot', picture, '--format', 'csv', '--to', to])).toMatchObject({ code: 2, err: expect.stringContaining('--screenshot is for bundles') });
    writeFileSync(picture, new Uint8Array(4 * 1024 * 1024 + 1));
    expect(await cli(['export', lab, '--screenshot', picture, '--to', to])).toMatchObject({ code: 2, err: expect.stringContaining('has 4194305 bytes') });
    expect(Buffer.compare(readFileSync(to), there)).toBe(0);
  });

  it('is written whole or not at all', async () => {
    const to = join(folder, 'kept.smmulab');
    writeFileSync(to, 'what was there');
    const controller = new AbortController();
    const info = { level: 'steps', records: 3_000_000, dropped: 0, omitted: 0, digest: null } as const;
    const trace = recordSource(info, (piece) => {
      if (piece === 2) controller.abort();
      return new Int32Array(65_536 * 16);
    });
    const contents = { engine: '1', made: '', title: 'Cancelled', tags: [], notes: '', documents: { host: '', guest: '', steps: '' }, journal: [], bookmarks: [], states: [], run: { about: { steps: 0, transactions: 0, faults: 0, uapi: null, details: '{}' }, trace } };
    await expect(writeBundle(to, contents, { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect([readFileSync(to, 'utf8'), existsSync(`${to}.part`)]).toEqual(['what was there', false]);
    const huge = recordSource({ ...info, records: 2 ** 33 }, () => new Int32Array(0));
    await expect(writeBundle(to, { ...contents, run: { ...contents.run, trace: huge } })).rejects.toMatchObject({ code: 'bundle-large' });
    await expect(writeBundle(to, { ...contents, run: null, notes: 'x'.repeat(9_000_000) })).rejects.toMatchObject({ code: 'bundle-large', message: 'notes.md has 9000000 bytes; a bundle holds at most 8388608 of it' });
    await expect(writeBundle(to, { ...contents, run: null, title: 'x'.repeat(201) })).rejects.toMatchObject({ code: 'bundle-bad', message: expect.stringContaining('title') });
    expect(readFileSync(to, 'utf8')).toBe('what was there');
    const short = recordSource({ ...info, records: 3 }, () => new Int32Array(4 * 16));
    await expect(writeBundle(to, { ...contents, run: { ...contents.run, trace: short } })).rejects.toMatchObject({ code: 'trace-damaged' });
    await expect(writeBundle(join(folder, 'none', 'x'), { ...contents, run: null })).rejects.toMatchObject({ code: 'unwritable' });
  });
});

/** As another writer would: listed with its size and hash. */
const withPart = (name: string, bytes: Uint8Array): Uint8Array =>
  zipped((all, manifest) => {
    all[name] = bytes;
    manifest.parts.push({ name, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') });
  });

describe('a bundle that is not one', () => {
  const text = new TextEncoder();
  it.each<[string, () => Uint8Array, RegExp]>([
    ['a wrong hash', () => zipped((_all, { parts: listed }) => Object.assign(listed[0]!, { sha256: '0'.repeat(64) })), /documents\/host.yaml is damaged/],
    ['a part that is another', () => zipped((all) => { all[DOCUMENT_PARTS.guest] = all[DOCUMENT_PARTS.guest]!.map((byte, at) => (at === 3 ? byte ^ 1 : byte)); }), /documents\/guest.yaml is damaged/],
    ['a part that is missing', () => zipped((all) => { delete all['trace.bin']; }), /trace.bin is missing/],
    ['a part that is not listed', () => zipped((all) => { all['extra.bin'] = new Uint8Array(3); }), /extra.bin is not in the manifest/],
    ['no manifest', () => { const { 'manifest.json': _, ...rest } = parts; return zipSync(rest); }, /manifest.json is missing/],
    ['a future version', () => zipped((_all, manifest) => Object.assign(manifest, { version: 2 })), /version 2: this SMMU Lab reads bundles up to version 1/],
    ['a key that nobody knows', () => zipped((_all, manifest) => Object.assign(manifest, { colour: 'red' })), /manifest.json/],
    ['a trace of another length', () => zipped((_all, manifest) => Object.assign(manifest.run!, { records: 1 })), /trace.bin does not hold the 1 records/],
    ['a part of another length', () => zipped((_all, { parts: listed }) => Object.assign(listed[0]!, { bytes: listed[0]!.bytes + 1 })), /documents\/host.yaml has \d+ bytes; the manifest says/],
    ['a trace of no run', () => zipped((_all, manifest) => Object.assign(manifest, { run: null, states: [] })), /trace.bin is the trace of no run/],
    ['a digest of another trace', () => zipped((_all, manifest) => Object.assign(manifest.run!, { digest: '1'.repeat(64) })), /trace.bin is not the trace/],
    ['a name that climbs out', () => zipped((all) => { all['../evil'] = text.encode('x'); }), /"..\/evil", which is no name/],
    ['an absolute name', () => zipped((all) => { all['/etc/evil'] = text.encode('x'); }), /"\/etc\/evil", which is no name/],
    ['a name with a drive', () => zipped((all) => { all['c:evil'] = text.encode('x'); }), /which is no name/],
    ['a link', () => zipped(() => undefined, { 'link.bin': [text.encode('/etc/passwd'), { os: 3, attrs: 0o120777 << 16 }] }), /link.bin is a link/],
    ['a zip bomb', () => zipped((all) => { all['bomb.bin'] = new Uint8Array(40_000_000); }), /bomb.bin is not in the manifest/],
    ['a zip bomb in the manifest', () => zipped((all) => { all['manifest.json'] = new Uint8Array(40_000_000); }), /manifest.json has 40000000 bytes/],
    ['more parts than a bundle has', () => zipped((all) => { for (let n = 0; n < 1001; n++) all[`p${n}`] = new Uint8Array(1); }), /at most 1000/],
    ['a million entries that are not there', () => { const bytes = original.slice(); new DataView(bytes.buffer).setUint32(bytes.length - 14, 0xfffe_fffe, true); return bytes; }, /names 65534 parts; a bundle has at most 1000/],
    ['something in front', () => new Uint8Array([0, ...original]), /directory/],
    ['something behind', () => new Uint8Array([...original, 0]), /cut off|directory/],
    ['a screenshot that is no PNG', () => withPart('screenshots/a.png', text.encode('<script>'.repeat(9))), /screenshots\/a.png is no PNG/],
    ['a screenshot of a thousand screens', () => withPart('screenshots/a.png', PNG.map((byte, at) => (at === 16 ? 1 : byte))), /is a picture of 16777217 by 1/],
    ['a page as a screenshot', () => withPart('screenshots/a.html', PNG), /screenshots\/a.html is no picture/],
    ['a screenshot too large', () => withPart('screenshots/a.png', new Uint8Array(4 * 1024 * 1024 + 1)), /screenshots\/a.png has 4194305 bytes/],
    ['an empty file', () => new Uint8Array(0), /too short/],
  ])('%s', async (_what, make, message) => {
    expect(await readWhole(make())).toMatch(message);
  });

  it('is read anew after it was checked, however large it is, and its file is closed once', async () => {
    const records = 200_000;
    const words = Int32Array.from({ length: records * 16 }, (_, at) => Math.imul(at, 2_654_435_761));
    const info = { level: 'steps', records, dropped: 0, omitted: 0, digest: null } as const;
    const to = join(folder, 'large.smmulab');
    const about = { engine: '1', made: '', title: 'Large', tags: [], notes: '', documents: { host: '', guest: '', steps: '' }, journal: [], bookmarks: [], states: [] };
    await writeBundle(to, { ...about, run: { about: { steps: 0, transactions: 0, faults: 0, uapi: null, details: '{}' }, trace: recordSource(info, () => words) } });
    const bundle = BundleFile.open(to);
    for (let time = 0; time < 2; time++) await bundle.verify();
    let [first] = [0];
    for await (const piece of bundle.trace().pieces()) {
      expect(Buffer.compare(new Uint8Array(piece.words.buffer, piece.words.byteOffset, piece.words.byteLength), new Uint8Array(words.buffer, first, piece.words.byteLength))).toBe(0);
      first += piece.words.byteLength;
    }
    expect(first).toBe(records * 64);
    bundle.close();
    rmSync(to);
  });

  it(`${MUTANTS} mutants, of each class of positions alike: each refused with what is wrong before the store is touched, or every part is as it was`, async () => {
    let seed = 20_260_101;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const places = positionsOf(original);
    const untouched = { call: () => Promise.reject(new Error('the store was touched')) } as unknown as StoreClient;
    const counts = { refused: 0, same: 0 };
    for (let n = 0; n < MUTANTS; n++) {
      let bytes: Uint8Array = original.slice();
      const [from, end] = places[n % places.length]!;
      const at = from + random(end - from);
      switch (random(6)) {
        case 0: bytes = bytes.subarray(0, at); break;
        case 1: bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(40))]); break;
        case 2: bytes.copyWithin(at, random(original.length), random(original.length)); break;
        case 3: bytes[at]! ^= 1 << random(8); break;
        case 4: bytes.fill(random(2) * 255, at, at + random(9)); break;
        default: bytes[at] = random(256);
      }
      const refusal = await readWhole(bytes);
      if (refusal === null) counts.same++;
      else {
        counts.refused++;
        expect(refusal.length).toBeGreaterThan(10);
        if (n % 8 === 0) await expect(importBundle(untouched, mutant(bytes))).rejects.toMatchObject({ message: refusal });
      }
    }
    console.log(`${MUTANTS} mutated bundles, ${places.length} classes of positions: ${counts.refused} refused, ${counts.same} with every part as it was`);
    expect(counts.refused).toBeGreaterThan(MUTANTS / 2);
  }, 300_000);
});
