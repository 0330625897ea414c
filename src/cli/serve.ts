import { InvalidArgumentError } from 'commander';
import { idsIn, problemOfIds } from '../protocol/command-ids.ts';
import { Refusal } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly port: number;
  readonly open: boolean;
  readonly data?: string;
  readonly qemu?: string;
  readonly runCommands?: readonly string[];
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  return port;
}

function commandIds(text: string): readonly string[] {
  const problem = problemOfIds(text);
  if (problem !== null) throw new InvalidArgumentError(problem);
  return idsIn(text);
}

/** `serve`: the lab in a browser, until it is told to end. The server is loaded only here: nothing else needs the host. */
export const registerServe: Register = (program, io, done) => {
  program
    .command('serve')
    .description('the lab in a browser: serves on 127.0.0.1 and prints the URL')
    .option('--port <number>', 'port; 0 takes any free one', portNumber, 0)
    .option('--no-open', 'only print the URL')
    .option('--data <folder>', "where sessions are kept; this user's data folder without")
    .option('--qemu <path>', 'absolute path of a qemu-system-aarch64 that the window may compare labs with')
    .option('--run-commands <ids>', 'commands that the window runs when it opens, such as "run.to-fault, look.walk"', commandIds)
    .action(async ({ port, open, data, qemu, runCommands }: Options) => {
      const { serve } = await import('../server/serve.ts');
      try {
        done(await serve({ port, open, data: data ?? null, qemu: qemu ?? null, commands: runCommands ?? [] }, (line) => io.out(`${line}\n`)));
      } catch (error) {
        throw new Refusal({ code: 'cannot-serve', message: `the server cannot start: ${(error as Error).message}` });
      }
    });
};
