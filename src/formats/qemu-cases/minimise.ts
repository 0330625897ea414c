/** The smallest part of a case that still shows something: transactions and actions go as long as it shows. */
import type { Action, Asked, AskedCase } from './case.ts';

/** Whether a case still shows what is looked for. */
export type Shows = (one: AskedCase) => Promise<boolean>;

/** A case as a list of things that can be left out: what is done and what is asked, in order. */
type Part = { readonly action: Action } | { readonly tx: Asked };

const CMDQ_PROD = 0x98n;
const programs = ([kind, at]: Action): boolean => (kind === 'reg32' || kind === 'reg64') && at !== CMDQ_PROD;

/** Without what programs the SMMU: at their reset values its queues lie where each machine has something else. */
const partsOf = ({ setup, tx }: AskedCase): Part[] => [
  ...setup.filter((action) => !programs(action)).map((action) => ({ action })),
  ...tx.flatMap((one): Part[] => [...one.pre.map((action) => ({ action })), { tx: one }]),
];

function caseOf(parts: readonly Part[], { seed, setup: given }: AskedCase): AskedCase {
  const setup = given.filter(programs);
  const tx: Asked[] = [];
  let pre = setup;
  for (const part of parts) {
    if ('action' in part) pre.push(part.action);
    else {
      tx.push({ ...part.tx, pre: tx.length === 0 ? [] : pre });
      pre = [];
    }
  }
  return { seed, setup, tx };
}

/** Leaves out ever smaller runs of parts while `shows` holds: what is left shows it, and without any one part does not. */
export async function minimise(one: AskedCase, shows: Shows): Promise<AskedCase> {
  let parts = partsOf(one);
  for (let size = parts.length >> 1; size > 0; ) {
    let removed = false;
    for (let from = parts.length - size; from >= 0; from -= size) {
      const fewer = [...parts.slice(0, from), ...parts.slice(from + size)];
      const candidate = caseOf(fewer, one);
      if (candidate.tx.length === 0 || !(await shows(candidate))) continue;
      parts = fewer;
      removed = true;
    }
    if (!removed || size > 1) size >>= 1;
  }
  return caseOf(parts, one);
}
