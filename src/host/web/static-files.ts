/** From the path of a URL to a file of the built renderer, and never to another file. */
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

/** Segments of the path, or null for one that is refused: escapes that hide a separator, `..`, hidden files, control characters. */
export function pathSegments(urlPath: string): string[] | null {
  if (!urlPath.startsWith('/')) return null;
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  // Decoded once more means encoded twice, which no link of ours is.
  if (/[\\\p{Cc}%:]/u.test(path)) return null;
  const segments = path.split('/').slice(1);
  if (segments.at(-1) === '') segments[segments.length - 1] = 'index.html';
  return segments.some((segment) => segment === '' || segment.startsWith('.')) ? null : segments;
}

export interface StaticFile {
  readonly bytes: Buffer;
  readonly type: string;
  /** Named by the hash of its content, so that it never changes. */
  readonly immutable: boolean;
}

/** The file of `root` that a URL path names, or null: no such file, of no known type, or outside `root` through a link. */
export async function readStaticFile(root: string, urlPath: string): Promise<StaticFile | null> {
  const segments = pathSegments(urlPath);
  const type = TYPES[extname(segments?.at(-1) ?? '').toLowerCase()];
  if (segments === null || type === undefined) return null;
  try {
    const folder = await realpath(root);
    const file = await realpath(join(folder, ...segments));
    if (!file.startsWith(folder + sep)) return null;
    return { bytes: await readFile(file), type, immutable: segments[0] === 'assets' };
  } catch {
    return null;
  }
}
