import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { decodeLog } from '../dmesg/decode-log.ts';
import { parseKernelLog } from '../dmesg/parse.ts';
import { readJson } from '../json/read-json.ts';
import { decodeAs } from '../words/decode-as.ts';
import type { CaptureFiles } from './capture.ts';
import { eventCasesSchema } from './known-answers.ts';
import type { EventCase } from './known-answers.ts';

/** A capture without memory: event records of single accesses, and the kernel's lines about them. */
export interface EventCapture {
  readonly kernel: string;
  readonly cases: readonly EventCase[];
}

const FILE = 'events-cases.json';

/** Whether these are the files of an event capture, which has no manifest. */
export const isEventCapture = (files: CaptureFiles): boolean => files.has(FILE) && !files.has('manifest.json');

export function readEventCapture(files: CaptureFiles): Result<EventCapture> {
  const bytes = files.get(FILE);
  if (bytes === undefined) return fail('no-capture', `this is no event capture: it has no ${FILE}`, { file: FILE });
  const read = readJson(new TextDecoder().decode(bytes), eventCasesSchema, FILE);
  return read.ok ? ok({ kernel: read.value.kernel, cases: read.value.cases }) : read;
}

export interface EventCheck {
  /** Records decoded. */
  readonly records: number;
  /** Records that the kernel printed as well. */
  readonly printed: number;
  readonly differences: readonly string[];
}

const same = (a: readonly bigint[], b: readonly bigint[]): boolean => a.length === b.length && a.every((word, at) => word === b[at]);

/** Each record must be an event; each line that the kernel printed must be understood, and its words be those of a record. */
export function checkEvents(capture: EventCapture): EventCheck {
  const differences: string[] = [];
  let printed = 0;
  for (const one of capture.cases) {
    const log = one.dmesg.join('\n');
    for (const { message } of decodeLog(log).problems) differences.push(`${one.case}: ${message}`);
    for (const words of one.records) {
      const decoded = decodeAs('event', words);
      if (!decoded.ok) differences.push(`${one.case}: ${decoded.error.message}`);
      else if (one.dma !== undefined && decoded.value.fields.find((field) => field.name === 'StreamID')?.json !== one.sid) differences.push(`${one.case}: StreamID is not ${one.sid}`);
    }
    for (const logged of parseKernelLog(log).records) {
      if (logged.kind !== 'event' || logged.words === null) continue;
      const { words } = logged;
      if (one.records.some((record) => same(record, words))) printed++;
      else differences.push(`${one.case}: the kernel printed a record that is not in the queue`);
    }
  }
  return { records: capture.cases.reduce((sum, one) => sum + one.records.length, 0), printed, differences };
}
