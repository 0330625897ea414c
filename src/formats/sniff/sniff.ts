/** What a file or a pasted text is, told by its content alone. Each importer has one row in `KINDS`; the first that fits decides. */

import { BINARY_IMPORTERS, TEXT_IMPORTERS } from '../import/importers.ts';
import type { ImportKind } from '../import/importers.ts';

export type FileKind =
  | ImportKind
  | 'elf-core'
  | 'kdump'
  | 'kdump-flattened'
  | 'bundle'
  | 'gzip'
  | 'capture-manifest'
  | 'register-dump'
  | 'memory'
  | 'text';

/** The beginning of a file, as bytes and, if it is one, as text. */
export interface Sample {
  readonly bytes: Uint8Array;
  /** null: these bytes are no text. The last line may be cut. */
  readonly text: string | null;
}

export interface KindRow {
  readonly kind: FileKind;
  /** For people: `an ELF core file`. */
  readonly title: string;
  fits(sample: Sample): boolean;
}

/** Bytes that are enough to tell every kind. */
export const SAMPLE_BYTES = 64 * 1024;

const startsWith = (bytes: Uint8Array, magic: string): boolean => Array.from(magic).every((one, at) => bytes[at] === one.charCodeAt(0));

const ELF_CORE = 4;
const lines = (text: string): string[] => text.split(/\r?\n/);

/** A line that a person took from `devmem`, QEMU's `xp`, crash's `rd`, or wrote as NAME=VALUE. */
const REGISTER_LINE = /^\s*(?:(?:0x)?[0-9a-f]{4,16}\s*(?:<[^>]*>)?\s*[:=]\s*(?:0x)?[0-9a-f]{8}|(?:SMMU_|ARM_SMMU_)?(?:IDR[0-6]|CR[012]|GBPA|STRTAB_BASE(?:_CFG)?|(?:CMDQ|EVENTQ|EVTQ|PRIQ)_(?:BASE|PROD|CONS))\s*[:= ]\s*(?:0x)?[0-9a-f]+)|^.{0,80}\bdevmem2?\s+0x[0-9a-f]+/im;
const REGISTER_JSON = /"(?:SMMU_)?(?:IDR0|STRTAB_BASE)"/;

const isText = (sample: Sample, test: (text: string) => boolean): boolean => sample.text !== null && test(sample.text);

/** In order: what is certain before what is likely. `memory` and `text` take what is left. */
export const KINDS: readonly KindRow[] = [
  { kind: 'elf-core', title: 'an ELF core file', fits: ({ bytes }) => startsWith(bytes, '\x7fELF') && bytes[16] === ELF_CORE },
  { kind: 'kdump', title: 'a kdump-compressed dump', fits: ({ bytes }) => startsWith(bytes, 'KDUMP   ') || startsWith(bytes, 'DISKDUMP') },
  { kind: 'kdump-flattened', title: 'a flattened kdump (makedumpfile -F)', fits: ({ bytes }) => startsWith(bytes, 'makedumpfile\0') },
  { kind: 'bundle', title: 'a bundle of the lab', fits: ({ bytes }) => startsWith(bytes, 'PK\x03\x04') },
  { kind: 'gzip', title: 'gzip data', fits: ({ bytes }) => startsWith(bytes, '\x1f\x8b') },
  { kind: 'capture-manifest', title: 'the manifest of a capture', fits: (sample) => isText(sample, (text) => /"format"\s*:\s*"smmu-capture-/.test(text)) },
  ...BINARY_IMPORTERS.map(({ kind, title, recognises }): KindRow => ({ kind, title, fits: ({ bytes }) => recognises(bytes) })),
  ...TEXT_IMPORTERS.map(({ kind, title, recognises }): KindRow => ({ kind, title, fits: (sample) => isText(sample, recognises) })),
  { kind: 'register-dump', title: 'a dump of registers', fits: (sample) => isText(sample, (text) => REGISTER_JSON.test(text) || lines(text).some((line) => REGISTER_LINE.test(line))) },
  { kind: 'memory', title: 'a raw image of memory', fits: ({ text }) => text === null },
  { kind: 'text', title: 'text', fits: () => true },
];

/** UTF-8 without control characters other than those of lines; null otherwise. */
function textOf(bytes: Uint8Array): string | null {
  const end = bytes.length < SAMPLE_BYTES ? bytes.length : bytes.lastIndexOf(0x0a) + 1 || bytes.length;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end));
  } catch {
    return null;
  }
  return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? null : text;
}

export const sampleOf = (bytes: Uint8Array): Sample => {
  const head = bytes.subarray(0, SAMPLE_BYTES);
  return { bytes: head, text: textOf(head) };
};

/** The kind of a file by its first SAMPLE_BYTES, or all of it where it is shorter. */
export function sniff(bytes: Uint8Array): KindRow {
  const sample = sampleOf(bytes);
  return KINDS.find((row) => row.fits(sample))!;
}

export const titleOf = (kind: FileKind): string => KINDS.find((row) => row.kind === kind)!.title;
