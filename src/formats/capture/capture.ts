import { hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import type { IdRegisters } from '../../model/spec/features.ts';
import { REGISTERS } from '../../model/spec/index.ts';
import type { NamedStream } from '../import/named-stream.ts';
import { readJson } from '../json/read-json.ts';
import { faultsSchema, specExpectedSchema, translationsSchema, unmappedSchema } from './known-answers.ts';
import type { KnownFault, KnownTranslation, KnownUnmapped } from './known-answers.ts';
import { manifestSchema } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { namesIn } from './names.ts';
import { checkRanges } from './ranges.ts';
import type { Range } from './ranges.ts';

/** Files of a capture folder by name. */
export type CaptureFiles = ReadonlyMap<string, Uint8Array>;
/** SHA-256 as 64 hex digits; given from outside so that this module needs no platform. */
export type Sha256 = (bytes: Uint8Array) => string;

export interface Segment extends Range {
  readonly bytes: Uint8Array;
}

/** An SMMU and the memory it used, as they were when the machine was stopped. */
export interface Capture {
  readonly description: string;
  readonly id: IdRegisters;
  /** Both register pages as 32-bit words. */
  readonly registers: Int32Array;
  readonly segments: readonly Segment[];
  /** Memory that was there and all zero. */
  readonly zeroRanges: readonly Range[];
  /** All memory of the machine, captured or not. */
  readonly ram: readonly Range[];
  readonly streams: Manifest['streams'];
  /** Whose StreamIDs they are, where firmware says so. */
  readonly names: readonly NamedStream[];
  readonly translations: readonly KnownTranslation[];
  readonly unmapped: readonly KnownUnmapped[];
  readonly faults: readonly KnownFault[];
  /** What the architecture says where QEMU's answer is known to be wrong. */
  readonly specExpected: readonly KnownTranslation[];
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A binary file with the hash that the manifest has for it, at least `needed` bytes long. */
function binaryFile(files: CaptureFiles, manifest: Manifest, name: string, needed: number, why: string, sha256: Sha256): Result<Uint8Array> {
  const bytes = files.get(name);
  if (bytes === undefined) return fail('missing-file', `the capture has no file ${name}, which holds ${why}`, { file: name });
  if (bytes.length < needed) {
    return fail('truncated-file', `${name} ends after ${bytes.length} bytes, expected at least ${needed} (${why})`, { file: name, offset: bytes.length });
  }
  const expected = manifest.sha256[name];
  if (expected === undefined) return fail('missing-hash', `the manifest has no SHA-256 for ${name}`, { file: 'manifest.json', path: 'sha256' });
  const actual = sha256(bytes);
  if (actual !== expected) return fail('wrong-hash', `${name} is not the file that was captured: SHA-256 ${actual}, expected ${expected}`, { file: name });
  return ok(bytes);
}

/** Checks each file that segments lie in, once, up to the end of its last segment. */
function segmentFiles(files: CaptureFiles, manifest: Manifest, sha256: Sha256): Result<Segment[]> {
  const checked = new Map<string, Uint8Array>();
  for (const { file } of manifest.segments) {
    if (checked.has(file)) continue;
    const inside = manifest.segments.filter((one) => one.file === file);
    const last = inside.reduce((a, b) => (a.offset + Number(a.size) >= b.offset + Number(b.size) ? a : b));
    const bytes = binaryFile(files, manifest, file, last.offset + Number(last.size), `the segment at ${hex(last.base)}`, sha256);
    if (!bytes.ok) return bytes;
    checked.set(file, bytes.value);
  }
  return ok(
    manifest.segments.map(({ base, size, file, offset }) => ({ base, size, bytes: checked.get(file)!.subarray(offset, offset + Number(size)) })),
  );
}

function registerWords(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length / 4 }, (_, at) => view.getInt32(at * 4, true));
}

const wordAt = (registers: Int32Array, name: string): number => registers[(REGISTERS.get(name)?.offset ?? 0) / 4]! >>> 0;

export function idRegisters(registers: Int32Array): IdRegisters {
  const at = (name: string): number => wordAt(registers, name);
  return {
    IDR0: at('IDR0'), IDR1: at('IDR1'), IDR2: at('IDR2'), IDR3: at('IDR3'), IDR4: at('IDR4'),
    IDR5: at('IDR5'), IDR6: at('IDR6'), IIDR: at('IIDR'), AIDR: at('AIDR'),
  };
}

/** The manifest repeats some registers; a difference means that the files do not belong together. */
function checkKeyRegisters(manifest: Manifest, registers: Int32Array): Result<null> {
  for (const [name, value] of Object.entries(manifest.keyRegisters)) {
    const base = name.replace(/_HI$/, '');
    const register = REGISTERS.get(base);
    if (register === undefined) return fail('unknown-register', `${name} is no register of the SMMU`, { file: 'manifest.json', path: `keyRegisters.${name}` });
    const offset = (register.offset & 0xffff) + (base === name ? 0 : 4);
    const actual = registers[offset / 4]! >>> 0;
    if (BigInt(actual) !== value) {
      return fail('wrong-register', `${name} is ${hex(actual)}, the manifest says ${hex(value)}`, { file: manifest.registers.file, offset });
    }
  }
  return ok(null);
}

/** The answers that came with the capture; a file that is not there has none. */
function knownAnswers(files: CaptureFiles): Result<Pick<Capture, 'translations' | 'unmapped' | 'faults' | 'specExpected'>> {
  const read = <T>(name: string, schema: Parameters<typeof readJson<T>>[1], none: T): Result<T> => {
    const bytes = files.get(name);
    return bytes === undefined ? ok(none) : readJson(text(bytes), schema, name);
  };
  const translations = read('translations.json', translationsSchema, []);
  if (!translations.ok) return translations;
  const unmapped = read('unmapped.json', unmappedSchema, []);
  if (!unmapped.ok) return unmapped;
  const faults = read('faults.json', faultsSchema, []);
  if (!faults.ok) return faults;
  const specExpected: KnownTranslation[] = [];
  for (const name of [...files.keys()].filter((one) => /^spec-expected-.*\.json$/.test(one)).sort()) {
    const expected = read(name, specExpectedSchema, { note: '', translations: [] });
    if (!expected.ok) return expected;
    specExpected.push(...expected.value.translations);
  }
  return ok({ translations: translations.value, unmapped: unmapped.value, faults: faults.value, specExpected });
}

/**
 * Reads a memory capture from its files. Everything is checked before anything is used: the manifest, that each file is
 * there, long enough and has its hash, that ranges do not overlap and registers are the manifest's. The error names file
 * and offset (or path) and what was expected.
 */
export function readCapture(files: CaptureFiles, sha256: Sha256): Result<Capture> {
  const manifestBytes = files.get('manifest.json');
  if (manifestBytes === undefined) return fail('no-capture', 'this is no memory capture: it has no manifest.json', { file: 'manifest.json' });
  const parsed = readJson(text(manifestBytes), manifestSchema, 'manifest.json');
  if (!parsed.ok) return parsed;
  const manifest = parsed.value;
  const ranges = checkRanges(manifest);
  if (!ranges.ok) return ranges;
  const registerBytes = binaryFile(files, manifest, manifest.registers.file, manifest.registers.size, 'both register pages', sha256);
  if (!registerBytes.ok) return registerBytes;
  const registers = registerWords(registerBytes.value.subarray(0, manifest.registers.size));
  const same = checkKeyRegisters(manifest, registers);
  if (!same.ok) return same;
  const segments = segmentFiles(files, manifest, sha256);
  if (!segments.ok) return segments;
  const answers = knownAnswers(files);
  if (!answers.ok) return answers;
  return ok({
    description: manifest.description,
    id: idRegisters(registers),
    registers,
    segments: segments.value,
    zeroRanges: manifest.zeroRanges,
    ram: manifest.ramRanges ?? [{ base: manifest.ramBase, size: manifest.ramSize }],
    streams: manifest.streams,
    names: [...(manifest.names ?? []), ...namesIn(files.values())],
    ...answers.value,
  });
}
