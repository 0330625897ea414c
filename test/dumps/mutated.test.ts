// Damaged dumps: each importer, thousands of mutated inputs, neither a crash nor a hang. SMMU_LAB_MUTATIONS in place of 300 of each.
import { expect, it } from 'vitest';
import { gather } from '../../src/formats/capture/gather.ts';
import { readCapture } from '../../src/formats/capture/capture.ts';
import { readCaptureFolder } from '../../src/formats/capture/folder.ts';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import { lintCapture } from '../../src/formats/capture/lint-capture.ts';
import { sourceOfBytes } from '../../src/formats/memory-image/byte-source.ts';
import { openImage } from '../../src/formats/memory-image/open-image.ts';
import { readRegisters } from '../../src/formats/register-dump/register-state.ts';
import type { RegisterState } from '../../src/formats/register-dump/register-state.ts';
import { captureFolder } from '../cli/captures.ts';
import { loadCapture, pagesOf, valueOf } from './fixtures.ts';
import { flatten, writeElf, writeKdump, zlibPage } from './writers.ts';

const COUNT = Number(process.env['SMMU_LAB_MUTATIONS'] ?? 300);

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
    const image = openImage(sourceOfBytes('dump', mutated(whole, reach, next)), null);
    if (!image.ok) {
      expect(image.error.message).not.toBe('');
      continue;
    }
    opened++;
    for (const [pa] of pages.slice(0, 4)) image.value.page(pa);
  }
  expect(opened).toBeGreaterThan(COUNT / 20);
});

it('register dumps', () => {
  const text = '# devmem 0x09050000\n0x0D44101B\n0000000009050000: 0x0d44101b 0x02730010\nSTRTAB_BASE=0x43cf3000\n 9050080:  43cf3000 00000001\n';
  const json = '{"registers": {"IDR0": "0xd44101b", "STRTAB_BASE": "0x143cf3000"}}';
  const next = random(5);
  for (let n = 0; n < COUNT; n++) {
    const bytes = mutated(new TextEncoder().encode(n % 3 === 0 ? json : text), 1000, next);
    expect(typeof readRegisters({ name: 'registers.txt', bytes }, []).ok).toBe('boolean');
  }
});

it('capture folders, and structures that lead anywhere', async () => {
  const files = valueOf(await readCaptureFolder(captureFolder('s2-6.12')));
  const next = random(11);
  for (let n = 0; n < COUNT / 10; n++) {
    const name = n % 2 === 0 ? 'manifest.json' : 'translations.json';
    const read = readCapture(new Map([...files, [name, mutated(files.get(name)!, 4000, next)]]), (bytes) => (bytes.length === 131072 ? JSON_HASHES['registers.bin']! : JSON_HASHES['mem-all.bin']!));
    if (!read.ok) expect(read.error.at?.file).toBeDefined();
  }
});

const JSON_HASHES = (JSON.parse(new TextDecoder().decode(valueOf(await readCaptureFolder(captureFolder('s2-6.12'))).get('manifest.json'))) as { sha256: Record<string, string> }).sha256;

it('raw images whose structures are damaged are gathered and looked through', () => {
  const base = pages.reduce((least, [pa]) => (pa < least ? pa : least), 1n << 60n);
  const end = pages.reduce((most, [pa]) => (pa > most ? pa : most), 0n) + 4096n;
  const next = random(13);
  expect(end - base).toBeLessThan(1n << 30n);
  for (let n = 0; n < COUNT / 30; n++) {
    const damaged = pages.map(([pa, bytes]) => ({ base: pa, bytes: mutated(bytes, 4096, next) }));
    const image = valueOf(openImage(sourceOfBytes('dump', writeElf(damaged)), null));
    const poked = Int32Array.from(capture.registers);
    // STRTAB_BASE_CFG, CMDQ_BASE and the like.
    poked[0x80 / 4 + Math.floor(next() * 16)]! ^= 1 << Math.floor(next() * 32);
    const gathered = gather(image, { ...registers, image: poked });
    if (!gathered.ok) continue;
    const machine = buildMachine(gathered.value.capture);
    expect(Array.isArray(lintCapture(gathered.value.capture, machine))).toBe(true);
    machine.memory.release();
  }
});
