/** All structures looked through: mappings, who reaches what, findings, events and their causes. */
import { lintCapture } from '../../../formats/capture/lint-capture.ts';
import { eventJson } from '../../../formats/survey/event-text.ts';
import { countText, findingJson } from '../../../formats/survey/finding-text.ts';
import { mappingJson } from '../../../formats/survey/mapping-text.ts';
import { hex } from '../../../model/base/address.ts';
import { surveyEvents } from '../../../model/survey/events.ts';
import { lint } from '../../../model/survey/lint/index.ts';
import { mappingsOf } from '../../../model/survey/mappings.ts';
import { surveyStreams } from '../../../model/survey/streams.ts';
import type { Surveyed } from '../../../model/survey/surveyed.ts';
import { whoReaches } from '../../../model/survey/who.ts';
import type { LookingParams, LookingResult } from '../../../protocol/contract.ts';
import type { Subject } from './subject.ts';

/** Ranges of one stream, findings and events that are listed. */
const MAX_RANGES = 100_000;
const MAX_FINDINGS = 5000;
const MAX_EVENTS = 1024;

const surveyedOf = ({ smmu }: Subject): Surveyed => ({ registers: smmu.registers.image, features: smmu.features, memory: smmu.memory });

export function streamMappings(subject: Subject, { sid, from, count }: LookingParams<'survey.mappings'>): LookingResult<'survey.mappings'> {
  const surveyed = surveyedOf(subject);
  const stream = surveyStreams(surveyed).streams.find((one) => one.sid === sid);
  if (stream === undefined) return { total: 0, cut: false, rows: [] };
  const { mappings, cut } = mappingsOf(stream, surveyed, null, MAX_RANGES);
  return { total: mappings.length, cut, rows: mappings.slice(from, from + count).map((one) => ({ ...mappingJson(one) })) };
}

export function reaching(subject: Subject, { pa }: LookingParams<'survey.who'>): LookingResult<'survey.who'> {
  const found = whoReaches(BigInt(pa), surveyedOf(subject));
  return {
    reaching: found.reaching.map(({ mapping, iova, ipa }) => ({ ...mappingJson(mapping), at: { iova: hex(iova), ipa: ipa === null ? null : hex(ipa) } })),
    structures: found.structures.map(({ name, pa: at, size }) => ({ name, pa: hex(at), size: hex(size) })),
  };
}

export function structureFindings(subject: Subject): LookingResult<'survey.findings'> {
  const { smmu, capture } = subject;
  const found = capture === undefined ? lint(surveyedOf(subject), smmu.memory.regions) : lintCapture(capture, { smmu, memory: smmu.memory });
  return { rows: found.slice(0, MAX_FINDINGS).map(findingJson), text: countText(found) };
}

/** Of a capture those that it came with: what is asked of it since then faults, too. */
export const heldEvents = ({ smmu, capture }: Subject): LookingResult<'survey.events'> => surveyEvents(smmu, MAX_EVENTS, capture?.registers).map(eventJson);
