import { expect, it } from 'vitest';
import type { LiveAnswer, LiveComparison, LiveTransaction } from '../../../protocol/contract.ts';
import { answerLines, liveSummary, liveText } from './live-text.ts';

const fault = (last: string): LiveAnswer => ({ status: 'fault', pa: null, data: null, events: [{ name: 'F_TRANSLATION', raw: `${'0'.repeat(48)}${last}`, fields: { StreamID: '0x10' } }] });
const here = fault('000000a000000000');
const one: LiveTransaction = { step: 10, text: 'nic0 read', access: 'read 0x30000010, 4 bytes, StreamID 0x10', verdict: 'explained', because: ['event-ipa'], here, qemu: fault('100000a000000000') };
const report: LiveComparison = { qemu: '11.1.3', transactions: [one, { ...one, verdict: 'finding', because: [], step: 11, qemu: { status: 'success', pa: '0x5000', data: '00', events: [] } }, { ...one, verdict: 'equal', step: 12 }], counts: { equal: 1, explained: 1, finding: 1 }, untried: [{ step: 13, why: 'no device of QEMU sends a SubstreamID' }] };

it('tells answers apart by what no field names', () => {
  expect(answerLines(one)[0]).toEqual({ name: 'event dword 3', a: '0x00000000a0000000', b: '0x00000000a0000010', mark: 'changed' });
  expect(answerLines(one).slice(1).every(({ mark }) => mark === 'same')).toBe(true);
  expect(answerLines(report.transactions[1]!).map(({ name, mark }) => [name, mark])).toEqual(expect.arrayContaining([['what', 'changed'], ['address', 'only B'], ['event', 'only A']]));
});

it('says all of it as text', () => {
  expect(liveSummary(report)).toBe('QEMU 11.1.3: 3 transactions, 1 equal, 1 explained, 1 finding.');
  const text = liveText(report);
  expect(text).toContain('step 10 read 0x30000010, 4 bytes, StreamID 0x10: explained\n  here  fault, F_TRANSLATION\n  QEMU  fault, F_TRANSLATION\n        event dword 3: here 0x00000000a0000000, QEMU 0x00000000a0000010\n  why   event-ipa (7.3.13): ');
  expect(text).toContain('step 11 read 0x30000010, 4 bytes, StreamID 0x10: finding\n');
  expect(text).not.toContain('step 12');
  expect(text).toMatch(/step 13 was not tried: no device of QEMU sends a SubstreamID\n.*\n$/);
});
