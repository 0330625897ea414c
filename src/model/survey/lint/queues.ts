/** Queues and global errors as the registers have them (IHI 0070 3.5, 7.4, 7.5). */
import { fromWords, hex } from '../../base/address.ts';
import { activeErrors } from '../../smmu/registers/global-error.ts';
import { registerField } from '../../smmu/registers/register-field.ts';
import type { QueueName } from '../../smmu/registers/queue-registers.ts';
import { caseOf, COMMANDS, decode, REGISTERS } from '../../spec/index.ts';
import { queueOf } from '../structures.ts';
import type { Surveyed } from '../surveyed.ts';
import type { Findings } from './finding.ts';

const ENABLED: Readonly<Record<QueueName, (registers: Int32Array) => number>> = {
  CMDQ: registerField('CR0', 'CMDQEN'),
  EVENTQ: registerField('CR0', 'EVENTQEN'),
  PRIQ: registerField('CR0', 'PRIQEN'),
};
const TITLES: Readonly<Record<QueueName, string>> = { CMDQ: 'command queue', EVENTQ: 'event queue', PRIQ: 'PRI queue' };
const COMMAND_BYTES = 16;
/** Commands that are looked at of those that wait. */
const MAX_COMMANDS = 1024;

export function lintQueues(surveyed: Surveyed, findings: Findings): void {
  for (const name of ['CMDQ', 'EVENTQ', 'PRIQ'] as const) {
    const queue = queueOf(name, surveyed);
    const base = fromWords(queue.baseHi, queue.baseLo);
    const say = (rule: string, severity: 'error' | 'warning', message: string, at = base): void => findings.add({ rule, severity, message: `the ${TITLES[name]} ${message}`, at });
    if (queue.misaligned) say('lint.queue.alignment', 'error', `is not aligned to its size: the SMMU uses ${hex(base)}`);
    if (ENABLED[name](surveyed.registers) === 0) continue;
    if (surveyed.memory.read64(base) === null) say('lint.queue.memory', 'error', `at ${hex(base)} is in no memory`);
    if (!queue.consistent) say('lint.queue.indexes', 'error', `has PROD ${hex(queue.prod)} and CONS ${hex(queue.cons)}, more than its length apart`);
    else if (name !== 'CMDQ') {
      if (queue.overflowed) say('lint.queue.overflow', 'warning', 'overflowed: OVFLG of PROD differs from OVACKFLG of CONS, and events were lost');
      if (queue.full) say('lint.queue.full', 'warning', `is full with ${queue.occupancy} entries that nobody took: what comes next is lost`);
    }
  }
  lintCommands(surveyed, findings);
  const errors = activeErrors(surveyed.registers);
  if (errors === 0) return;
  const register = REGISTERS.get('GERROR')!;
  const active = Object.entries(decode(register, Uint32Array.of(errors), 0)).filter(([, set]) => Number(set) !== 0).map(([name]) => name);
  findings.add({ rule: 'lint.error', severity: 'error', message: `GERROR and GERRORN differ: ${active.join(', ') || hex(errors >>> 0)} is active` });
}

/** Commands that wait: the SMMU stops at the first that it does not know. */
function lintCommands(surveyed: Surveyed, findings: Findings): void {
  const queue = queueOf('CMDQ', surveyed);
  if (!queue.consistent) return;
  for (let n = 0; n < Math.min(queue.occupancy, MAX_COMMANDS); n++) {
    const at = fromWords(queue.baseHi, queue.slotLo(queue.cons + n));
    const bytes = surveyed.memory.readBytes(at, COMMAND_BYTES);
    if (bytes === null) return;
    const words = new Uint32Array(Uint8Array.from(bytes).buffer);
    if (caseOf(COMMANDS, words, 0) !== null) continue;
    findings.add({ rule: 'lint.command', severity: 'error', message: `the command that waits at CONS + ${n} has opcode ${hex(words[0]! & 0xff)}, which is none: CERROR_ILL`, at });
    return;
  }
}
