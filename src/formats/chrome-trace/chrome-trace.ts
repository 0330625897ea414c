/**
 * Trace records as Chrome trace JSON, which Perfetto, speedscope and chrome://tracing open. Time is no clock: one microsecond of it is
 * one record, so that what comes first is left of what comes later, and what is long took many records. Transactions and steps are B
 * and E events, hops and single records X events; one lane holds one transaction at a time.
 */
import { decodeRecord, RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { TraceLevel } from '../../model/trace/recorder.ts';
import { dataText, stepOf } from '../../model/trace/steps.ts';
import type { TraceText } from '../trace/trace-text.ts';
import { hopContents, recordName } from './event-name.ts';
import { Lanes } from './lanes.ts';
import type { DeviceNames, Lane } from './lanes.ts';

/** What the file says of the trace as a whole. */
export interface ChromeTraceAbout {
  readonly title: string;
  readonly level: TraceLevel | null;
  readonly records: number;
  readonly dropped: number;
  readonly omitted: number;
}

type Args = Readonly<Record<string, string | number>>;

interface Span {
  readonly lane: Lane;
  readonly name: string;
  /** Of a step 0. */
  readonly transaction: number;
}

interface Hop {
  readonly record: TraceRecord;
  text: string;
}

export class ChromeTrace implements TraceText {
  readonly head = '{"displayTimeUnit":"ns","traceEvents":[\n';
  readonly #about: ChromeTraceAbout;
  readonly #lanes: Lanes;
  /** What is open, by its lane. */
  readonly #open = new Map<Lane, Span>();
  #hop: Hop | null = null;
  #lines: string[] = [];
  #isFirst = true;
  /** Where the sequence numbers begin again, as in a file of two traces, time goes on. */
  #shift = 0;
  #last = -1;

  constructor(about: ChromeTraceAbout, devices: DeviceNames = new Map()) {
    this.#about = about;
    this.#lanes = new Lanes(devices, (name, lane, text) => this.#emit({ ph: 'M', name, ...lane, args: { name: text } }));
  }

  records(words: Int32Array): string {
    for (let at = 0; at < words.length; at += RECORD_WORDS) this.#take(decodeRecord(words, at));
    return this.#taken();
  }

  end(): string {
    this.#endHop();
    for (const span of [...this.#open.values()]) this.#close(span, this.#last + 1, {});
    const { title, level, records, dropped, omitted } = this.#about;
    const otherData = { title, time: 'one microsecond is one record: ts is its sequence number, no clock', level: level ?? 'unknown', records, dropped, omitted };
    return `${this.#taken()}\n],"otherData":${JSON.stringify(otherData)}}\n`;
  }

  #take(record: TraceRecord): void {
    if (record.kind === 'HOP_DATA' && this.#hop !== null) {
      this.#hop.text += dataText(record);
      return;
    }
    this.#endHop();
    if (record.seq + this.#shift <= this.#last) this.#shift = this.#last + 1 - record.seq;
    const now = record.seq + this.#shift;
    this.#last = now;
    if (record.kind === 'HOP') this.#hop = { record, text: '' };
    else if (record.kind !== 'HOP_DATA') this.#show(record, this.#lanes.of(record), now);
  }

  #show(record: TraceRecord, lane: Lane, now: number): void {
    const open = this.#open.get(lane);
    switch (record.kind) {
      case 'STEP':
      case 'TXN_BEGIN':
        // Of a transaction that is open still the end is not in the trace.
        if (open !== undefined) this.#close(open, now, record.kind === 'STEP' ? {} : { end: 'not in the trace' });
        return this.#begin({ lane, name: recordName(record), transaction: record.transaction }, now, argsOf(record));
      case 'TXN_END':
        if (open?.transaction === record.transaction) return this.#close(open, now, argsOf(record));
    }
    this.#emit({ ph: 'X', name: recordName(record), ...lane, ts: now, dur: 1, args: argsOf(record) });
  }

  #begin(span: Span, ts: number, args: Args): void {
    this.#open.set(span.lane, span);
    this.#emit({ ph: 'B', name: span.name, ...span.lane, ts, args });
  }

  #close(span: Span, ts: number, args: Args): void {
    this.#open.delete(span.lane);
    this.#emit({ ph: 'E', name: span.name, ...span.lane, ts, args });
  }

  /** A hop is recorded when it is done, and says which record it began before. */
  #endHop(): void {
    if (this.#hop === null) return;
    const { record, text } = this.#hop;
    this.#hop = null;
    const { name, args } = hopContents(text);
    const end = record.seq + this.#shift + 1;
    const ts = Math.min(record.payload[4]! + this.#shift, end - 1);
    this.#emit({ ph: 'X', name, ...this.#lanes.of(record), ts, dur: end - ts, args: { ...argsOf(record), ...args } });
  }

  #emit(event: object): void {
    this.#lines.push(`${this.#isFirst ? '' : ',\n'}${JSON.stringify(event)}`);
    this.#isFirst = false;
  }

  #taken(): string {
    const text = this.#lines.join('');
    this.#lines = [];
    return text;
  }
}

function argsOf(record: TraceRecord): Args {
  const { seq, text, rule, section, verdict } = stepOf(record);
  return {
    seq,
    ...(record.transaction === 0 ? {} : { transaction: record.transaction }),
    text,
    verdict,
    ...(rule === null ? {} : { rule }),
    ...(section === null ? {} : { section }),
  };
}
