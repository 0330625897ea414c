/** The registers of the command queue and of the enhanced ones, as a host uses them (IHI 0070 3.5.1, 3.5.6, 7.1). */
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Features } from '../spec/features.ts';
import type { RegisterInterface, RegisterPort } from '../smmu/register-port.ts';
import type { QueuePort } from './host-command-queue.ts';

const INDEX = 0xf_ffffn;
const CMDQ_ERR = 1n;
const CMDQP_ERR = 1n << 9n;

/** Makes GERRORN equal to GERROR for one error, if it is active. */
function clear(registers: RegisterPort, error: bigint): void {
  const acknowledged = registers.read('GERRORN');
  if (((registers.read('GERROR') ^ acknowledged) & error) !== 0n) registers.write('GERRORN', acknowledged ^ error);
}

/** CMDQ_PROD and CMDQ_CONS; GERROR tells of an error, GERRORN acknowledges it. */
export function commandQueuePort(registers: RegisterPort): QueuePort {
  return {
    name: 'the command queue',
    running: 'is CR0.CMDQEN set and GERROR.CMDQ_ERR clear?',
    prod: () => registers.read('CMDQ_PROD'),
    cons: () => registers.read('CMDQ_CONS'),
    produce: (prod) => registers.write('CMDQ_PROD', prod),
    error: () => (((registers.read('GERROR') ^ registers.read('GERRORN')) & CMDQ_ERR) === 0n ? null : Number((registers.read('CMDQ_CONS') >> 24n) & 0x7fn)),
    acknowledge: () => clear(registers, CMDQ_ERR),
  };
}

/** Whether an SMMU with these features has enhanced command queue `number`. */
export function enhancedQueueExists({ ecmdq, log2ControlPages, log2QueuesOfPage }: Features, number: number): Result<null> {
  if (!ecmdq) return fail('unsupported', 'this SMMU has no enhanced command queues (IDR1.ECMDQ): their registers are RES0');
  const count = 2 ** (log2ControlPages + log2QueuesOfPage);
  return number < count ? ok(null) : fail('out-of-range', `this SMMU has ${count} enhanced command queues, from 0 (IDR6); there is no ${number}`);
}

const EN = 0x8000_0000;
const ERR = 0x80_0000;

/** Enables the queue at `offset` with an empty ring at `base`. */
export function enableEnhancedQueue(smmu: RegisterInterface, offset: number, base: bigint, log2size: number): void {
  smmu.write64(offset, base | BigInt(log2size));
  smmu.write32(offset + 8, 0);
  smmu.write32(offset + 12, 0);
  smmu.write32(offset + 8, EN);
}

/** PROD and CONS at `offset` + 8; ERR tells of an error, ERRACK acknowledges it, GERRORN the CMDQP_ERR that came with it. */
export function enhancedQueuePort(number: number, offset: number, smmu: RegisterInterface, registers: RegisterPort): QueuePort {
  const prod = (): number => smmu.read32(offset + 8);
  const cons = (): number => smmu.read32(offset + 12);
  return {
    name: `enhanced command queue ${number}`,
    running: 'does its ERRACK equal ERR?',
    prod: () => BigInt(prod()) & INDEX,
    cons: () => BigInt(cons()) & INDEX,
    produce: (index) => smmu.write32(offset + 8, (prod() & (EN | ERR)) | Number(index)),
    error: () => (((prod() ^ cons()) & ERR) === 0 ? null : (cons() >>> 24) & 7),
    acknowledge: () => {
      clear(registers, CMDQP_ERR);
      smmu.write32(offset + 8, prod() ^ ERR);
    },
  };
}
