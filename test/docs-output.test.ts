// What the documentation says a command prints is what it prints.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../src/cli/run.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const LAB = 'npm run -s lab -- ';
/** Lines that are put into the command. */
const PIPED = /^printf '([^']*)' \| /;

interface Example {
  readonly file: string;
  readonly command: string;
  /** Lines that must be printed; `...` stands for any. */
  readonly lines: readonly string[];
}

function examplesIn(file: string): Example[] {
  const text = readFileSync(join(root, file), 'utf8');
  const blocks = [...text.matchAll(/^```\n(\$ .*?)^```/gms)].map(([, block]) => block!);
  return blocks
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((example) => {
      const [command = '', ...lines] = example.split('\n');
      return { file, command, lines: lines.filter((line) => line.trim() !== '' && line.trim() !== '...') };
    });
}

/** Commands that need nothing but this repository, write nothing and give the same everywhere. */
function isRepeatable({ command: whole }: Example): boolean {
  const command = whole.replace(PIPED, '');
  if (!command.startsWith(LAB) || command.includes('--trace')) return false;
  const [name = '', ...words] = command.slice(LAB.length).split(' ');
  const files = words.filter((word) => /\/|\.jsonl|\.yaml/.test(word));
  const takesFile = ['run', 'compare', 'console', 'check', 'translate', 'cases'].includes(name);
  return ['decode', 'describe'].includes(name) || (takesFile && files.length > 0 && files.every((file) => existsSync(join(root, file))));
}

/** Everything the command prints, line by line; a pipe only shortens that. */
async function printed(whole: string): Promise<string[]> {
  const piped = PIPED.exec(whole)?.[1]?.replaceAll('\\n', '\n');
  const command = whole.replace(PIPED, '');
  const [line = ''] = command.slice(LAB.length).split(' | ');
  const [args = '', input] = line.split(' < ');
  let text = '';
  const take = (chunk: string): void => void (text += chunk);
  // A shell takes what is in quotes as one word.
  const argv = (args.match(/'[^']*'|\S+/g) ?? [])
    .map((word) => (word.startsWith("'") ? word.slice(1, -1) : word.includes('/') ? join(root, word) : word));
  await run(argv, {
    out: take,
    err: take,
    stdin: () => Promise.resolve(input === undefined ? (piped ?? '') : readFileSync(join(root, input), 'utf8')),
  });
  return text.replaceAll(root, '').split('\n');
}

const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const examples = ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap(examplesIn);
const repeatable = examples.filter(isRepeatable);

describe('examples of the documentation', () => {
  it('are found', () => {
    expect(repeatable.length).toBeGreaterThan(15);
  });

  it.each(repeatable)('$file: $command', async ({ command, lines }) => {
    const got = await printed(command);
    expect(lines.filter((line) => !got.includes(line))).toEqual([]);
  });
});
