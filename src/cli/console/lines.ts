/** Lines of standard input: as they come from a pipe; at a terminal with editing, history and completion. */
import { createInterface } from 'node:readline';
import type { Editing } from '../io.ts';

export async function* linesOf({ prompt, complete }: Editing): AsyncIterable<string> {
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const reader = terminal
    ? createInterface({ input: process.stdin, output: process.stdout, terminal, prompt, completer: (line: string) => [...complete(line)], historySize: 1000 })
    : createInterface({ input: process.stdin, crlfDelay: Infinity });
  if (terminal) reader.prompt();
  try {
    for await (const line of reader) {
      yield line;
      if (terminal) reader.prompt();
    }
  } finally {
    reader.close();
  }
}
