import { parseArgs } from 'node:util';
import { fail, ok } from '../model/base/result.ts';
import type { Result } from '../model/base/result.ts';

export interface ServerArguments {
  readonly port: number;
  readonly open: boolean;
  readonly data: string | null;
}

export const USAGE = `usage: server [--port N] [--no-open] [--data FOLDER]
  --port N       port on 127.0.0.1 (default: any free one)
  --no-open      only print the URL
  --data FOLDER  where sessions are kept (default: this user's data folder)`;

export function parseServerArguments(args: readonly string[]): Result<ServerArguments> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string', default: '0' }, 'no-open': { type: 'boolean', default: false }, data: { type: 'string' } },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535) return fail('bad-usage', `--port ${values.port}: expected a number from 0 to 65535`);
    return ok({ port, open: !values['no-open'], data: values.data ?? null });
  } catch (error) {
    return fail('bad-usage', (error as Error).message);
  }
}
