/** arm_smmu_device_reset(): registers from reset to SMMUEN = 1, in the driver's order. */
import { ERRNO } from '../../errno.ts';
import { cfgiAll, tlbiEl2All, tlbiNsnhAll } from './commands.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { print } from './smmu-device.ts';

const CMDQEN = 1n << 3n;
const EVENTQEN = 1n << 2n;
const SMMUEN = 1n;
const ATSCHK = 1n << 4n;
/** Tables and queues write-back cacheable, inner shareable. */
const CR1 = 0xd75n;
const PTM = 1n << 2n;
const RECINVSID = 1n << 1n;
const E2H = 1n;
const ALLOCATE = 1n << 62n;
const EVENTQ_IRQEN = 1n << 2n;
const GERROR_IRQEN = 1n;

/** How often CR0ACK is read before the driver gives up. */
const POLLS = 10;

function writeCr0(smmu: SmmuDevice, value: bigint): boolean {
  smmu.registers.write('CR0', value);
  // arm_smmu_write_reg_sync(): readl_relaxed_poll_timeout().
  for (let i = 0; i < POLLS; i++) if (smmu.registers.read('CR0ACK') === value) return true;
  print(smmu, 'err', 'failed to write CR0');
  return false;
}

/** arm_smmu_setup_irqs(), with wired interrupts: off while arm_smmu_setup_msis() takes the addresses of MSIs away, which nobody has defined since power came. */
function setupInterrupts({ registers, features }: SmmuDevice): void {
  registers.write('IRQ_CTRL', 0n);
  if (features.msi) {
    registers.write('GERROR_IRQ_CFG0', 0n);
    registers.write('EVENTQ_IRQ_CFG0', 0n);
    if (features.pri) registers.write('PRIQ_IRQ_CFG0', 0n);
  }
  registers.write('IRQ_CTRL', EVENTQ_IRQEN | GERROR_IRQEN);
}

/** 0, or -ETIMEDOUT when CR0ACK does not follow or a CMD_SYNC does not complete. */
export function resetSmmu(smmu: SmmuDevice, evtqBase: bigint): number {
  const { registers, features, strtab, cmdq } = smmu;
  if (!writeCr0(smmu, 0n)) return -ERRNO.ETIMEDOUT;
  registers.write('CR1', CR1);
  registers.write('CR2', PTM | RECINVSID | (features.e2h ? E2H : 0n));
  registers.write('STRTAB_BASE', ALLOCATE | strtab.base);
  registers.write('STRTAB_BASE_CFG', strtab.config);
  registers.write('CMDQ_BASE', ALLOCATE | cmdq.base | BigInt(cmdq.shift));
  registers.write('CMDQ_PROD', 0n);
  registers.write('CMDQ_CONS', 0n);
  if (!writeCr0(smmu, CMDQEN)) return -ERRNO.ETIMEDOUT;
  const flushed = cmdq.issueSync(cfgiAll()) || (features.hyp ? cmdq.issue(tlbiEl2All()) : 0) || cmdq.issueSync(tlbiNsnhAll());
  if (flushed !== 0) return flushed;
  registers.write('EVENTQ_BASE', ALLOCATE | evtqBase | BigInt(features.evtqShift));
  registers.write('EVENTQ_PROD', 0n);
  registers.write('EVENTQ_CONS', 0n);
  if (!writeCr0(smmu, CMDQEN | EVENTQEN)) return -ERRNO.ETIMEDOUT;
  setupInterrupts(smmu);
  const checks = features.ats ? ATSCHK : 0n;
  if (checks !== 0n && !writeCr0(smmu, CMDQEN | EVENTQEN | checks)) return -ERRNO.ETIMEDOUT;
  return writeCr0(smmu, CMDQEN | EVENTQEN | checks | SMMUEN) ? 0 : -ERRNO.ETIMEDOUT;
}
