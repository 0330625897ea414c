import { recordWords } from '../formats/batch/request.ts';
import type { Capture } from '../formats/capture/capture.ts';
import { isMissing } from '../formats/capture/machine.ts';
import { decodeAs } from '../formats/words/decode-as.ts';
import { recordText } from '../formats/words/describe.ts';
import { hex } from '../model/base/address.ts';
import type { Outcome, Smmu, Transaction } from '../model/smmu/smmu.ts';
import { ruleNumber, RULES } from '../model/spec/index.ts';
import { decodeRecord, RECORD_WORDS } from '../model/trace/record.ts';
import { Recorder } from '../model/trace/recorder.ts';
import { TraceBuffer } from '../model/trace/sink.ts';
import { stepOf } from '../model/trace/steps.ts';
import type { TraceStep } from '../model/trace/steps.ts';

/** Translates with a recorder: the outcome, and every step that led to it. */
export function explain(smmu: Smmu, request: Transaction): { outcome: Outcome; steps: TraceStep[] } {
  const buffer = new TraceBuffer();
  smmu.setRecorder(new Recorder(buffer));
  const outcome = smmu.translate(request);
  smmu.stalls.clear();
  smmu.setRecorder(null);
  const records = buffer.taken();
  return { outcome, steps: Array.from({ length: buffer.count }, (_, at) => stepOf(decodeRecord(records, at * RECORD_WORDS))) };
}

const stepText = ({ text, rule, section }: TraceStep): string => `  ${text}${rule === null ? '' : `  [${rule}, IHI 0070 ${section ?? ''}]`}\n`;

const SEEN = { abort: 'the device sees an abort', 'raz-wi': 'the device sees RAZ/WI', none: 'the device waits for CMD_RESUME' } as const;

function resultText({ status, pa, pageSize, attributes, fault, reads, response }: Outcome): string {
  const parts = [
    status,
    ...(pa === undefined ? [] : [`PA ${hex(pa)}`]),
    ...(pageSize === undefined ? [] : [`page of ${hex(pageSize)} bytes`]),
    ...(attributes === undefined ? [] : [attributes]),
    ...(fault === undefined ? [] : [`${fault.name}${fault.stage === 0 ? '' : ` at stage ${fault.stage}`}${fault.recorded ? '' : ', not recorded'}`]),
    ...(response === 'ok' ? [] : [SEEN[response]]),
    `${reads} reads`,
  ];
  return `${parts.join(', ')}\n`;
}

/** The steps if any, then the result, why a fault is one, and its record. */
export function explanationText(outcome: Outcome, steps: readonly TraceStep[]): string {
  const rule = outcome.fault === undefined ? undefined : RULES[ruleNumber(outcome.fault.rule)];
  const why = rule === undefined ? '' : `  ${rule.doc} [${rule.id}, IHI 0070 ${rule.section}]\n`;
  const records = outcome.events.map((event) => {
    const decoded = decodeAs('event', recordWords(event));
    return decoded.ok ? recordText(decoded.value) : '';
  });
  return steps.map(stepText).join('') + resultText(outcome) + why + records.join('');
}

/** When an abort came from memory that the machine had and the capture has not: said, since it is no fault of the SMMU's. */
export function missingNote(capture: Capture, outcome: Outcome): string | null {
  const [event] = outcome.events;
  if (event === undefined) return null;
  const decoded = decodeAs('event', recordWords(event));
  const address = decoded.ok ? decoded.value.fields.find((field) => field.name === 'FetchAddr') : undefined;
  if (address === undefined || !isMissing(capture, BigInt(address.raw))) return null;
  return `the machine had memory at ${address.raw}, but the capture does not hold it: this abort is the capture's, not the SMMU's`;
}
