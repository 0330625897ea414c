import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { requestsOf } from './cases.ts';
import type { CaseName, Measured } from './cases.ts';
import { BASE, buildImage } from './image.ts';

const run = promisify(execFile);

/** The C version, compiled here and now, with the image and the requests in files. */
export interface CVersion {
  /** The best of one round of each case. */
  round(seconds: number): Promise<Record<CaseName, Measured>>;
  remove(): Promise<void>;
}

const bytesOf = (words: Int32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** Compiles `source` with `cc -O2`; fails where there is no compiler. */
export async function compileCVersion(source: string): Promise<Result<CVersion>> {
  const folder = await mkdtemp(join(tmpdir(), 'smmu-lab-bench-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const file = (name: string): string => join(folder, name);
  try {
    await run('cc', ['-O2', '-o', file('walk'), source]);
  } catch (error) {
    await remove();
    return fail('no-c-version', `the C version cannot be compiled with cc -O2: ${(error as Error).message.split('\n')[0] ?? ''}`);
  }
  const files = [
    ['one', 'walk'],
    ['some', 'cold4096'],
    ['many', 'cold65536'],
  ] as const;
  await writeFile(file('image'), bytesOf(buildImage().words));
  for (const [name, requests] of files) await writeFile(file(name), bytesOf(requestsOf(requests)));
  const round = async (seconds: number): Promise<Record<CaseName, Measured>> => {
    const { stdout } = await run(file('walk'), [
      file('image'),
      `0x${BASE.toString(16)}`,
      ...files.map(([name]) => file(name)),
      '1',
      String(seconds),
    ]);
    return JSON.parse(stdout) as Record<CaseName, Measured>;
  };
  return ok({ round, remove });
}
