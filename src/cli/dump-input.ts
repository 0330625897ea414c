/** A capture as a command takes it: a folder, or a dump of memory with registers. */
import { stat, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Capture } from '../formats/capture/capture.ts';
import { gather } from '../formats/capture/gather.ts';
import { openFile } from '../formats/memory-image/file-source.ts';
import { openImage } from '../formats/memory-image/open-image.ts';
import { readRegisters } from '../formats/register-dump/register-state.ts';
import type { LabError } from '../model/base/result.ts';
import { nameOfStream } from '../formats/import/named-stream.ts';
import { hex } from '../model/base/address.ts';
import { address } from './arguments.ts';
import { captureFiles, loadCapture } from './capture-input.ts';
import type { Io } from './io.ts';
import { errorText, Refusal, unwrap } from './refusal.ts';
import { namesOf } from './stream-names.ts';

export interface DumpOptions {
  readonly registers?: string;
  readonly register?: readonly string[];
  readonly base?: bigint;
  readonly mmioBase?: bigint;
  readonly names?: readonly string[];
}

const collect = (one: string, before: readonly string[] = []): readonly string[] => [...before, one];

/** What a dump does not say of itself. */
export const dumpOptions = (command: Command): Command =>
  command
    .option('--registers <file>', 'of a dump: registers of the SMMU, as text (devmem, xp, NAME=VALUE), JSON or the pages themselves')
    .option('--register <NAME=VALUE>', 'of a dump: one register; may be given several times, and goes over those of the file', collect)
    .option('--base <address>', 'of a raw image: physical address of its first byte', address)
    .option('--mmio-base <address>', 'physical address of the SMMU, where the registers are given by addresses', address)
    .option('--names <file>', 'an IORT, acpidump or device tree that names the StreamIDs; may be given several times', collect);

export const CAPTURE_ARGUMENT = 'a capture folder, or a dump: ELF core, kdump, raw image of memory';

/** More than these are counted. */
const SHOWN = 8;

function tell(notes: readonly string[], problems: readonly LabError[], io: Io): void {
  io.err(`smmu-lab: ${notes.join('; ')}\n`);
  for (const problem of problems.slice(0, SHOWN)) io.err(errorText(problem));
  if (problems.length > SHOWN) io.err(`smmu-lab: and ${problems.length - SHOWN} more that were not understood\n`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function registerFile(name: string): Promise<{ name: string; bytes: Uint8Array }> {
  try {
    return { name, bytes: await readFile(name) };
  } catch (error) {
    throw new Refusal({ code: 'unreadable', message: `the registers cannot be read: ${(error as Error).message}`, at: { file: name } });
  }
}

/** `StreamID 0x28`, and whose it is. */
export function streamText(sid: number, { names }: Capture): string {
  const name = nameOfStream(names, sid);
  return `StreamID ${hex(sid)}${name === null ? '' : ` (${name})`}`;
}

/** What is at `path`; of a dump only what the SMMU's structures reach, and what there is to say about it on standard error. */
export async function openCapture(path: string, options: DumpOptions, io: Io): Promise<Capture> {
  const names = await namesOf(options.names ?? []);
  const capture = await openWithoutNames(path, options, io);
  return { ...capture, names: [...names, ...capture.names] };
}

async function openWithoutNames(path: string, options: DumpOptions, io: Io): Promise<Capture> {
  if (!(await isFile(path))) return loadCapture(path, await captureFiles(path));
  const registers = unwrap(readRegisters(options.registers === undefined ? null : await registerFile(options.registers), options.register ?? [], options.mmioBase ?? null));
  const source = unwrap(openFile(path));
  try {
    const image = unwrap(openImage(source, options.base ?? null));
    const { capture, notes, problems } = unwrap(gather(image, registers));
    tell([capture.description, ...notes], problems, io);
    return capture;
  } finally {
    source.close();
  }
}
