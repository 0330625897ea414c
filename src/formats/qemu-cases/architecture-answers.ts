import type { Answer } from './run-case.ts';

/** The architecture's answer to a transaction of the cases whose own reference is missing or wrong. */
interface ArchitectureAnswer {
  readonly title: string;
  readonly transaction: number;
  readonly status: string;
  readonly pa: bigint | null;
  readonly events: readonly string[];
  readonly why: string;
}

const ZERO = '0'.repeat(16);
const SPAN = '2-level stream table, span=5 (16 STEs)';
const AS_LINEAR = 'the reference read the two-level stream table as linear';

const badStreamId = (transaction: number, sid: string): ArchitectureAnswer => ({
  title: SPAN,
  transaction,
  status: 'fault',
  pa: null,
  events: [`02000000${sid}000000${ZERO}${ZERO}${ZERO}`],
  why: `L1STD.Span 5 admits 16 STEs, so this is C_BAD_STREAMID (IHI 0070 5.1); QEMU admits 32, and ${AS_LINEAR}`,
});

const ANSWERS: readonly ArchitectureAnswer[] = [
  {
    title: 'cd_fetch_abort',
    transaction: 0,
    status: 'fault',
    pa: null,
    events: [`0900000008000000${ZERO}${ZERO}000000003f000000`],
    why: 'F_CD_FETCH has FetchAddr in its last dword (IHI 0070 7.3.10); QEMU writes it one earlier, and the case has no reference',
  },
  { title: SPAN, transaction: 0, status: 'success', pa: 0x5000_0128n, events: [], why: AS_LINEAR },
  badStreamId(1, '10'),
  badStreamId(2, '18'),
];

/** Why this answer is the architecture's although the case's reference does not say so; null when that is not known. */
export function architectureSays(title: string, transaction: number, answer: Answer): string | null {
  const known = ANSWERS.find((one) => one.title === title && one.transaction === transaction);
  if (known === undefined || answer.status !== known.status || answer.pa !== known.pa) return null;
  return known.events.join() === answer.events.join() ? known.why : null;
}
