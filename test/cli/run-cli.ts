import { run } from '../../src/cli/run.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `smmu-lab` in this process. */
export async function cli(argv: readonly string[], stdin = ''): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(argv, { out: (text) => out.push(text), err: (text) => err.push(text), stdin: () => Promise.resolve(stdin) });
  return { code, out: out.join(''), err: err.join('') };
}

/** Standard output as JSON lines; anything else in it makes this throw. */
export const jsonLines = (text: string): Record<string, unknown>[] =>
  text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
