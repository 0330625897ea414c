import { hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { ByteSource } from './byte-source.ts';
import { PAGE } from './memory-image.ts';
import type { OpenImage } from './memory-image.ts';

/** Memory as it lay, byte by byte, from a physical address on. A last page that is not whole ends in zeros. */
export function openRawImage(source: ByteSource, base: bigint): OpenImage {
  if (source.size === 0) return fail('empty-image', 'this file is empty, expected an image of memory', { file: source.name });
  if (base % BigInt(PAGE) !== 0n) return fail('bad-base', `the base address ${hex(base)} is no multiple of ${PAGE}`, { file: source.name });
  const size = BigInt(Math.ceil(source.size / PAGE) * PAGE);
  if (base + size > 1n << 52n) return fail('bad-base', `the image would end at ${hex(base + size)}, beyond 52 bits of physical address`, { file: source.name });
  return ok({
    title: 'raw image of memory',
    ranges: [{ base, size }],
    notes: [['base', hex(base)], ['bytes', String(source.size)]],
    problems: [],
    page: (pa) => (pa < base || pa >= base + size ? null : wholePage(source.read(Number(pa - base), PAGE))),
  });
}

/** A page of its own, with zeros where the file ends. */
export function wholePage(bytes: Uint8Array): Uint8Array {
  const page = new Uint8Array(PAGE);
  page.set(bytes.subarray(0, PAGE));
  return page;
}
