/** What a step met that was out of date, and the steps that would have removed it: the missing invalidation, as a document writes it. */
import type { AnyStep, LabData } from '../../model/lab/index.ts';
import type { StepResult } from '../../model/lab/runner.ts';
import { hex } from '../../model/base/address.ts';
import type { NamedCommand } from '../../model/smmu/coherence/stale-hit.ts';
import { staleHitText } from '../../model/smmu/coherence/stale-hit-text.ts';
import type { StepNote } from './api.ts';

/** A lab that says what is to be told of stale hits knows of them. */
function isExpected(step: AnyStep | undefined): boolean {
  if (step === undefined) return false;
  if ('expect' in step) return [step.expect, ...Object.values(step.under)].some((effects) => effects?.dma?.stale !== undefined);
  return 'expect' in step.input && step.input.expect !== null && typeof step.input.expect === 'object' && 'stale' in step.input.expect && step.input.expect.stale !== undefined;
}

const number = (value: bigint): string => (value > 9n ? hex(value) : String(value));

/** `CMD_CFGI_STE: { StreamID: nic0, Leaf: 1 }`. */
function commandText({ name, fields }: NamedCommand, { host, stack }: LabData): string {
  const device = (sid: bigint): string | undefined => (stack === undefined ? host.devices.find(({ StreamID }) => BigInt(StreamID) === sid)?.name : undefined);
  const written = Object.entries(fields).map(([field, value]) => `${field}: ${(field === 'StreamID' ? device(value) : undefined) ?? number(value)}`);
  return `${name}: ${written.length === 0 ? '{}' : `{ ${written.join(', ')} }`}`;
}

function stepsOf(commands: readonly NamedCommand[], data: LabData): string[] {
  const verb = data.stack === undefined ? 'command' : 'host_command';
  const issued = commands.filter(({ name }) => name !== 'CMD_SYNC').map((command) => `- ${verb}: { ${commandText(command, data)} }`);
  return [...issued, data.stack === undefined ? '- sync:' : '- host_command: { CMD_SYNC: {} }'];
}

/** Of the hits that the architecture does not allow; those that only allow less may stay. */
export function staleNotes({ index, dma }: StepResult, data: LabData): StepNote[] {
  const steps: readonly AnyStep[] = data.stack?.steps ?? data.steps;
  if (dma === null || isExpected(steps[index])) return [];
  return dma.stale.filter(({ required, commands }) => required === 'must' && commands.length > 0).slice(0, 1).map((hit) => {
    const changed = Math.max(0, ...hit.words.map(({ step }) => step));
    const after = changed === 0 || changed > index ? index : changed;
    return { step: index + 1, text: staleHitText(hit), severity: 'stale', fix: { after, steps: stepsOf(hit.commands, data) } };
  });
}
