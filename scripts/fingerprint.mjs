// What a state of files is known by.
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './runtime.mjs';

/**
 * Of names, sizes and times of all files at the paths, from the root on: a few milliseconds, where hashing contents would be many.
 * @param {readonly string[]} paths
 * @param {(path: string) => boolean} [counts] false: a file that changes nothing
 */
export function fingerprint(paths, counts = () => true) {
  const hash = createHash('sha256');
  const add = (/** @type {string} */ path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name));
    } else if (counts(path)) {
      hash.update(`${relative(root, path)}\0${stat.size}\0${stat.mtimeMs}\n`);
    }
  };
  for (const path of paths) add(join(root, path));
  return hash.digest('hex');
}
