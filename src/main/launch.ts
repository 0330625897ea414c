/** What the lab was asked to open: by its command line, by a second start of it, by the system. */
import { isAbsolute, resolve } from 'node:path';
import { deepLinkSchema } from '../protocol/desktop.ts';
import type { DeepLink } from '../protocol/desktop.ts';

export const LINK_SCHEME = 'smmulab';
export const BUNDLE_EXTENSION = 'smmulab';

export type LaunchRequest =
  { readonly kind: 'bundle'; readonly path: string } | { readonly kind: 'link'; readonly link: DeepLink } | { readonly kind: 'problem'; readonly message: string };

/** More than this on one command line is a mistake. */
const MAX_REQUESTS = 16;
const MAX_ARGUMENT = 4096;

/**
 * The bundles and links of a command line, in its order; anything else on it is Electron's and Chromium's business. Relative paths are of
 * `cwd`, which must be absolute. Never throws, and looks at no file.
 */
export function parseLaunch(argv: readonly string[], cwd: string): LaunchRequest[] {
  const base = isAbsolute(cwd) ? cwd : '/';
  return argv.slice(1).flatMap((argument) => requestOf(argument, base)).slice(0, MAX_REQUESTS);
}

function requestOf(argument: string, cwd: string): LaunchRequest[] {
  if (argument.length > MAX_ARGUMENT || argument.startsWith('-') || argument.includes('\0')) return [];
  if (argument.toLowerCase().startsWith(`${LINK_SCHEME}:`)) return [parseLink(argument)];
  return argument.toLowerCase().endsWith(`.${BUNDLE_EXTENSION}`) ? [{ kind: 'bundle', path: resolve(cwd, argument) }] : [];
}

/** `smmulab://sample/first-nested?txn=3&panel=walk` */
export function parseLink(text: string): LaunchRequest {
  const bad = (why: string): LaunchRequest => ({ kind: 'problem', message: `The link ${shortened(text)} cannot be opened: ${why}` });
  if (text.length > MAX_ARGUMENT) return bad('it is too long.');
  const found = /^smmulab:\/\/(sample|session)\/([^/?#]+)\/?(?:\?([^#]*))?(?:#.*)?$/i.exec(text);
  if (found === null) return bad('expected smmulab://sample/NAME or smmulab://session/ID.');
  const [, open = '', id = '', query = ''] = found;
  const wanted: Record<string, unknown> = { open: open.toLowerCase(), id };
  for (const [key, value] of new URLSearchParams(query)) {
    if (!['txn', 'filter', 'panel'].includes(key) || key in wanted) return bad(`${key in wanted ? 'it says twice' : 'it has an unknown part'}, ${JSON.stringify(shortened(key))}.`);
    wanted[key] = key === 'txn' ? (/^\d{1,15}$/.test(value) ? Number(value) : Number.NaN) : value;
  }
  const link = deepLinkSchema.safeParse(wanted);
  return link.success ? { kind: 'link', link: link.data } : bad(`its ${String(link.error.issues[0]?.path[0] ?? 'form')} is not what it should be.`);
}

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)} ...` : text);
