/** `--until`: a run that ends with the step in which something matches. */
import type { LabData } from '../model/lab/index.ts';
import { decodeRecord, RECORD_WORDS } from '../model/trace/record.ts';
import { stepOf } from '../model/trace/steps.ts';
import { compileFilter, emptyElement, registryOf, toStreamPredicate } from '../query/index.ts';
import type { Predicate } from '../query/index.ts';
import { jsonLine } from './io.ts';
import { Refusal } from './refusal.ts';

export class Until {
  readonly #matches: Predicate;
  readonly #element = emptyElement();
  /** Words of the trace that were looked at. */
  #seen = 0;

  /** A text that is no filter of records is refused, with its column. */
  constructor(filter: string, { host }: LabData) {
    const compiled = compileFilter(filter, registryOf('records', host.devices.map(({ StreamID, name }) => [StreamID, name])));
    if (!compiled.ok) throw new Refusal({ code: compiled.error.code, message: compiled.error.message, at: { ...compiled.error.at, file: '--until', line: 1 } });
    this.#matches = toStreamPredicate(compiled.value.condition);
  }

  /** The first record since the last call that matches, as a line; null: none does. */
  take(records: Int32Array, json: boolean): string | null {
    const element = this.#element;
    element.record = records;
    for (; this.#seen < records.length; this.#seen += RECORD_WORDS) {
      element.recordAt = this.#seen;
      if (!this.#matches(element)) continue;
      const record = decodeRecord(records, this.#seen);
      this.#seen = records.length;
      const { text } = stepOf(record);
      return json ? jsonLine({ stopped: { kind: record.kind, seq: record.seq, text } }) : `stopped: ${record.kind} ${text}\n`;
    }
    return null;
  }
}
