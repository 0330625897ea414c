import { describe, expect, it } from 'vitest';
import type { Case, CaseTransaction } from './case.ts';
import { judge } from './judge.ts';
import type { Answer } from './run-case.ts';

/** A stage-2 F_TRANSLATION of StreamID 8: D1 and D3 as given. */
const record = (d1: string, d3: string): string => `1000000008000000${d1}0010000000000000${d3}`;
const QEMU_RECORD = record('0000000088020000', '2801009000000000');

const TX: CaseTransaction = {
  pre: [], op: 'R', sid: 8, iova: 0x1000n, len: 4, status: 'fault', events: [{ raw: QEMU_RECORD }],
  ref: { status: 'fault', event: 'F_TRANSLATION', s2: 1, cls: 'IN', ipa: 0x9000_0128n }, diff: null,
};
const one = (tx: Partial<CaseTransaction>, tags: string[] = []): Case => ({ name: 'a case', tags, setup: [], tx: [{ ...TX, ...tx }] });
const fault = (...events: string[]): Answer => ({ status: 'fault', pa: null, events, data: null, stale: [] });
const success = (pa: bigint): Answer => ({ status: 'success', pa, events: [], data: null, stale: [] });

describe('judge', () => {
  it('exact: status, address and event bytes are QEMU\'s', () => {
    expect(judge(one({}), 0, fault(QEMU_RECORD), null).verdict).toBe('exact');
    expect(judge(one({ status: 'success', pa: 0x5000n, events: [], ref: null }), 0, success(0x5000n), null).verdict).toBe('exact');
  });

  it('masked: the same but for IPA[11:0] of a stage-2 fault, PnU, and RnW of a CD or TT record', () => {
    expect(judge(one({}), 0, fault(record('000000008a020000', '0000009000000000')), null).verdict).toBe('masked');
    const tt = { events: [{ raw: record('0000000088010000', '0000000001000000') }] };
    expect(judge(one(tt), 0, fault(record('0000000080010000', '4002000001000000')), null).verdict).toBe('masked');
  });

  it.each([
    ['RnW of an IN record', fault(record('0000000080020000', '2801009000000000'))],
    ['another page of IPA', fault(record('0000000088020000', '2811009000000000'))],
    ['IPA[11:0] of a stage-1 fault', fault(record('0000000008020000', '2801009000000000'))],
    ['no record', fault()],
    ['two records', fault(QEMU_RECORD, QEMU_RECORD)],
    ['no fault', success(0x5000n)],
  ])('failure: %s where QEMU and the reference agree', (_what, answer) => {
    const verdict = judge(one({}), 0, answer, null);
    expect(verdict.verdict).toBe('failure');
    expect(verdict.why).toContain(`QEMU: fault ${QEMU_RECORD}`);
  });

  it('explained: not QEMU\'s answer but the reference\'s, and only where the two differ', () => {
    const differs: CaseTransaction = { ...TX, status: 'success', pa: 0x5000n, events: [], diff: 'outcome' };
    const answer = fault(record('000000008a020000', '0000009000000000'));
    expect(judge(one(differs), 0, answer, null).verdict).toBe('explained');
    expect(judge(one({ ...differs, diff: null }), 0, answer, null).verdict).toBe('failure');
    for (const ref of [{ event: 'F_ACCESS' }, { s2: 0 }, { cls: 'TT' }, { ipa: 0x9000_1000n }, { status: 'success' as const }, { event: null }]) {
      expect(judge(one({ ...differs, ref: { ...TX.ref!, ...ref } }), 0, answer, null).verdict).toBe('failure');
    }
  });

  it('counts an answer that repeats what QEMU gets wrong', () => {
    const wrong = one({ status: 'success', pa: 0x5000n, events: [], ref: { status: 'success', pa: 0x6000n }, diff: 'PA differs' });
    expect(judge(wrong, 0, success(0x5000n), null)).toEqual({ verdict: 'exact', why: null, knownError: true });
    expect(judge(wrong, 0, success(0x6000n), null)).toEqual({ verdict: 'explained', why: null, knownError: false });
  });

  it('in a cache probe takes a stale answer only while a cache may have it', () => {
    const stale = one({ status: 'success', pa: 0x5000n, events: [], ref: { status: 'success', pa: 0x6000n }, diff: 'PA differs' }, ['cache']);
    expect(judge(stale, 0, success(0x5000n), 'may-be-stale')).toEqual({ verdict: 'exact', why: null, knownError: false });
    expect(judge(stale, 0, success(0x5000n), 'required').verdict).toBe('failure');
    expect(judge(stale, 0, success(0x5000n), 'unchanged').knownError).toBe(true);
    for (const freshness of ['may-be-stale', 'required', 'unchanged'] as const) {
      expect(judge(stale, 0, success(0x6000n), freshness).verdict).toBe('explained');
    }
  });
});
