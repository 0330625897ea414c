/** A process of its own for same-trace.test.ts: one line `LAB DIGEST` for each lab that it is given. */
import { digestOf } from './sample-labs.ts';

for (const name of process.argv.slice(2)) process.stdout.write(`${name} ${digestOf(name)}\n`);
