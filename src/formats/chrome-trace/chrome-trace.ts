/**
 * Trace records as Chrome trace JSON, which Perfetto, speedscope and chrome://tracing open. Time is no clock: one microsecond of it is
 * one record, so that what comes first is left of what comes later, and what is long took many records. Every event is complete (ph X): what
 * lasts is written when it ends, and the viewers put it where it began. One lane holds one transaction at a time.
 */
import { decodeRecord, RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { TraceLevel } from '../../model/trace/recorder.ts';
import { dataText, stepOf } from '../../model/trace/steps.ts';
import type { TraceText } from '../trace/trace-text.ts';
import { hopContents, recordName } from './event-name.ts';
import type { EventArgs } from './event-name.ts';
import { Lanes } from './lanes.ts';
import type { DeviceNames, Lane } from './lanes.ts';

/** What the file says of the trace as a whole. */
export interface ChromeTraceAbout {
  readonly title: string;
  readonly level: TraceLevel | null;
  readonly records: number;
  readonly dropped: number;
  readonly omitted: number;
  /** A crash ended the recording. */
  readonly cut?: boolean;
}

interface Span {
  readonly lane: Lane;
  readonly name: string;
  readonly from: number;
  readonly args: EventArgs;
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
  #first: number | null = null;

  constructor(about: ChromeTraceAbout, devices: DeviceNames = new Map()) {
    this.#about = about;
    this.#lanes = new Lanes(devices, (event) => this.#emit(event));
  }

  records(words: Int32Array): string {
    for (let at = 0; at < words.length; at += RECORD_WORDS) this.#take(decodeRecord(words, at));
    return this.#taken();
  }

  end(): string {
    this.#endHop();
    for (const span of [...this.#open.values()]) this.#close(span, this.#last + 1, lackingEnd(span));
    const { title, level, records, dropped, omitted, cut = false } = this.#about;
    const otherData = { title, time: 'one microsecond is one record: ts is its sequence number, no clock', level: level ?? 'unknown', records, dropped, omitted, ...(cut ? { cut } : {}) };
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
    this.#first ??= now;
    if (record.kind === 'HOP') this.#hop = { record, text: '' };
    else if (record.kind !== 'HOP_DATA') this.#show(record, this.#lanes.of(record), now);
  }

  #show(record: TraceRecord, lane: Lane, now: number): void {
    const open = this.#open.get(lane);
    const { kind, transaction } = record;
    if (kind === 'STEP' || kind === 'TXN_BEGIN') {
      if (open !== undefined) this.#close(open, now, lackingEnd(open));
      else if (kind === 'STEP' && now > this.#first!) this.#complete(lane, `before ${recordName(record)}`, this.#first!, now, {});
      this.#open.set(lane, { lane, name: recordName(record), from: now, args: argsOf(record), transaction });
    } else if (kind === 'TXN_END' && open?.transaction === transaction) {
      const { text, seq: _seq, ...how } = argsOf(record);
      this.#close(open, now + 1, { ends: text!, ...how });
    } else this.#complete(lane, recordName(record), now, now + 1, argsOf(record));
  }

  #close({ lane, name, from, args }: Span, end: number, how: EventArgs): void {
    this.#open.delete(lane);
    const { text, ...more } = args;
    this.#complete(lane, name, from, end, { ...(text === undefined ? {} : { text }), ...how, ...more });
  }

  /** A hop is recorded when it is done, and says which record it began before. */
  #endHop(): void {
    if (this.#hop === null) return;
    const { record, text } = this.#hop;
    this.#hop = null;
    const { name, args } = hopContents(record, text);
    const end = record.seq + this.#shift + 1;
    const from = Math.min(record.payload[4]! + this.#shift, end - 1);
    const { text: _lane, ...more } = argsOf(record);
    this.#complete(this.#lanes.of(record), name, from, end, { ...args, ...more });
  }

  #complete(lane: Lane, name: string, ts: number, end: number, args: EventArgs): void {
    this.#emit({ ph: 'X', name, ...lane, ts, dur: end - ts, args });
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

/** Of a transaction that ended elsewhere the end is not in the trace; a step has none. */
const lackingEnd = ({ transaction }: Span): EventArgs => (transaction === 0 ? {} : { ends: 'not in the trace' });

/** What it says first: viewers that have little room cut off the rest. */
function argsOf(record: TraceRecord): EventArgs {
  const { seq, text, rule, section, verdict } = stepOf(record);
  return {
    ...(record.kind === 'STEP' ? {} : { text }),
    ...(verdict === 'ok' || verdict === '' ? {} : { verdict }),
    ...(rule === null ? {} : { rule }),
    ...(section === null ? {} : { section }),
    ...(record.transaction === 0 ? {} : { transaction: record.transaction }),
    seq,
  };
}
