/** Schema of the step that asserts what was told of software, in either kind of lab. */
import { z } from 'zod';
import { MISUSES } from '../../model/spec/index.ts';
import type { MisuseId } from '../../model/spec/index.ts';
import { choice, list, object } from './objects.ts';
import { shown } from './scalars.ts';

const line = z.string({ error: (issue) => `expected text of what is told of a wasted command, such as "wide: CMD_TLBI_NSNH_ALL"; got ${shown(issue.input)}` });

export const toldExpectation = object({
  misuse: list(choice(...(MISUSES.map(({ id }) => id) as [MisuseId, ...MisuseId[]]))).optional().describe('kinds of misuse by software that were told since the last such step, in any order; []: none'),
  wasted: list(line).optional().describe('text that what is told of wasted commands since the last such step contains; []: nothing is'),
})
  .check((ctx) => {
    if (ctx.value.misuse !== undefined || ctx.value.wasted !== undefined) return;
    ctx.issues.push({ code: 'custom', message: 'expected misuse, wasted or both: an expect step asserts something', input: ctx.value, params: { code: 'bad-form' } });
  })
  .meta({ anyOf: [{ required: ['misuse'] }, { required: ['wasted'] }] });
