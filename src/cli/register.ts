import type { Command } from 'commander';
import type { Io } from './io.ts';

/** Adds one command to the program; its action reports the exit status through `done`. */
export type Register = (program: Command, io: Io, done: (status: number) => void) => void;
