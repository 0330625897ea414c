/** `smmu-lab` as a process. */
import { text } from 'node:stream/consumers';
import { linesOf } from './console/lines.ts';
import { run } from './run.ts';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

void run(process.argv.slice(2), {
  out: (chunk) => void process.stdout.write(chunk),
  err: (chunk) => void process.stderr.write(chunk),
  stdin: () => text(process.stdin),
  lines: linesOf,
}).then((code) => {
  process.exitCode = code;
});
