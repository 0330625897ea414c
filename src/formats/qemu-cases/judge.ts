import { architectureSays } from './architecture-answers.ts';
import type { Case, CaseTransaction, Reference } from './case.ts';
import { isCacheProbe, titleOf } from './case.ts';
import { masked, summarise } from './event-record.ts';
import type { Freshness } from './freshness.ts';
import type { Answer } from './run-case.ts';

/**
 * `exact`: status, address and event bytes are QEMU's. `masked`: they are, but for bits in which QEMU is known to differ.
 * `explained`: not QEMU's, but the architecture's where the two are known to differ. Anything else is a failure.
 */
export type Verdict = 'exact' | 'masked' | 'explained' | 'failure';

export interface Judgement {
  readonly verdict: Verdict;
  /** Why, for `failure` and for what the case's own reference does not explain. */
  readonly why: string | null;
  /** QEMU's answer was repeated although the reference has another and no cache may still hold QEMU's. */
  readonly knownError: boolean;
}

const sameList = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one, at) => one === b[at]);

function likeQemu(answer: Answer, tx: CaseTransaction): 'exact' | 'masked' | null {
  if (answer.status !== tx.status || answer.pa !== (tx.pa ?? null)) return null;
  const theirs = tx.events.map((event) => event.raw);
  if (sameList(answer.events, theirs)) return 'exact';
  return sameList(answer.events.map(masked), theirs.map(masked)) ? 'masked' : null;
}

/** Whether the answer agrees with the reference: status, address, event type, S2, CLASS and the page of the IPA. */
function likeReference(answer: Answer, ref: Reference): boolean {
  if (answer.status !== ref.status || answer.pa !== (ref.pa ?? null)) return false;
  if (ref.event == null) return answer.events.length === 0;
  return answer.events.length > 0 && answer.events.every((raw) => {
    const { type, s2, cls, words } = summarise(raw);
    if (type !== ref.event) return false;
    if (ref.s2 != null && s2 !== (ref.s2 === 1)) return false;
    if (ref.cls != null && cls !== ref.cls) return false;
    return ref.ipa == null || words[3] >> 12n === ref.ipa >> 12n;
  });
}

export const describeAnswer = (answer: { status: string; pa?: bigint | null | undefined; events: readonly string[] }): string =>
  [answer.status, ...(answer.pa == null ? [] : [`0x${answer.pa.toString(16)}`]), ...answer.events].join(' ');

const describeReference = (ref: Reference): string =>
  [ref.status, ref.pa, ref.event, ref.s2 == null ? null : `S2=${ref.s2}`, ref.cls, ref.ipa]
    .filter((part) => part != null)
    .map((part) => (typeof part === 'bigint' ? `0x${part.toString(16)}` : part))
    .join(' ');

function failure(answer: Answer, tx: CaseTransaction, what = 'answered'): Judgement {
  const qemu = describeAnswer({ status: tx.status, pa: tx.pa, events: tx.events.map((event) => event.raw) });
  const reference = tx.ref == null ? 'none' : describeReference(tx.ref);
  return { verdict: 'failure', why: `${what} ${describeAnswer(answer)}; QEMU: ${qemu}; reference: ${reference}`, knownError: false };
}

/** Judges an answer in QEMU's name: what it says, what it records and what a read gives must be QEMU's. */
export function judgeAsQemu(one: Case, index: number, answer: Answer): Judgement {
  const tx = one.tx[index]!;
  const sameData = answer.data === null || tx.rdata == null || answer.data.every((byte, at) => byte === tx.rdata![at]);
  if (likeQemu(answer, tx) === 'exact' && sameData) return { verdict: 'exact', why: null, knownError: false };
  return failure(answer, tx, sameData ? 'answered' : 'read other data:');
}

/** Judges the answer to transaction `index`. `freshness` is needed for cache probes only. */
export function judge(one: Case, index: number, answer: Answer, freshness: Freshness | null): Judgement {
  const tx = one.tx[index]!;
  const like = likeQemu(answer, tx);
  const agrees = tx.ref != null && likeReference(answer, tx.ref);
  const known = architectureSays(titleOf(one), index, answer);
  if (like === null) {
    if (known !== null || (tx.diff !== null && agrees)) return { verdict: 'explained', why: known, knownError: false };
    return failure(answer, tx);
  }
  if (tx.diff === null || agrees || known !== null) return { verdict: like, why: null, knownError: false };
  if (!isCacheProbe(one)) return { verdict: like, why: null, knownError: true };
  if (freshness === 'required') return failure(answer, tx, 'a stale answer after the commands that remove what it came from:');
  return { verdict: like, why: null, knownError: freshness !== 'may-be-stale' };
}
