/** Does a step of a stack lab: the verb, then the event loops, then a look at what came of it. */
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { errnoText } from '../../stack/errno.ts';
import { compareDma } from '../verbs/dma.ts';
import { done } from '../verbs/verb.ts';
import type { Detail, Done } from '../verbs/verb.ts';
import type { StackBench } from './bench.ts';
import type { Effects, StackStep, StackVerbInputs, StackVerbName } from './data.ts';
import { compareEffects } from './effects.ts';
import type { StackDone } from './verb.ts';
import { transferDone } from './verbs/device.ts';
import { STACK_VERBS } from './verbs.ts';
import { outlineOf, pathOf } from './watch.ts';
import type { Watch, Watched } from './watch.ts';

/** Whether a step needs the VMM and the guest to have its device. A device without a VM can still be looked at, and do DMA. */
const needsGuest = (verb: StackVerbName, input: StackVerbInputs[StackVerbName]): boolean =>
  verb === 'inspect' ? 'what' in input && !['STE', 'domain', 'stage2'].includes(input.what) : verb !== 'dma' && verb !== 'plug';

function execute<V extends StackVerbName>(bench: StackBench, verb: V, input: StackVerbInputs[V]): Result<StackDone> {
  if ('device' in input && input.device !== null && needsGuest(verb, input) && !bench.stack.vmOf(input.device).devices.has(input.device)) {
    return fail('not-plugged', `${input.device} is not plugged in: its VM does not have it`);
  }
  return STACK_VERBS[verb].execute(bench, input);
}

function vmOf({ stack }: StackBench, { input }: StackStep): string | null {
  if ('device' in input && input.device !== null) return stack.device(input.device).vm;
  return 'vm' in input ? input.vm : null;
}

function differences(expect: Effects | null, result: StackDone, watched: Watched, vm: string | null): readonly string[] | null {
  // A call that fails is a surprise unless its errno was asked for.
  const failed = result.errno !== undefined && result.errno < 0;
  if (expect === null && !failed) return result.differences ?? null;
  const asked: Effects = failed && expect?.errno === undefined ? { ...expect, errno: '0' } : (expect ?? {});
  const dma = asked.dma === undefined || result.dma === undefined ? [] : compareDma(result.dma, asked.dma);
  return [...dma, ...compareEffects(asked, result, watched, vm)];
}

/** Transfers that ended in this step besides the one that it is about. */
const endings = (bench: StackBench, { dma }: StackDone): Detail[] =>
  bench.waiting.takeEnded().filter(({ input }) => input !== dma?.input).map((one) => ({ name: 'ended', value: transferDone(bench, one).text }));

export function perform(bench: StackBench, watch: Watch, step: StackStep): Result<Done> {
  const { uapi } = bench.lab.data;
  if (step.only !== null && !step.only.includes(uapi)) return ok(done(`passed over: for ${step.only.join(', ')} only`));
  const result = bench.stack.act(() => execute(bench, step.verb, step.input));
  if (!result.ok) return result;
  const watched = watch.take();
  const settled = result.value.settled?.() ?? result.value;
  const { text, dma, errno } = settled;
  const details = [...(settled.details ?? []), ...endings(bench, settled)];
  const expect = step.under[uapi] ?? step.expect;
  return ok({
    text,
    details: [...details, ...pathOf(watched)],
    outline: [text, ...details.map(({ name, value }) => `${name} ${value}`), ...(errno === undefined ? [] : [`answer ${errnoText(errno)}`]), ...outlineOf(watched)],
    differences: differences(expect, settled, watched, vmOf(bench, step)),
    ...(dma === undefined ? {} : { dma }),
  });
}
