/** The linter on a capture: beyond the structures themselves, what the capture knows of them. */
import { hex } from '../../model/base/address.ts';
import { walkerOf } from '../../model/lab/inspect/walk.ts';
import { causeOf } from '../../model/survey/events.ts';
import { bySeverity, Findings } from '../../model/survey/lint/finding.ts';
import { lint, look } from '../../model/survey/lint/index.ts';
import type { Finding, Seen } from '../../model/survey/lint/index.ts';
import { isValid } from '../../model/survey/streams.ts';
import type { Surveyed } from '../../model/survey/surveyed.ts';
import type { Capture } from './capture.ts';
import type { CaptureMachine } from './machine.ts';
import { outcomeText } from './outcome-text.ts';

const PAGE = 4096n;

export const surveyedOf = ({ memory, smmu }: CaptureMachine): Surveyed => ({ registers: smmu.registers.image, features: smmu.features, memory });

/** Streams that were there when the capture was taken. */
function lintListed({ streams }: Capture, { survey }: Seen, findings: Findings): void {
  const valid = new Set(survey.streams.filter(isValid).map(({ sid }) => sid));
  for (const { sid } of streams) {
    if (!valid.has(sid)) findings.add({ rule: 'lint.stream.listed', severity: 'warning', message: `the capture lists StreamID ${hex(sid)}, but the stream table does not lead to a valid STE of it` });
  }
}

/** A capture holds what structures reached. */
function lintReached({ segments }: Capture, { structures }: Seen, findings: Findings): void {
  const reached = new Set<bigint>();
  for (const { pa, size } of structures) for (let at = pa - (pa % PAGE); at < pa + size; at += PAGE) reached.add(at);
  for (const { base, size } of segments) {
    for (let at = base; at < base + size; at += PAGE) {
      if (!reached.has(at)) findings.add({ rule: 'lint.memory.unreached', severity: 'warning', message: `the page at ${hex(at)} was captured, but no structure leads to it any more`, at });
    }
  }
}

/** Translations that are known: each that fails now is told by the rule that decides, at the structure that does. */
function lintKnown({ translations }: Capture, machine: CaptureMachine, findings: Findings): void {
  const walk = walkerOf(machine);
  for (const { sid, ssid, iova, access, pa } of translations) {
    const { outcome, records } = walk({ sid, iova, access, ...(ssid === null ? {} : { ssid }) });
    if (outcome.pa === pa) continue;
    const cause = causeOf(records);
    findings.add({
      rule: outcome.fault?.rule ?? 'lint.known', severity: 'error', sid, ssid, input: iova, at: cause?.pa ?? null,
      message: `a ${access} of IOVA ${hex(iova)} by StreamID ${hex(sid)} went to PA ${hex(pa)} when the capture was taken, and now gives ${outcomeText(outcome)}${cause === null ? '' : `, decided at ${hex(cause.pa)}`}`,
    });
  }
}

/** Everything that is wrong with a capture, or worth knowing of it. */
export function lintCapture(capture: Capture, machine: CaptureMachine): Finding[] {
  const surveyed = surveyedOf(machine);
  const seen = look(surveyed);
  const findings = new Findings();
  lintListed(capture, seen, findings);
  lintReached(capture, seen, findings);
  lintKnown(capture, machine, findings);
  return bySeverity([...lint(surveyed, capture.ram, seen), ...findings.all]);
}
