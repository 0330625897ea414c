import { fail } from '../../model/base/result.ts';
import { openElfCore } from '../elf-core/elf-core.ts';
import { openFlattened, openKdump } from '../kdump/kdump.ts';
import { SAMPLE_BYTES, sniff } from '../sniff/sniff.ts';
import type { ByteSource } from './byte-source.ts';
import type { OpenImage } from './memory-image.ts';
import { openRawImage } from './raw-image.ts';

/** Opens a dump of memory by what it is. `base` is the address of a raw image, which does not know it. */
export function openImage(source: ByteSource, base: bigint | null): OpenImage {
  const { kind, title } = sniff(source.read(0, Math.min(SAMPLE_BYTES, source.size)));
  switch (kind) {
    case 'elf-core':
      return openElfCore(source);
    case 'kdump':
      return openKdump(source);
    case 'kdump-flattened':
      return openFlattened(source);
    default:
      if (base !== null) return openRawImage(source, base);
      if (kind === 'memory') return fail('no-base', 'a raw image of memory does not say where it lay: give its physical address with --base', { file: source.name });
      if (kind === 'gzip') return fail('no-dump', 'this is gzip data: unpack it first (gunzip)', { file: source.name });
      return fail('no-dump', `this is ${title}; expected an ELF core file, a kdump-compressed dump, or a raw image of memory with --base`, { file: source.name });
  }
}
