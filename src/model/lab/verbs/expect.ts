/** What is asserted of the run so far, whoever brought it about. */
import { ok } from '../../base/result.ts';
import { done } from './verb.ts';
import type { Verb } from './verb.ts';

export const EXPECT_DOC = 'Asserts what was told of software since the last such step, or since the machine was built: kinds of misuse, and wasted commands.';

export const expectVerb: Verb<'expect'> = {
  name: 'expect',
  doc: EXPECT_DOC,
  execute(machine, input) {
    const { text, ...told } = machine.told.expect(input, machine.smmu);
    return ok(done(text, told));
  },
};
