/** What QEMU's own trace knows of a capture of it: where the translations that still stood when it was stopped lead. */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { NO_CACHES } from '../../model/smmu/options.ts';
import { num } from '../../model/lab/inspect/tables.ts';
import { surveyContexts } from '../../model/survey/contexts.ts';
import { stage1View, surveyStreams, usesStage } from '../../model/survey/streams.ts';
import type { StreamEntry } from '../../model/survey/streams.ts';
import type { Surveyed } from '../../model/survey/surveyed.ts';
import { STAGE_2_ALONE, TraceFollower } from '../qemu-trace/standing.ts';
import type { StreamTags } from '../qemu-trace/standing.ts';
import type { Capture } from './capture.ts';
import type { KnownTranslation } from './known-answers.ts';
import { surveyedOf } from './lint-capture.ts';
import { buildMachine } from './machine.ts';

export interface TraceAnswers {
  /** Those that `check` can ask for. */
  readonly translations: readonly KnownTranslation[];
  /** Those that the tables no longer have: unmapped, while the command that tells the SMMU so was still to come. */
  readonly leaving: readonly KnownTranslation[];
  /** Translations in the trace, whatever became of them. */
  readonly seen: number;
}

/** QEMU has no VMIDs where its SMMU has no stage 2. */
const NO_VMID = -1;

function tagsOf(stream: StreamEntry, surveyed: Surveyed): StreamTags | null {
  const vmid = surveyed.features.s2p ? num(stream.fields, 'S2VMID') : NO_VMID;
  if (!usesStage(stream, 1)) return usesStage(stream, 2) ? { asid: STAGE_2_ALONE, vmid } : null;
  const [context] = surveyContexts(stream, stage1View(stream, surveyed), surveyed).contexts;
  return context === undefined ? null : { asid: num(context.fields, 'ASID'), vmid };
}

/** `lines` are those that QEMU wrote until the machine stood still (`-trace 'smmu*' -D FILE`); there may be more than memory holds. */
export async function traceAnswers(capture: Capture, lines: AsyncIterable<string>): Promise<Result<TraceAnswers>> {
  const machine = buildMachine(capture, NO_CACHES);
  try {
    const surveyed = surveyedOf(machine);
    const tags = new Map(surveyStreams(surveyed).streams.map((stream) => [stream.sid, tagsOf(stream, surveyed)]));
    const follower = new TraceFollower((sid) => tags.get(sid) ?? null);
    for await (const line of lines) follower.line(line);
    const { translations, seen } = follower.standing;
    if (seen === 0) return fail('no-trace', "this trace tells of no translation: expected what QEMU writes with -trace 'smmu*' -D FILE");
    const isThere = ({ sid, iova, access }: KnownTranslation): boolean => machine.smmu.translate({ sid, iova, access }).fault?.name !== 'F_TRANSLATION';
    return ok({ translations: translations.filter(isThere), leaving: translations.filter((one) => !isThere(one)), seen });
  } finally {
    machine.memory.release();
  }
}
