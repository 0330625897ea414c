import { parseArgs } from 'node:util';
import { fail, ok } from '../model/base/result.ts';
import { idsIn, problemOfIds } from '../protocol/command-ids.ts';
import type { Result } from '../model/base/result.ts';

export interface ServerArguments {
  readonly port: number;
  readonly open: boolean;
  readonly data: string | null;
  /** A QEMU that labs may be compared with. */
  readonly qemu: string | null;
  /** What the first window runs, by ids. */
  readonly commands: readonly string[];
}

export const USAGE = `usage: server [--port N] [--no-open] [--data FOLDER] [--qemu PATH] [--run-commands IDS]
  --port N       port on 127.0.0.1 (default: any free one)
  --no-open      only print the URL
  --data FOLDER  where sessions are kept (default: this user's data folder)
  --qemu PATH    a qemu-system-aarch64 that the window may compare labs with
  --run-commands IDS  commands that the window runs when it opens, such as "run.to-fault, look.walk"`;

export function parseServerArguments(args: readonly string[]): Result<ServerArguments> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string', default: '0' }, 'no-open': { type: 'boolean', default: false }, data: { type: 'string' }, qemu: { type: 'string' }, 'run-commands': { type: 'string' } },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535) return fail('bad-usage', `--port ${values.port}: expected a number from 0 to 65535`);
    const ids = values['run-commands'];
    const problem = ids === undefined ? null : problemOfIds(ids);
    if (problem !== null) return fail('bad-usage', `--run-commands: ${problem}`);
    return ok({ port, open: !values['no-open'], data: values.data ?? null, qemu: values.qemu ?? null, commands: ids === undefined ? [] : idsIn(ids) });
  } catch (error) {
    return fail('bad-usage', (error as Error).message);
  }
}
