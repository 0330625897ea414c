/** All structures of an SMMU, gone through once: what breaks a rule of the architecture, and what is a mistake most likely. */
import { hex } from '../../base/address.ts';
import { registerField } from '../../smmu/registers/register-field.ts';
import { halvesOf, surveyContexts } from '../contexts.ts';
import { secondStage, stage1View, surveyStreams, usesStage } from '../streams.ts';
import type { StreamEntry, StreamSurvey } from '../streams.ts';
import { surveyStructures } from '../structures.ts';
import type { Structure } from '../structures.ts';
import { physical } from '../surveyed.ts';
import type { Surveyed } from '../surveyed.ts';
import { lintCd, lintCdTables } from './contexts.ts';
import { bySeverity, Findings } from './finding.ts';
import type { Finding } from './finding.ts';
import { lintMaps } from './maps.ts';
import type { Extent } from './maps.ts';
import { lintQueues } from './queues.ts';
import { lintSte, lintStreamTable } from './streams.ts';
import { lintTables } from './tables.ts';

export { LINT_RULES, SEVERITIES } from './finding.ts';
export type { Finding, Severity } from './finding.ts';

const e2hOf = registerField('CR2', 'E2H');

/** What was surveyed once, for all who look at it. */
export interface Seen {
  readonly survey: StreamSurvey;
  readonly structures: readonly Structure[];
}

export function look(surveyed: Surveyed): Seen {
  const survey = surveyStreams(surveyed);
  return { survey, structures: surveyStructures(surveyed, survey) };
}

/** `ram`: all memory of the machine, whether or not it can be read. */
export function lint(surveyed: Surveyed, ram: readonly Extent[], { survey, structures }: Seen = look(surveyed)): Finding[] {
  const findings = new Findings();
  lintQueues(surveyed, findings);
  lintStreamTable(survey, surveyed, findings);
  const seen = new Set<string>();
  for (const stream of survey.streams) lintStream(stream, surveyed, seen, findings);
  lintOverlaps(structures, findings);
  lintMaps(survey.streams, structures, ram, surveyed, findings);
  return bySeverity(findings.all);
}

function lintStream(stream: StreamEntry, surveyed: Surveyed, seen: Set<string>, findings: Findings): void {
  lintSte(stream, surveyed, findings);
  const { features, memory } = surveyed;
  const { sid } = stream;
  const second = secondStage(stream, surveyed);
  const at = stream.pa;
  if (second !== null && lintTables({ stream, ssid: null, fields: stream.fields, at }, second, physical(memory), features, seen, findings) === 0) empty(sid, null, at, findings);
  if (!usesStage(stream, 1)) return;
  const view = stage1View(stream, surveyed);
  const contexts = surveyContexts(stream, view, surveyed);
  lintCdTables(stream, contexts, findings);
  for (const context of contexts.contexts) {
    lintCd(stream, context, surveyed, e2hOf(surveyed.registers) === 1, findings);
    const halves = halvesOf(context, view);
    const root = { stream, ssid: context.ssid, fields: context.fields, at: context.pa };
    const leaves = halves.reduce((sum, half) => sum + lintTables(root, half, view, features, seen, findings), 0);
    if (halves.length > 0 && leaves === 0) empty(sid, context.ssid, context.pa, findings);
  }
}

const empty = (sid: number, ssid: number | null, at: bigint | null, findings: Findings): void =>
  findings.add({ rule: 'lint.empty', severity: 'information', message: `stage ${ssid === null ? 2 : 1} of StreamID ${hex(sid)} maps nothing`, sid, ssid, at });

/** Structures that are not the same one, in the same memory. */
function lintOverlaps(structures: readonly Structure[], findings: Findings): void {
  const sorted = [...structures].sort((a, b) => (a.pa < b.pa ? -1 : a.pa > b.pa ? 1 : 0));
  let last: Structure | null = null;
  for (const next of sorted) {
    const isSame = last !== null && last.pa === next.pa && last.size === next.size && last.kind === next.kind;
    if (last !== null && !isSame && next.pa < last.pa + last.size) findings.add({ rule: 'lint.overlap', severity: 'error', message: `the ${next.name} at ${hex(next.pa)} lies within the ${last.name}, which ends at ${hex(last.pa + last.size)}`, at: next.pa });
    if (last === null || next.pa + next.size > last.pa + last.size) last = next;
  }
}
