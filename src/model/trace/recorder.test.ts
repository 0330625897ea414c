import { describe, expect, it } from 'vitest';
import { decodeRecord, KIND, PURPOSE, RECORD_WORDS, SPACE } from './record.ts';
import type { TraceRecord } from './record.ts';
import { Recorder } from './recorder.ts';
import { TraceBuffer } from './sink.ts';

function recorded(write: (recorder: Recorder) => void): TraceRecord[] {
  const buffer = new TraceBuffer();
  write(new Recorder(buffer));
  const words = buffer.taken();
  return Array.from({ length: buffer.count }, (_, i) => decodeRecord(words, i * RECORD_WORDS));
}

describe('what a record says of the transaction', () => {
  it.each([
    ['RnW', { rnw: 1, ind: 0, pnu: 0 }],
    ['InD', { rnw: 0, ind: 1, pnu: 0 }],
    ['PnU', { rnw: 0, ind: 0, pnu: 1 }],
  ])('%s alone', (_name, { rnw, ind, pnu }) => {
    const [begin] = recorded((one) => one.begin(1, 8, 0, rnw, ind, pnu, 0, 0, 4));
    expect(begin).toMatchObject({ rnw: rnw === 1, ind: ind === 1, pnu: pnu === 1, ssid: null });
  });

  it('SubstreamID 0 is one, and everything up to the end is of that transaction', () => {
    const records = recorded((one) => {
      one.begin(7, 0x8000_0008 | 0, 1, 1, 0, 0, 0x1234, 0x5600_0123, 64);
      one.walk(2, 3, PURPOSE.TT, SPACE.IPA, 0, 0x1000);
      one.end(0, 0, 5, 0, 0x4300_0000, 12, 0, 24, 0);
      one.register(true, 0x20, 1, 0);
    });
    const mine = { transaction: 7, sid: 0x8000_0008, ssid: 0, rnw: true };
    expect(records).toMatchObject([
      { ...mine, seq: 0, kind: 'TXN_BEGIN', address: 0x1234_5600_0123n },
      { ...mine, seq: 1, kind: 'WALK', stage: 2, level: 3, space: SPACE.IPA, address: 0x1000n },
      { ...mine, seq: 2, kind: 'TXN_END', rule: 5, address: 0x4300_0000n },
      { seq: 3, kind: 'REG_WRITE', transaction: 0, sid: 0, ssid: null, rnw: false, address: 0x20n },
    ]);
  });
});

it('a structure is two records, each at the address of its half', () => {
  const words = Int32Array.from({ length: 20 }, (_, i) => i);
  const halves = recorded((one) => one.struct(PURPOSE.CD, 1, 0x4000, words, 4));
  expect(halves.map(({ kind, address, level, payload }) => [kind, address, level, [...payload]])).toEqual([
    ['READ_STRUCT', 0x1_0000_4000n, 0, [4, 5, 6, 7, 8, 9, 10, 11]],
    ['READ_STRUCT', 0x1_0000_4020n, 1, [12, 13, 14, 15, 16, 17, 18, 19]],
  ]);
  expect(KIND.READ_STRUCT).toBe(4);
});
