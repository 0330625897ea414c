/** The documents of a lab, as text, to checked data: every problem at its line and column, saying what was expected. */
import type { z } from 'zod';
import type { LabData } from '../../model/lab/data.ts';
import { resolveGuests } from './check-guest.ts';
import { resolveHost } from './check-host.ts';
import { resolveSteps } from './check-steps.ts';
import { guestSchema } from './guest-schema.ts';
import type { GuestDocument } from './guest-schema.ts';
import { hostSchema } from './host-schema.ts';
import type { HostDocument } from './host-schema.ts';
import { parsePath, PART_NAMES } from './problem.ts';
import type { Documents, PartName, Problem } from './problem.ts';
import { Report } from './report.ts';
import { readSource } from './source.ts';
import type { Source } from './source.ts';
import { resolveStackHost } from './stack/check-host.ts';
import { resolveStackSteps } from './stack/check-steps.ts';
import { stackGuestSchema } from './stack/guest-schema.ts';
import { stackHostSchema } from './stack/host-schema.ts';
import { stackStepsSchema } from './stack/step-schema.ts';
import { stepsSchema } from './step-schema.ts';
import type { StepsDocument } from './step-schema.ts';

export type LabParse =
  | { readonly ok: true; readonly value: LabData; /** Warnings. */ readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses one part; an empty guest or steps document is an empty one, an empty host one is an error. */
function parsePart<T extends z.ZodType>(schema: T, document: PartName, source: Source, report: Report): z.output<T> | null {
  const { value } = source.parts[document];
  const empty = document === 'guest' ? {} : document === 'steps' ? [] : undefined;
  const parsed = schema.safeParse(value ?? empty);
  if (parsed.success) return parsed.data;
  report.issues(document, parsed.error.issues);
  return null;
}

/** Problems in reading order: by document, then by place. */
const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  [...problems].sort((a, b) => PART_NAMES.indexOf(a.document) - PART_NAMES.indexOf(b.document) || a.line - b.line || a.column - b.column);

/** Checks the parts against each other, as far as they could be parsed. */
function resolve(document: HostDocument, guest: GuestDocument | null, steps: StepsDocument | null, report: Report): LabData | null {
  const { host, features } = resolveHost(document, report);
  if (guest === null) return null;
  const guests = resolveGuests(guest, host, features, report);
  return steps === null ? null : { host, guests, steps: resolveSteps(steps, { host, guests }, report) };
}

function parseDirect(source: Source, report: Report): LabData | null {
  const host = parsePart(hostSchema, 'host', source, report);
  const guest = parsePart(guestSchema, 'guest', source, report);
  const steps = parsePart(stepsSchema, 'steps', source, report);
  return host === null ? null : resolve(host, guest, steps, report);
}

/** A host that names its uAPI runs the whole stack. */
const isStack = (host: unknown): boolean => typeof host === 'object' && host !== null && 'uapi' in host;

function parseStack(source: Source, report: Report): LabData | null {
  const document = parsePart(stackHostSchema, 'host', source, report);
  const guest = parsePart(stackGuestSchema, 'guest', source, report);
  const steps = parsePart(stackStepsSchema, 'steps', source, report);
  if (document === null || guest === null) return null;
  const { host, data } = resolveStackHost(document, guest, report);
  return steps === null ? null : { host, guests: [], steps: [], stack: { data, steps: resolveStackSteps(steps, data, report) } };
}

/** Parses a lab given as three texts, or as one text with the keys host, guest and steps. */
export function parseLab(documents: Documents | string): LabParse {
  const source = readSource(documents);
  const report = new Report(source);
  if (report.failed) return { ok: false, problems: inOrder(report.problems) };
  const data = isStack(source.parts.host.value) ? parseStack(source, report) : parseDirect(source, report);
  const problems = inOrder(report.problems);
  return data === null || report.failed ? { ok: false, problems } : { ok: true, value: data, problems };
}

/**
 * The place of a problem found when the lab was built or run: `path` is that of its error, such as
 * `host.vms[0].stage2.map[1].size`. Null when the path is not one of these documents.
 */
export function locate(documents: Documents | string, path: string): Pick<Problem, 'document' | 'line' | 'column' | 'endLine' | 'endColumn'> | null {
  const [part, ...rest] = parsePath(path);
  const document = PART_NAMES.find((name) => name === part);
  return document === undefined ? null : { document, ...readSource(documents).parts[document].locate(rest) };
}
