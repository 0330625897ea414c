/** Commands, written into the real command queue and consumed by the SMMU. */
import { hex } from '../../base/address.ts';
import { ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { CommandInput, Fields } from '../data.ts';
import type { Machine } from '../machine.ts';
import { differ, done } from './verb.ts';
import type { Done, Verb } from './verb.ts';

const fieldsText = (fields: Fields): string => {
  const shown = Object.entries(fields).map(([name, value]) => `${name} ${hex(value)}`);
  return shown.length === 0 ? '' : ` ${shown.join(', ')}`;
};

function issue(machine: Machine, { command, fields, queue, acknowledge, expect }: CommandInput): Result<Done> {
  const used = queue === null ? ok(machine.commands) : machine.enhancedQueue(queue);
  if (!used.ok) return used;
  const issued = used.value.issue(command, fields, acknowledge);
  if (!issued.ok) return issued;
  const { error, pa, index } = issued.value;
  const replaced = error === 'CERROR_ATC_INV_SYNC' ? '' : 'replaced it by CMD_SYNC and ';
  const acknowledged = acknowledge ? `the host ${replaced}acknowledged the error` : 'the host leaves the queue stopped';
  const result = error === 'none' ? 'consumed' : `${error}; ${acknowledged}`;
  const where = queue === null ? '' : ` in ECMDQ ${queue}`;
  // A command that stops the queue is a surprise unless it was asked for.
  const differences = expect === null ? (error === 'none' ? null : differ('error', 'none', error)) : differ('error', expect.error, error);
  return ok(done(`${command}${fieldsText(fields)}${where}: ${result}`, { differences, details: [{ name: 'slot', value: `${index} at PA ${hex(pa)}` }] }));
}

export const commandVerb: Verb<'command'> = {
  name: 'command',
  doc: 'The host writes a command into the command queue, or with `queue` into an enhanced one, and moves its PROD; StreamID and VMID also take names of devices and VMs.',
  execute: issue,
};

export const syncVerb: Verb<'sync'> = {
  name: 'sync',
  doc: 'The host issues CMD_SYNC: earlier commands are complete when it is consumed.',
  execute: (machine) => issue(machine, { command: 'CMD_SYNC', fields: {}, queue: null, acknowledge: true, expect: null }),
};
