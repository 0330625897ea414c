// Damaged dumps: each importer, thousands of mutated inputs (SMMU_LAB_MUTATIONS), neither a crash nor a hang.
import { expect, it } from 'vitest';
import { gather } from '../../src/formats/capture/gather.ts';
import { readCapture } from '../../src/formats/capture/capture.ts';
import { readCaptureFolder } from '../../src/formats/capture/folder.ts';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import { lintCapture } from '../../src/formats/capture/lint-capture.ts';
import { sourceOfBytes } from '../../src/formats/memory-image/byte-source.ts';
import { openImage } from '../../src/formats/memory-image/open-image.ts';
import { readRegisters } from '../../src/formats/register-dump/register-state.ts';
import type { Capture } from '../../src/formats/capture/capture.ts';
import { surveyEvents } from '../../src/model/survey/events.ts';
import type { RegisterState } from '../../src/formats/register-dump/register-state.ts';
import { captureFolder } from '../cli/captures.ts';
import { inTime, mutations } from '../mutations.ts';
import { loadCapture, pagesOf, valueOf } from './fixtures.ts';
import { flatten, writeElf, writeKdump, zlibPage } from './writers.ts';

const COUNT = mutations(300);

/** mulberry32: the same inputs every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some bytes changed, mostly where headers are; sometimes cut. `reach`: how far the headers go. */
function mutated(bytes: Uint8Array, reach: number, next: () => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = (): number => Math.floor(next() * (next() < 0.7 ? Math.min(reach, copy.length) : copy.length));
  for (let n = Math.floor(next() * 6) + 1; n > 0; n--) {
    const place = at();
    copy[place] = next() < 0.3 ? [0, 0xff, 0x80, 0x7f][Math.floor(next() * 4)]! : Math.floor(next() * 256);
  }
  return next() < 0.15 ? copy.subarray(0, at()) : copy;
}

const capture = await loadCapture('s2-6.12');
const registers: RegisterState = { image: capture.registers, known: new Set(Array.from({ length: 0x200 }, (_, at) => at * 4)), problems: [] };
const pages = [...pagesOf(capture)].slice(0, 24);
const pieces = pages.map(([base, bytes]) => ({ base, bytes }));
const frames = new Map(pages.map(([pa, bytes]) => [Number(pa / 4096n), zlibPage(bytes)]));
const kdump = writeKdump(frames, [...frames.keys()]);
const KDUMP_HEADERS = kdump.length - [...frames.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);

it.each([
  ['ELF core files', writeElf(pieces), 64 + 56 * (pieces.length + 1) + 200],
  ['kdump-compressed dumps', kdump, 12_000],
  ['their descriptors and pages', kdump.subarray(0), KDUMP_HEADERS],
  ['flattened ones', flatten(kdump, 20_000), 4200],
] as const)('%s', (_, whole, reach) => {
  const next = random(whole.length);
  let opened = 0;
  for (let n = 0; n < COUNT; n++) {
    const damaged = mutated(whole, reach, next);
    inTime(() => {
      const image = openImage(sourceOfBytes('dump', damaged), null);
      if (!image.ok) return expect(image.error.message).not.toBe('');
      opened++;
      for (const [pa] of pages.slice(0, 4)) image.value.page(pa);
    });
  }
  expect(opened).toBeGreaterThan(COUNT / 20);
}, 600_000);

it('register dumps', () => {
  const text = '# devmem 0x09050000\n0x0D44101B\n0000000009050000: 0x0d44101b 0x02730010\nSTRTAB_BASE=0x43cf3000\n 9050080:  43cf3000 00000001\n';
  const json = '{"registers": {"IDR0": "0xd44101b", "STRTAB_BASE": "0x143cf3000"}}';
  const next = random(5);
  for (let n = 0; n < COUNT; n++) {
    const bytes = mutated(new TextEncoder().encode(n % 3 === 0 ? json : text), 1000, next);
    expect(typeof inTime(() => readRegisters({ name: 'registers.txt', bytes }, [])).ok).toBe('boolean');
  }
});

/** For a run of thousands. */
const LONG = 3_600_000;

/** A machine of what was read, and everything that is said of it. */
function lookedThrough(read: Capture): void {
  const machine = buildMachine(read);
  expect(Array.isArray(lintCapture(read, machine))).toBe(true);
  expect(surveyEvents(machine.smmu, 64).length).toBeGreaterThanOrEqual(0);
  machine.memory.release();
}

const files = valueOf(await readCaptureFolder(captureFolder('s2-6.12')));
const { sha256: hashes } = JSON.parse(new TextDecoder().decode(files.get('manifest.json'))) as { sha256: Record<string, string> };
/** As if every binary file had the hash that the manifest has: the damage goes in. */
const believed = (bytes: Uint8Array): string => (bytes.length === 131072 ? hashes['registers.bin']! : hashes['mem-all.bin']!);

it('capture folders: manifests and known answers', () => {
  const next = random(11);
  for (let n = 0; n < mutations(100); n++) {
    const name = n % 2 === 0 ? 'manifest.json' : 'unmapped.json';
    const read = inTime(() => readCapture(new Map([...files, [name, mutated(files.get(name)!, 4000, next)]]), believed));
    if (!read.ok) expect(read.error.at?.file).toBeDefined();
  }
}, LONG);

/** Reading a whole machine costs more than a header: not so many where nothing else is asked for. */
const MACHINES = mutations(COUNT / 30);

it('capture folders: registers and memory', () => {
  const next = random(12);
  for (let n = 0; n < MACHINES; n++) {
    const name = n % 2 === 0 ? 'registers.bin' : 'mem-all.bin';
    const damaged = mutated(files.get(name)!, name === 'registers.bin' ? 0x100 : 475136, next);
    inTime(() => {
      const read = readCapture(new Map([...files, [name, damaged]]), believed);
      if (read.ok) lookedThrough({ ...read.value, translations: read.value.translations.slice(0, 8) });
      else expect(read.error.at?.file).toBeDefined();
    });
  }
}, LONG);

it.each([
  ['raw images', (all: readonly Uint8Array[]) => openImage(sourceOfBytes('ram.bin', rawOf(all)), BASE)],
  ['ELF core files', (all: readonly Uint8Array[]) => openImage(sourceOfBytes('vmcore', writeElf(all.map((bytes, at) => ({ base: pages[at]![0], bytes })))), null)],
] as const)('%s whose structures are damaged are gathered and looked through', (_, open) => {
  const next = random(13);
  for (let n = 0; n < MACHINES; n++) {
    const image = valueOf(open(pages.map(([, bytes]) => mutated(bytes, 4096, next))));
    const poked = Int32Array.from(capture.registers);
    // STRTAB_BASE_CFG, CMDQ_BASE and the like.
    poked[0x80 / 4 + Math.floor(next() * 16)]! ^= 1 << Math.floor(next() * 32);
    inTime(() => {
      const gathered = gather(image, { ...registers, image: poked });
      if (gathered.ok) lookedThrough(gathered.value.capture);
    });
  }
}, LONG);

const BASE = pages.reduce((least, [pa]) => (pa < least ? pa : least), 1n << 60n);
/** Those of the pages that lie close together: a raw image has no holes. */
function rawOf(all: readonly Uint8Array[]): Uint8Array {
  const image = new Uint8Array(2 << 20);
  all.forEach((bytes, at) => {
    const offset = Number(pages[at]![0] - BASE);
    if (offset + 4096 <= image.length) image.set(bytes, offset);
  });
  return image;
}
