/** What software does about stalled transactions, and what waits. */
import { hex } from '../../base/address.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { HELD_NAMES } from '../../smmu/stall/held.ts';
import type { Stalled } from '../../smmu/stall/stalled.ts';
import type { Smmu } from '../../smmu/smmu.ts';
import { eventName } from '../../spec/index.ts';
import { fromWords } from '../../base/address.ts';
import type { Fields, ResumeInput, StallTermInput } from '../data.ts';
import type { Machine } from '../machine.ts';
import type { Waiting } from '../waiting.ts';
import { stallText, streamOf, told } from './dma.ts';
import { done } from './verb.ts';
import type { Detail, Done, Verb } from './verb.ts';

/** The device that a StreamID is of, or the number. */
type NameOf = (sid: number) => string;

/** One line for each transaction that waits, oldest first. */
export function stalledDetails(smmu: Smmu, nameOf: NameOf): Detail[] {
  return smmu.stalls.entries().map((one) => ({ name: `transaction ${one.transaction}`, value: lineOf(one, nameOf) }));
}

/** `1 transaction is stalled` */
export const stalledCount = (count: number): string => `${count} ${count === 1 ? 'transaction is' : 'transactions are'} stalled`;

function lineOf({ sid, ssidKey, arrived, inHi, inLo, event, stag, held }: Stalled, nameOf: NameOf): string {
  const access = (arrived & 1) === 0 ? 'write' : (arrived & 2) === 0 ? 'read' : 'execute';
  const substream = ssidKey === 0 ? '' : `, SubstreamID ${hex(ssidKey - 1)}`;
  const text = stallText({ stag: stag < 0 ? null : stag, held: HELD_NAMES[held] });
  return `${nameOf(sid >>> 0)}${substream} ${access} ${hex(fromWords(inHi, inLo))}: ${eventName(event)}, ${text}`;
}

const COMMANDS: Readonly<Record<ResumeInput['answer'], Fields>> = { retry: { Ac: 1n }, abort: { Ab: 1n }, 'raz-wi': {} };

/** The stall that the step means: by its STAG, or the oldest that software knows of. */
function chosen(machine: Machine, { device, stag }: ResumeInput): Stalled | null {
  const sid = streamOf(machine, device).data.StreamID | 0;
  const known = machine.smmu.stalls.entries().filter((one) => one.sid === sid && HELD_NAMES[one.held] === 'none');
  return (stag === null ? known[0] : known.find((one) => one.stag === stag)) ?? null;
}

function resume(machine: Machine, input: ResumeInput): Result<Done> {
  const { device, answer, expect } = input;
  const stalled = chosen(machine, input);
  if (stalled === null && input.stag === null) return fail('nothing-stalled', `${device} has no stalled transaction that software knows of`);
  const stag = input.stag ?? stalled?.stag ?? 0;
  const waiting = stalled === null ? null : machine.waiting.of(stalled.transaction);
  const issued = machine.commands.issue('CMD_RESUME', { StreamID: BigInt(streamOf(machine, device).data.StreamID), STAG: BigInt(stag), ...COMMANDS[answer] });
  if (!issued.ok) return issued;
  const command = `CMD_RESUME of ${device}, STAG ${hex(stag)}, ${answer}`;
  if (issued.value.error !== 'none') return ok(done(`${command}: ${issued.value.error}`, { differences: ['the command stopped the queue'] }));
  const others = machine.waiting.takeEnded().filter((one) => one !== waiting);
  if (waiting === null) {
    const differences = expect === null ? null : [`expected an outcome, but no transfer of ${device} is stalled with STAG ${hex(stag)}`];
    return ok(done(`${command}: nothing is stalled with it, which is no error`, { differences, details: endings(machine, others) }));
  }
  const outcome = told(machine, waiting, expect);
  return ok({ ...outcome, text: `${command}: ${outcome.text}`, details: [...(outcome.details ?? []), ...endings(machine, others)] });
}

/** The host answers a stalled transaction outside the steps of a lab; what it led to, in a line. */
export function answerStall(machine: Machine, sid: number, stag: number, answer: ResumeInput['answer']): Result<string> {
  const stalled = machine.smmu.stalls.entries().find((one) => one.sid >>> 0 === sid && one.stag === stag);
  const waiting = stalled === undefined ? null : machine.waiting.of(stalled.transaction);
  const issued = machine.commands.issue('CMD_RESUME', { StreamID: BigInt(sid), STAG: BigInt(stag), ...COMMANDS[answer] });
  if (!issued.ok) return issued;
  const ended = machine.waiting.takeEnded();
  const result = waiting === null || ended.includes(waiting) ? [] : [told(machine, waiting, null).text];
  const rest = [...result, ...ended.map((one) => told(machine, one, null).text)];
  return ok(`CMD_RESUME by hand, STAG ${hex(stag)}, ${answer}: ${rest.length === 0 ? 'nothing is stalled with it' : rest.join('; ')}`);
}

/** Transfers that ended besides the one that a step is about. */
const endings = (machine: Machine, ended: readonly Waiting[]): Detail[] =>
  ended.map((one) => ({ name: 'ended', value: told(machine, one, null).text }));

function terminate(machine: Machine, { device }: StallTermInput): Result<Done> {
  const issued = machine.commands.issue('CMD_STALL_TERM', { StreamID: BigInt(streamOf(machine, device).data.StreamID) });
  if (!issued.ok) return issued;
  if (issued.value.error !== 'none') return ok(done(`CMD_STALL_TERM of ${device}: ${issued.value.error}`, { differences: ['the command stopped the queue'] }));
  const ended = machine.waiting.takeEnded();
  return ok(done(`CMD_STALL_TERM of ${device}: ${ended.length} transfers ended`, { details: endings(machine, ended) }));
}

export const resumeVerb: Verb<'resume'> = {
  name: 'resume',
  doc: 'The host answers a stalled transaction of a device with CMD_RESUME: retry, abort or RAZ/WI; the step tells what comes of the transfer.',
  execute: resume,
};

export const stallTermVerb: Verb<'stall_term'> = {
  name: 'stall_term',
  doc: 'The host ends everything that is stalled of a device with CMD_STALL_TERM; its STE should abort already.',
  execute: terminate,
};
