/** All structures looked through: mappings, who reaches what, findings, events and their causes. */
import { lintCapture } from '../../../formats/capture/lint-capture.ts';
import { besideJson, eventJson } from '../../../formats/survey/event-text.ts';
import { wordsOfTexts } from '../../../formats/survey/logged-events.ts';
import { countText, findingJson } from '../../../formats/survey/finding-text.ts';
import { mappingJson } from '../../../formats/survey/mapping-text.ts';
import { hex } from '../../../model/base/address.ts';
import { besideMemory, surveyEvents } from '../../../model/survey/events.ts';
import { lint } from '../../../model/survey/lint/index.ts';
import { mappingsOf } from '../../../model/survey/mappings.ts';
import { surveyStreams } from '../../../model/survey/streams.ts';
import type { Surveyed } from '../../../model/survey/surveyed.ts';
import { whoReaches } from '../../../model/survey/who.ts';
import type { LookingParams, LookingResult } from '../../../protocol/contract.ts';
import { surroundingsOf } from './subject.ts';
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
  return { rows: found.slice(0, MAX_FINDINGS).map((one) => ({ ...findingJson(one), device: one.sid === null ? null : subject.nameOf(one.sid) })), text: countText(found) };
}

export function heldEvents(subject: Subject): LookingResult<'survey.events'> {
  const { smmu, logged } = subject;
  const surroundings = surroundingsOf(subject);
  const beside = besideMemory(smmu);
  const ofLogs = logged.slice(0, MAX_EVENTS).map(({ line, words }) => ({ slot: null, line, pending: false, ...besideJson(beside(words), surroundings) }));
  return [...surveyEvents(smmu, MAX_EVENTS).map((one) => ({ line: null, ...eventJson(one, surroundings) })), ...ofLogs];
}

export function eventsBeside(subject: Subject, { events }: LookingParams<'survey.beside'>): LookingResult<'survey.beside'> {
  const surroundings = surroundingsOf(subject);
  const beside = besideMemory(subject.smmu);
  return events.map((words) => besideJson(beside(wordsOfTexts(words)), surroundings));
}

export function streamNames(subject: Subject): LookingResult<'survey.names'> {
  return surveyStreams(surveyedOf(subject)).streams.flatMap(({ sid }) => {
    const name = subject.nameOf(sid);
    return name === null ? [] : [{ sid, name }];
  });
}
