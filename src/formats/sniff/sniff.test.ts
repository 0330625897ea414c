import { expect, it } from 'vitest';
import { KINDS, SAMPLE_BYTES, sniff } from './sniff.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const elf = (type: number): Uint8Array => Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, type, 0]);

it.each([
  ['elf-core', elf(4)],
  ['memory', elf(2)],
  ['kdump', bytes('KDUMP   \u0006')],
  ['kdump-flattened', bytes('makedumpfile\0\0\0\0')],
  ['bundle', bytes('PK\u0003\u0004...')],
  ['gzip', Uint8Array.of(0x1f, 0x8b, 8)],
  ['capture-manifest', bytes('{\n "format": "smmu-capture-1"}')],
  ['register-dump', bytes('# devmem 0x09050000\n0x0D44101B\n')],
  ['register-dump', bytes('some words\n0000000009050000: 0x0d44101b 0x02730010\n')],
  ['register-dump', bytes('STRTAB_BASE=0x43cf3000\n')],
  ['register-dump', bytes('{"registers": {"IDR0": "0xd44101b"}}')],
  ['memory', Uint8Array.of(0, 1, 2, 3)],
  ['memory', Uint8Array.of(0xff, 0xfe, 0xfd)],
  ['text', bytes('nothing of ours\n')],
  ['text', bytes('')],
] as const)('is %s', (kind, content) => {
  expect(sniff(content).kind).toBe(kind);
});

it('a character that the sample cuts is no damage', () => {
  const text = bytes(`${'ä'.repeat(SAMPLE_BYTES / 2 - 1)}\nö${'ö'.repeat(20)}`);
  expect(sniff(text).kind).toBe('text');
});

it('every kind has one row, and the last takes everything', () => {
  expect(new Set(KINDS.map(({ kind }) => kind)).size).toBe(KINDS.length);
  expect(KINDS.at(-1)!.fits({ bytes: new Uint8Array(), text: null })).toBe(true);
});
