/** What is asserted of the run so far, whoever brought it about. */
import { ok } from '../../base/result.ts';
import { misuseLine } from '../../trace/queue-text.ts';
import { differ, done } from './verb.ts';
import type { Verb } from './verb.ts';

const listed = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : [...new Set(ids)].sort().join(', '));

export const expectVerb: Verb<'expect'> = {
  name: 'expect',
  doc: 'Asserts which kinds of misuse by software were told since the last such step, or since the machine was built.',
  execute(machine, { misuse }) {
    const told = machine.takeMisuses();
    const ids = listed(told.map(({ id }) => id));
    const details = told.map((one) => ({ name: one.id, value: misuseLine(one).slice(one.id.length + 2) }));
    return ok(done(`misuse: ${ids}`, { differences: differ('misuse', listed(misuse), ids), details }));
  },
};
