import { readCapture } from '../formats/capture/capture.ts';
import type { Capture, CaptureFiles } from '../formats/capture/capture.ts';
import { inFolder, readCaptureFolder, sha256 } from '../formats/capture/folder.ts';
import { buildMachine } from '../formats/capture/machine.ts';
import type { CaptureMachine } from '../formats/capture/machine.ts';
import type { CacheOptions } from '../model/smmu/options.ts';
import type { Profile } from '../model/spec/index.ts';
import type { Result } from '../model/base/result.ts';
import { Refusal, unwrap } from './refusal.ts';

/** The value of a result about files of a capture folder; its error says where the folder is. */
export function unwrapIn<T>(folder: string, result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refusal(inFolder(folder, result.error));
}

export async function captureFiles(folder: string): Promise<CaptureFiles> {
  return unwrap(await readCaptureFolder(folder));
}

export const loadCapture = (folder: string, files: CaptureFiles): Capture => unwrapIn(folder, readCapture(files, sha256));

/** Runs `use` with the captured machine, whose memory is given back afterwards. */
export function withMachine<T>(capture: Capture, caches: CacheOptions, profile: Profile, use: (machine: CaptureMachine) => T): T {
  const machine = buildMachine(capture, caches, profile);
  try {
    return use(machine);
  } finally {
    machine.memory.release();
  }
}
