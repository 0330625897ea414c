/** The order in which software brings up an SMMU (IHI 0070 3.11, 6.3): queues before commands, commands before SMMUEN. */
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Features } from '../spec/features.ts';
import type { Fields, SmmuData } from './data.ts';
import type { HostCommandQueue } from './host-command-queue.ts';
import type { Plan } from './plan.ts';
import type { RegisterPort } from '../smmu/register-port.ts';

/** Write-back cacheable, inner shareable, for tables and for queues. */
const CR1: Fields = { TABLE_SH: 3n, TABLE_OC: 1n, TABLE_IC: 1n, QUEUE_SH: 3n, QUEUE_OC: 1n, QUEUE_IC: 1n };

/** CFGI_STE_RANGE with Range = 31 is CMD_CFGI_ALL (IHI 0070 4.3.2). */
const CFGI_ALL: Fields = { Range: 31n };

/** How often CR0ACK is read again before the SMMU counts as dead. */
const POLLS = 10;

function enable(registers: RegisterPort, fields: Fields): Result<void> {
  registers.writeFields('CR0', fields);
  const wanted = registers.read('CR0');
  let missing = wanted ^ registers.read('CR0ACK');
  for (let i = 0; i < POLLS && missing !== 0n; i++) missing = wanted ^ registers.read('CR0ACK');
  return missing === 0n ? ok(undefined) : fail('not-acknowledged', `CR0ACK does not follow CR0: bits 0x${missing.toString(16)} differ`);
}

function invalidateAll(queue: HostCommandQueue, features: Features): Result<void> {
  const commands: readonly (readonly [string, Fields])[] = [
    ['CMD_CFGI_STE_RANGE', CFGI_ALL],
    ['CMD_SYNC', {}],
    ...(features.hyp ? ([['CMD_TLBI_EL2_ALL', {}]] as const) : []),
    ['CMD_TLBI_NSNH_ALL', {}],
    ['CMD_SYNC', {}],
  ];
  for (const [command, fields] of commands) {
    const issued = queue.issue(command, fields);
    if (!issued.ok) return issued;
    if (issued.value.error !== 'none') return fail('command-error', `${command} stopped the command queue with ${issued.value.error}`);
  }
  return ok(undefined);
}

function setUpPriQueue(registers: RegisterPort, { priQueue }: Plan, { ats }: SmmuData): void {
  if (priQueue === null || ats?.priQueue == null) return;
  registers.writeFields('PRIQ_BASE', { ADDR: priQueue.base, LOG2SIZE: BigInt(ats.priQueue.log2size), WA: 1n });
  registers.write('PRIQ_PROD', 0n);
  registers.write('PRIQ_CONS', 0n);
}

/** Programs every register from reset to SMMUEN = 1; the stream table must be complete. */
export function programSmmu(registers: RegisterPort, queue: HostCommandQueue, plan: Plan, smmu: SmmuData): Result<void> {
  const { streamTable, commandQueue, eventQueue } = smmu;
  const off = enable(registers, {});
  if (!off.ok) return off;
  registers.writeFields('CR1', { ...CR1, ...smmu.CR1 });
  registers.writeFields('CR2', smmu.CR2);
  registers.writeFields('STRTAB_BASE', { ADDR: plan.streamTable.base, RA: 1n });
  const twoLevel = streamTable.format === 'two-level';
  registers.writeFields('STRTAB_BASE_CFG', {
    LOG2SIZE: BigInt(streamTable.log2size),
    SPLIT: twoLevel ? BigInt(streamTable.split) : 0n,
    FMT: twoLevel ? 1n : 0n,
  });
  registers.writeFields('CMDQ_BASE', { ADDR: plan.commandQueue.base, LOG2SIZE: BigInt(commandQueue.log2size), RA: 1n });
  registers.write('CMDQ_PROD', 0n);
  registers.write('CMDQ_CONS', 0n);
  const commands = enable(registers, { CMDQEN: 1n });
  if (!commands.ok) return commands;
  const clean = invalidateAll(queue, plan.features);
  if (!clean.ok) return clean;
  registers.writeFields('EVENTQ_BASE', { ADDR: plan.eventQueue.base, LOG2SIZE: BigInt(eventQueue.log2size), WA: 1n });
  registers.write('EVENTQ_PROD', 0n);
  registers.write('EVENTQ_CONS', 0n);
  const events = enable(registers, { CMDQEN: 1n, EVENTQEN: 1n });
  if (!events.ok) return events;
  const ats: Fields = { ATSCHK: smmu.ats?.ATSCHK === true ? 1n : 0n, PRIQEN: plan.priQueue === null ? 0n : 1n };
  setUpPriQueue(registers, plan, smmu);
  // 6.3.21: the addresses of MSIs are UNKNOWN after reset; 0 sends none.
  if (plan.features.msi) for (const name of ['GERROR_IRQ_CFG0', 'EVENTQ_IRQ_CFG0']) registers.write(name, 0n);
  registers.writeFields('IRQ_CTRL', { EVENTQ_IRQEN: 1n, GERROR_IRQEN: 1n, PRIQ_IRQEN: plan.priQueue === null ? 0n : 1n });
  return enable(registers, { CMDQEN: 1n, EVENTQEN: 1n, ...ats, SMMUEN: 1n });
}
