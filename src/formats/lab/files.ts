/** Labs on disk: a folder with host.yaml, guest.yaml and steps.yaml, or one file with the three keys. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { PART_NAMES } from './problem.ts';
import type { Documents, PartName, Problem } from './problem.ts';
import { readSource } from './source.ts';

export interface LabFiles {
  /** What `parseLab` takes. */
  readonly documents: Documents | string;
  /** The file that each part is in. */
  readonly files: Readonly<Record<PartName, string>>;
}

/** What a list of samples shows. */
export interface LabSummary {
  /** Name of its folder. */
  readonly id: string;
  readonly title: string;
  /** First sentence of its README. */
  readonly summary: string;
  /** The heading under which the README of all labs has it; empty: it has none. */
  readonly group: string;
}

const reason = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error));

function readText(file: string): Result<string> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch (error) {
    return fail('cannot-read', `cannot read ${file}: ${reason(error)}`, { file });
  }
}

function isFolder(path: string): boolean | null {
  try {
    return statSync(path).isDirectory();
  } catch {
    return null;
  }
}

/** The parts of a folder; guest.yaml and steps.yaml may be missing, host.yaml must be there. */
function readFolder(folder: string): Result<LabFiles> {
  const files = { host: join(folder, 'host.yaml'), guest: join(folder, 'guest.yaml'), steps: join(folder, 'steps.yaml') };
  const texts: Record<PartName, string> = { host: '', guest: '', steps: '' };
  const there = readdirSync(folder);
  if (!there.includes('host.yaml')) return fail('no-lab', `${folder} holds no lab: expected host.yaml, and guest.yaml and steps.yaml beside it`, { file: folder });
  for (const part of PART_NAMES) {
    if (!there.includes(`${part}.yaml`)) continue;
    const text = readText(files[part]);
    if (!text.ok) return text;
    texts[part] = text.value;
  }
  return ok({ documents: texts, files });
}

/** Reads a lab from a folder or a file. */
export function readLab(path: string): Result<LabFiles> {
  const folder = isFolder(path);
  if (folder === null) return fail('no-lab', `there is no lab at ${path}: expected a folder with host.yaml, or a file with the keys host, guest and steps`, { file: path });
  if (folder) return readFolder(path);
  const text = readText(path);
  return text.ok ? ok({ documents: text.value, files: { host: path, guest: path, steps: path } }) : text;
}

/** `host.yaml:12:7: error: message`, as compilers write it. */
export const problemLine = (problem: Problem, files: LabFiles['files']): string =>
  `${files[problem.document]}:${problem.line}:${problem.column}: ${problem.severity}: ${problem.message}`;

/** First sentence of the text under the heading. */
function summaryOf(readme: string): string {
  const text = readme.split('\n\n').find((paragraph) => !paragraph.startsWith('#') && paragraph.trim() !== '') ?? '';
  const line = text.replace(/\s+/g, ' ').replace(/`/g, '').trim();
  return /^.*?[.!?](?=\s|$)/.exec(line)?.[0] ?? line;
}

function titleOf(documents: LabFiles['documents']): string | null {
  const { value } = readSource(documents).parts.host;
  return typeof value === 'object' && value !== null && 'title' in value && typeof value.title === 'string' ? value.title : null;
}

/** The heading above the line that links each lab. */
function groupsOf(readme: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  let heading = '';
  for (const line of readme.split('\n')) {
    heading = /^### (.+)$/.exec(line)?.[1] ?? heading;
    const id = /^\|.*\]\(([\w-]+)\/README\.md\)/.exec(line)?.[1];
    if (id !== undefined) groups.set(id, heading);
  }
  return groups;
}

/** The labs in the folders of a folder, in the order of its README, others behind them by name; what is no lab is left out. */
export function listLabs(folder: string): readonly LabSummary[] {
  const overview = readText(join(folder, 'README.md'));
  const groups = overview.ok ? groupsOf(overview.value) : new Map<string, string>();
  const ids = readdirSync(folder).sort();
  return [...[...groups.keys()].filter((id) => ids.includes(id)), ...ids.filter((id) => !groups.has(id))]
    .flatMap((id): LabSummary[] => {
      const path = join(folder, id);
      const lab = isFolder(path) === true ? readLab(path) : null;
      if (lab === null || !lab.ok) return [];
      const readme = readText(join(path, 'README.md'));
      return [{ id: basename(path), title: titleOf(lab.value.documents) ?? id, summary: readme.ok ? summaryOf(readme.value) : '', group: groups.get(id) ?? '' }];
    });
}
