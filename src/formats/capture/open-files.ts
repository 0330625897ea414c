/** Files that a user gives together: a capture folder, or a dump of memory and its registers. */
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import { sourceOfBytes } from '../memory-image/byte-source.ts';
import { openImage } from '../memory-image/open-image.ts';
import { isRegisterPages, readRegisters } from '../register-dump/register-state.ts';
import { decodeFile } from '../import/decode-file.ts';
import { eventsOfText } from '../survey/logged-events.ts';
import type { EventOfText } from '../survey/logged-events.ts';
import { sniff, titleOf } from '../sniff/sniff.ts';
import type { FileKind } from '../sniff/sniff.ts';
import { readCapture } from './capture.ts';
import type { Capture, Sha256 } from './capture.ts';
import { gather } from './gather.ts';
import { isFirmware, namesIn } from './names.ts';

export interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What files do not say of themselves. */
export interface GivenWith {
  /** Registers as text; empty: none. */
  readonly registers: string;
  /** Physical address of a raw image. */
  readonly base: bigint | null;
}

export interface OpenedFiles {
  readonly capture: Capture;
  /** Events of kernel logs that came with it. */
  readonly logged: readonly EventOfText[];
  readonly notes: readonly string[];
}

const LOG: FileKind = 'kernel-log';
const DUMPS: readonly FileKind[] = ['elf-core', 'kdump', 'kdump-flattened', 'memory'];

/** More than these are counted. */
const SHOWN = 8;

function problemText({ message, at }: LabError): string {
  const place = at?.line !== undefined ? `, line ${at.line}` : at?.offset !== undefined ? `, byte ${at.offset}` : '';
  return `${at?.file === undefined ? '' : `${at.file}${place}: `}${message}`;
}

function shown(problems: readonly LabError[]): string[] {
  const more = problems.length - SHOWN;
  return [...problems.slice(0, SHOWN).map(problemText), ...(more > 0 ? [`and ${more} more that were not understood`] : [])];
}

interface Sorted {
  readonly dump: GivenFile;
  readonly registers: GivenFile | null;
  /** What none of it is, for people. */
  readonly unused: readonly string[];
}

/** Which of the files is the dump, and which holds registers. */
function sorted(files: readonly GivenFile[]): Result<Sorted> {
  const kinds = files.map((file) => ({ file, kind: sniff(file.bytes).kind }));
  const pages = files.length > 1 ? files.find(({ bytes }) => isRegisterPages(bytes)) : undefined;
  const dumps = kinds.filter(({ file, kind }) => file !== pages && DUMPS.includes(kind)).map(({ file }) => file);
  const texts = kinds.filter(({ kind }) => kind === 'register-dump').map(({ file }) => file);
  const names = files.map(({ name }) => name).join(', ');
  const [dump, another] = dumps;
  if (dump === undefined) return fail('no-capture', `this is no capture: it has no manifest.json, and no dump of memory is among ${names === '' ? 'no files' : names}`, { file: 'manifest.json' });
  if (another !== undefined) return fail('two-dumps', `two of these files are dumps of memory: ${dump.name} and ${another.name}`);
  const registers = pages ?? texts[0] ?? null;
  const unused = kinds.filter(({ file, kind }) => file !== dump && file !== registers && kind !== LOG && !isFirmware(file.bytes));
  return ok({ dump, registers, unused: unused.map(({ file, kind }) => `${file.name} was not used: it is ${titleOf(kind)}`) });
}

/** The capture that files make. Firmware's tables among them name its StreamIDs, kernel logs tell of events. */
export function openFiles(files: readonly GivenFile[], given: GivenWith, sha256: Sha256): Result<OpenedFiles> {
  const logged = files.filter(({ bytes }) => sniff(bytes).kind === LOG).flatMap(({ bytes }) => eventsOfText(decodeFile(bytes)));
  if (files.some(({ name }) => name === 'manifest.json')) {
    const read = readCapture(new Map(files.map(({ name, bytes }) => [name, bytes])), sha256);
    return read.ok ? ok({ capture: read.value, logged, notes: [] }) : read;
  }
  const opened = openDump(files, given);
  return opened.ok ? ok({ ...opened.value, logged }) : opened;
}

function openDump(files: readonly GivenFile[], { registers: text, base }: GivenWith): Result<Pick<OpenedFiles, 'capture' | 'notes'>> {
  const given = sorted(files);
  if (!given.ok) return given;
  const { dump, registers, unused } = given.value;
  const typed = text.trim() === '' ? null : readRegisters({ name: 'the registers that were typed', bytes: new TextEncoder().encode(text) }, []);
  if (typed !== null && !typed.ok) return typed;
  const state = readRegisters(registers, []);
  if (!state.ok) return state;
  const image = openImage(sourceOfBytes(dump.name, dump.bytes), base);
  if (!image.ok) return image;
  const gathered = gather(image.value, typed === null ? state.value : { image: over(state.value.image, typed.value), known: new Set([...state.value.known, ...typed.value.known]), problems: [...state.value.problems, ...typed.value.problems] });
  if (!gathered.ok) return gathered;
  const { capture, notes, problems } = gathered.value;
  return ok({ capture: { ...capture, names: namesIn(files.filter((file) => file !== dump).map(({ bytes }) => bytes)) }, notes: [...notes, ...unused, ...shown(problems)] });
}

/** Registers that are known go over others. */
function over(below: Int32Array, { image, known }: { readonly image: Int32Array; readonly known: ReadonlySet<number> }): Int32Array {
  const both = Int32Array.from(below);
  for (const offset of known) both[offset / 4] = image[offset / 4]!;
  return both;
}
