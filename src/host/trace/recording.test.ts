import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND, PAYLOAD, RECORD_WORDS, STATUS } from '../../model/trace/record.ts';
import { DEFAULT_RECORDING } from '../../protocol/contract.ts';
import type { RecordingOptions } from '../../protocol/contract.ts';
import { Recording } from './recording.ts';

/** Records with their sequence numbers; `!` is an event, `x` the end of a transaction that failed, `.` is neither. */
function trace(text: string): Int32Array {
  const words = new Int32Array(text.length * RECORD_WORDS);
  [...text].forEach((what, seq) => {
    words[seq * RECORD_WORDS] = what === '!' ? KIND.EVENT : what === 'x' ? KIND.TXN_END : KIND.READ;
    words[seq * RECORD_WORDS + 1] = seq;
    words[seq * RECORD_WORDS + PAYLOAD] = STATUS.FAULT;
  });
  return words;
}

class Kept {
  readonly seqs: number[] = [];
  readonly recording: Recording;

  constructor(options: Partial<RecordingOptions>) {
    this.recording = new Recording({ ...DEFAULT_RECORDING, ...options });
  }

  take(words: Int32Array): this {
    this.recording.take(words, this.seqs.length, (kept) => {
      for (let at = 0; at < kept.length; at += RECORD_WORDS) this.seqs.push(kept[at + 1]!);
    });
    return this;
  }
}

describe('what is kept of a trace', () => {
  it('is everything unless told otherwise', () => {
    const kept = new Kept({}).take(trace('..!..'));
    expect([kept.seqs, kept.recording.omitted]).toEqual([[0, 1, 2, 3, 4], 0]);
  });

  it('is faults with the records before each, none of them twice', () => {
    const kept = new Kept({ beforeFaults: 2 }).take(trace('....!.x....x'));
    expect([kept.seqs, kept.recording.omitted]).toEqual([[2, 3, 4, 5, 6, 9, 10, 11], 4]);
    expect(new Kept({ beforeFaults: 0 }).take(trace('.!.x')).seqs).toEqual([1, 3]);
  });

  it('is the same however the records arrive', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '.', '.', '!', 'x'), maxLength: 60 }), fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (text, beforeFaults, limit, size) => {
        const words = trace(text);
        const whole = new Kept({ beforeFaults, limit }).take(words);
        const parts = new Kept({ beforeFaults, limit });
        for (let at = 0; at < words.length; at += size * RECORD_WORDS) parts.take(words.subarray(at, at + size * RECORD_WORDS));
        expect([parts.seqs, parts.recording.omitted]).toEqual([whole.seqs, whole.recording.omitted]);
        const faults = [...text].flatMap((what, seq) => (what === '.' ? [] : [seq]));
        const wanted = [...text].flatMap((_, seq) => (faults.some((fault) => seq <= fault && seq >= fault - beforeFaults) ? [seq] : []));
        expect(whole.seqs).toEqual(wanted.slice(0, limit));
        expect(whole.recording.omitted).toBe(text.length - whole.seqs.length);
      }),
    );
  });

  it('ends at the limit and stops while it is paused', () => {
    const kept = new Kept({ limit: 3 }).take(trace('..')).take(trace('...'));
    expect([kept.seqs.length, kept.recording.omitted]).toEqual([3, 2]);
    const paused = new Kept({ beforeFaults: 5 }).take(trace('..'));
    paused.recording.paused = true;
    paused.take(trace('..!'));
    paused.recording.paused = false;
    expect([paused.take(trace('!')).seqs, paused.recording.omitted]).toEqual([[0], 5]);
  });
});
