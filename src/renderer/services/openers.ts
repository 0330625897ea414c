/** Who opens files of which kind. A file that is dropped on the window or opened with the lab goes to the opener of its extension. */
import { assert } from '../../model/base/assert.ts';
import type { ChosenFile } from './files/files.ts';

export interface Opener {
  /** Without the dot, in lower case. */
  readonly extensions: readonly string[];
  /** What such files are, for a message: `a bundle`. */
  readonly what: string;
  /** Rejects with what to tell the user. */
  open(file: ChosenFile): Promise<unknown>;
}

const openers: Opener[] = [];

/** Throws on an extension that is taken, which is a bug. Returns what takes the opener back. */
export function registerOpener(opener: Opener): () => void {
  for (const extension of opener.extensions) assert(openerOf(extension) === undefined, `files with .${extension} have an opener`);
  openers.push(opener);
  return () => void openers.splice(openers.indexOf(opener), 1);
}

const openerOf = (extension: string): Opener | undefined => openers.find(({ extensions }) => extensions.includes(extension));

/** Somebody opens files of this name. */
export const hasOpener = (name: string): boolean => openerOf(/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '') !== undefined;

/** Rejects with what was expected where nobody opens such files. */
export async function openFile(file: ChosenFile): Promise<void> {
  const extension = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
  const opener = openerOf(extension);
  if (opener !== undefined) return void (await opener.open(file));
  await file.close();
  const known = openers.map(({ extensions, what }) => `${what} (${extensions.map((name) => `.${name}`).join(', ')})`).join(' or ');
  throw new Error(`${file.name} cannot be opened: expected ${known}.`);
}
