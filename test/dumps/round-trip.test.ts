// A dump in, a capture out, and in again: the same answers by every way.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { captureFolder } from '../cli/captures.ts';
import { cli, jsonLines } from '../cli/run-cli.ts';
import { differing, fixture, loadCapture, pagesOf, valueOf } from './fixtures.ts';
import { openImage } from '../../src/formats/memory-image/open-image.ts';
import { sourceOfBytes } from '../../src/formats/memory-image/byte-source.ts';
import { writeElf, writeKdump, zlibPage } from './writers.ts';

const NAME = 'nestedhand-6.12';
const original = captureFolder(NAME);
const registers = join(original, 'registers.bin');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-dumps-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What there is to say of a capture, by the command line. */
async function told(path: string, ...options: string[]): Promise<string[]> {
  const outputs: string[] = [];
  for (const command of ['ptdump', 'events']) {
    const { code, out } = await cli([command, path, '--json', ...options]);
    expect(code, command).toBe(0);
    outputs.push(out);
  }
  return outputs;
}

it('is the same session as an ELF core file, a kdump, QEMU\'s own, and a folder made of any of them', async () => {
  const capture = await loadCapture(NAME);
  const pages = [...pagesOf(capture)];
  const zeros = capture.zeroRanges.map(({ base, size }) => ({ base, bytes: new Uint8Array(), size }));
  const frames = new Map(pages.map(([pa, bytes]) => [Number(pa / 4096n), zlibPage(bytes)]));
  const present = [...frames.keys(), ...zeros.flatMap(({ base, size }) => Array.from({ length: Number(size / 4096n) }, (_, at) => Number(base / 4096n) + at))];
  const dumps: Readonly<Record<string, Uint8Array>> = {
    'vmcore.elf': writeElf([...pages.map(([base, bytes]) => ({ base, bytes })), ...zeros]),
    'vmcore.kdump': writeKdump(frames, present, 1),
    'qemu.kdump': fixture('qemu-nestedhand.kdump'),
  };
  const expected = await told(original);
  for (const [name, bytes] of Object.entries(dumps)) {
    writeFileSync(join(folder, name), bytes);
    expect(await told(join(folder, name), '--registers', registers), name).toEqual(expected);
    const made = join(folder, `${name}-folder`);
    expect(await cli(['capture-folder', join(folder, name), made, '--registers', registers, '--mmio-base', '0x9050000'])).toMatchObject({ code: 0 });
    expect(await told(made), made).toEqual(expected);
    expect(readFileSync(join(made, 'registers.bin'))).toEqual(readFileSync(registers));
    expect(differing(valueOf(openImage(sourceOfBytes(name, bytes), null)), await loadCapture(NAME))).toEqual([]);
  }
});

it('translates and explains in a raw image with registers as text', async () => {
  const capture = await loadCapture('s2-6.12');
  const pages = [...pagesOf(capture)];
  const [lowest] = pages.map(([pa]) => pa).sort((a, b) => (a < b ? -1 : 1));
  const size = Number(pages.reduce((most, [pa]) => (pa > most ? pa : most), 0n) - lowest!) + 4096;
  const image = new Uint8Array(size);
  for (const [pa, bytes] of pages) image.set(bytes, Number(pa - lowest!));
  const file = join(folder, 'ram.bin');
  writeFileSync(file, image);
  const text = [0, 4, 0x14, 0x20, 0x80, 0x84, 0x88].map((offset) => `0x${(0x905_0000 + offset).toString(16)}: 0x${(capture.registers[offset / 4]! >>> 0).toString(16).padStart(8, '0')}`).join('\n');
  writeFileSync(join(folder, 'registers.txt'), text);
  const { sid, iova, pa } = capture.translations.find(({ pageSize, perm }) => pageSize !== null && perm !== 'wo')!;
  const asked = ['translate', file, '--sid', String(sid), '--iova', `0x${iova.toString(16)}`, '--json'];
  const { code, out, err } = await cli([...asked, '--base', `0x${lowest!.toString(16)}`, '--registers', join(folder, 'registers.txt')]);
  expect([code, jsonLines(out)[0]]).toMatchObject([0, { status: 'success', pa: `0x${pa.toString(16)}` }]);
  expect(err).toContain('raw image of memory');
  expect(await cli([...asked, '--registers', registers])).toMatchObject({ code: 2, err: expect.stringContaining('give its physical address with --base') as string });
  expect(await cli([...asked, '--base', '0x1000'])).toMatchObject({ code: 2, err: expect.stringContaining('missing IDR0 (offset 0x0)') as string });
});

it('says who reaches an address, and what lies there', async () => {
  const who = await cli(['who', original, '0x41ef6900', '--json']);
  expect(jsonLines(who.out)[0]).toMatchObject({ reaching: [{ sid: 0x28, at: { iova: '0x100900', ipa: '0x41ef5900' } }], structures: [] });
  expect((await cli(['who', original, '0x42400000'])).out).toContain('the stage 2 level 1 table of StreamID 0x28 lies there');
  expect((await cli(['who', original, '0x7ffff000'])).out).toBe('no stream reaches PA 0x7ffff000\n');
  expect((await cli(['ptdump', original, '--sid', '0x999'])).code).toBe(2);
});

it('the linter finds what was made by hand to be reached, and nothing in what Linux made', async () => {
  const hand = await cli(['lint', original, '--json']);
  expect([hand.code, jsonLines(hand.out).filter(({ severity }) => severity === 'error').map(({ rule }) => rule)]).toEqual([1, ['lint.map.structures', 'lint.map.structures', 'lint.map.structures']]);
  const linux = await cli(['lint', captureFolder('vfionest-6.1')]);
  expect([linux.code, linux.out.trimEnd().split('\n').at(-1)]).toEqual([0, expect.stringMatching(/^0 errors, 0 warnings, \d+ for information$/)]);
});

it('does not write over a folder that holds something', async () => {
  expect(await cli(['capture-folder', original, original])).toMatchObject({ code: 2, err: expect.stringContaining('holds files already') as string });
});
