/** `node test/kill9/run.ts [KILLS]`: 200 by default; prints the figures, and ends with status 1 when anything was lost. */
import { killAndLook, textOf } from './kill9.ts';

const figures = await killAndLook(Number(process.argv[2] ?? 200), console.log);
console.log(textOf(figures));
process.exitCode = figures.lost.length === 0 ? 0 : 1;
