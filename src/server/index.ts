/** Entry: the lab in a browser. Prints its URL on standard output, one line, and serves until it is told to end. */
import { parseServerArguments, USAGE } from './arguments.ts';
import { serve } from './serve.ts';

const BAD_USAGE = 2;

async function main(): Promise<number> {
  const parsed = parseServerArguments(process.argv.slice(2));
  if (parsed.ok) return serve(parsed.value, console.log);
  console.error(`${parsed.error.message}\n${USAGE}`);
  return BAD_USAGE;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(`the server cannot start: ${(error as Error).message}`);
    process.exit(1);
  },
);
