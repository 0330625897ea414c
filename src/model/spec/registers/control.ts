/** Control, global bypass, interrupts and global errors (IHI 0070 6.3.9 to 6.3.23). */
import { INSTCFG, MEMATTR, MTCFG, PRIVCFG, SHAREABILITY, SHCFG, TABLE_CACHEABILITY } from '../codes.ts';
import { addr, code, defineRegister, flag, impdef, res0, uint } from '../layout.ts';
import type { RegisterDef } from '../layout.ts';

const CR0_FIELDS = [
  flag('SMMUEN', 0, 'Translation is enabled; when 0 GBPA rules.', { section: '6.3.9.6' }),
  flag('PRIQEN', 1, 'The PRI queue is enabled.', { needs: 'PRI' }),
  flag('EVENTQEN', 2, 'The event queue is enabled.'),
  flag('CMDQEN', 3, 'The command queue is enabled.'),
  flag('ATSCHK', 4, 'ATS Translated transactions are checked against their STE.', { needs: 'ATS' }),
  res0(5, 5),
  uint('VMW', 8, 6, 'Number of low VMID bits that invalidation ignores: 0 to 4, others act as 0.', { needs: 'VMW' }),
  res0(9, 9),
  flag('DPT_WALK_EN', 10, 'The Device Permission Table may be walked.', { needs: 'DPT', since: 'v3.4' }),
  res0(31, 11),
];

const QUEUES_OFF = { guard: ['CR0.EVENTQEN', 'CR0.CMDQEN', 'CR0.PRIQEN'] } as const;
const SMMU_OFF = { guard: ['CR0.SMMUEN'] } as const;

const CONTROL: readonly RegisterDef[] = [
  defineRegister({ id: 'CR0', title: 'CR0', section: '6.3.9', doc: 'Enables; a change takes effect when CR0ACK shows it.',
    offset: 0x20, bits: 32, access: 'rw', reset: 0, ack: 'CR0ACK', fields: CR0_FIELDS }),
  defineRegister({ id: 'CR0ACK', title: 'CR0ACK', section: '6.3.10', doc: 'CR0 as far as it has taken effect.',
    offset: 0x24, bits: 32, access: 'ro', reset: 0, fields: CR0_FIELDS }),
  defineRegister({ id: 'CR1', title: 'CR1', section: '6.3.11', doc: 'Attributes of accesses to tables and queues.',
    offset: 0x28, bits: 32, access: 'rw', reset: 'UNKNOWN', fields: [
      code('QUEUE_IC', 1, 0, 'Inner cacheability of queues.', TABLE_CACHEABILITY, QUEUES_OFF),
      code('QUEUE_OC', 3, 2, 'Outer cacheability of queues.', TABLE_CACHEABILITY, QUEUES_OFF),
      code('QUEUE_SH', 5, 4, 'Shareability of queues.', SHAREABILITY, QUEUES_OFF),
      code('TABLE_IC', 7, 6, 'Inner cacheability of the stream table.', TABLE_CACHEABILITY, SMMU_OFF),
      code('TABLE_OC', 9, 8, 'Outer cacheability of the stream table.', TABLE_CACHEABILITY, SMMU_OFF),
      code('TABLE_SH', 11, 10, 'Shareability of the stream table.', SHAREABILITY, SMMU_OFF),
      res0(31, 12),
    ] }),
  defineRegister({ id: 'CR2', title: 'CR2', section: '6.3.12', doc: 'What is recorded, EL2 host mode, broadcast invalidation.',
    offset: 0x2c, bits: 32, access: 'rw', reset: 'UNKNOWN', guard: ['CR0.SMMUEN'], fields: [
      flag('E2H', 0, 'EL2 streams are EL2-E2H.', { needs: 'Hyp' }),
      flag('RECINVSID', 1, 'C_BAD_STREAMID is recorded.'),
      flag('PTM', 2, 'Private TLB maintenance: broadcast invalidation is ignored.', { needs: 'BTM' }),
      flag('REC_CFG_ATS', 3, 'Configuration errors of ATS requests are recorded.', { needs: 'ATSRECERR' }),
      res0(31, 4),
    ] }),
  defineRegister({ id: 'S2PII', title: 'S2PII', section: '6.3.17', doc: 'Stage-2 permissions by index.', since: 'v3.4', needs: 'S2PI',
    offset: 0x30, bits: 64, access: 'rw', reset: 'UNKNOWN', guard: ['CR0.SMMUEN'], fields: [uint('S2PII', 63, 0, 'Sixteen permissions of 4 bits.')] }),
  defineRegister({ id: 'STATUSR', title: 'STATUSR', section: '6.3.13', doc: 'Status.', offset: 0x40, bits: 32, access: 'ro', reset: 0,
    fields: [flag('DORMANT', 0, 'The SMMU holds no cached state that needs invalidation.'), res0(31, 1)] }),
  defineRegister({ id: 'GBPA', title: 'GBPA', section: '6.3.14', doc: 'Global bypass: what happens to transactions while SMMUEN is 0. A write counts only with Update 1 while Update reads 0.',
    offset: 0x44, bits: 32, access: 'update', reset: 'IMPDEF', fields: [
      code('MemAttr', 3, 0, 'Memory type when MTCFG is 1.', MEMATTR),
      code('MTCFG', 4, 4, 'Where the memory type comes from.', MTCFG),
      res0(7, 5),
      uint('ALLOCCFG', 11, 8, 'Allocation hints: 0xxx as the transaction says, else 1 and read-allocate, write-allocate, transient.'),
      code('SHCFG', 13, 12, 'Shareability.', SHCFG),
      res0(15, 14),
      code('PRIVCFG', 17, 16, 'Privilege.', PRIVCFG),
      code('INSTCFG', 19, 18, 'Instruction or data, of reads.', INSTCFG),
      flag('ABORT', 20, 'Transactions abort instead of passing.'),
      res0(30, 21),
      flag('Update', 31, 'Written as 1 to make the write count; reads 1 until it has taken effect.'),
    ] }),
  defineRegister({ id: 'AGBPA', title: 'AGBPA', section: '6.3.15', doc: 'Implementation defined attributes of global bypass.',
    offset: 0x48, bits: 32, access: 'rw', reset: 'IMPDEF', fields: [impdef(31, 0)] }),
];

const IRQ_FIELDS = [
  flag('GERROR_IRQEN', 0, 'Interrupts for global errors.'),
  flag('PRIQ_IRQEN', 1, 'Interrupts for the PRI queue.', { needs: 'PRI' }),
  flag('EVENTQ_IRQEN', 2, 'Interrupts for the event queue.'),
  res0(31, 3),
];

const GERROR_FIELDS = [
  flag('CMDQ_ERR', 0, 'A command failed; the command queue has stopped and CMDQ_CONS.ERR says why.'),
  res0(1, 1),
  flag('EVENTQ_ABT_ERR', 2, 'Writing an event record aborted; events are lost.'),
  flag('PRIQ_ABT_ERR', 3, 'Writing a page request aborted; requests are answered with Failure.', { needs: 'PRI' }),
  flag('MSI_CMDQ_ABT_ERR', 4, 'The MSI of a CMD_SYNC aborted.', { needs: 'MSI' }),
  flag('MSI_EVENTQ_ABT_ERR', 5, 'The MSI of the event queue aborted.', { needs: 'MSI' }),
  flag('MSI_PRIQ_ABT_ERR', 6, 'The MSI of the PRI queue aborted.', { needs: 'MSI and PRI' }),
  flag('MSI_GERROR_ABT_ERR', 7, 'The MSI for a global error aborted; no interrupt tells of it.', { needs: 'MSI' }),
  flag('SFM_ERR', 8, 'The SMMU has entered service failure mode.'),
  flag('CMDQP_ERR', 9, 'A command of an enhanced command queue failed.', { needs: 'ECMDQ' }),
  flag('DPT_ERR', 10, 'A Device Permission Table lookup failed.', { needs: 'DPT', since: 'v3.4' }),
  res0(31, 11),
];

const INTERRUPTS: readonly RegisterDef[] = [
  defineRegister({ id: 'IRQ_CTRL', title: 'IRQ_CTRL', section: '6.3.16', doc: 'Interrupt enables; a change takes effect when IRQ_CTRLACK shows it.',
    offset: 0x50, bits: 32, access: 'rw', reset: 0, ack: 'IRQ_CTRLACK', fields: IRQ_FIELDS }),
  defineRegister({ id: 'IRQ_CTRLACK', title: 'IRQ_CTRLACK', section: '6.3.18', doc: 'IRQ_CTRL as far as it has taken effect.',
    offset: 0x54, bits: 32, access: 'ro', reset: 0, fields: IRQ_FIELDS }),
  defineRegister({ id: 'GERROR', title: 'GERROR', section: '6.3.19', doc: 'Global errors: one is active while its bit differs from that of GERRORN.',
    offset: 0x60, bits: 32, access: 'ro', reset: 0, fields: GERROR_FIELDS }),
  defineRegister({ id: 'GERRORN', title: 'GERRORN', section: '6.3.20', doc: 'Acknowledges global errors: software makes a bit equal to that of GERROR.',
    offset: 0x64, bits: 32, access: 'rw', reset: 0, fields: GERROR_FIELDS }),
];

/** The three registers that say where and how an interrupt is signalled as an MSI. */
export function interruptRegisters(source: string, base: number, sections: readonly [string, string, string], needs: string): readonly RegisterDef[] {
  const common = { access: 'rw', reset: 'UNKNOWN', guard: [`IRQ_CTRL.${source}_IRQEN`], needs } as const;
  const last = source === 'PRIQ'
    ? [res0(30, 6), flag('LO', 31, 'Interrupt only for the last request of a group; when 0 when the queue ceases to be empty.')]
    : [res0(31, 6)];
  return [
    defineRegister({ id: `${source}_IRQ_CFG0`, title: `${source}_IRQ_CFG0`, section: sections[0], doc: `Where the MSI of ${source} is written; 0 sends none.`,
      ...common, offset: base, bits: 64,
      fields: [res0(1, 0), addr('ADDR', 51, 2, 'pa', 'Address of the MSI.'), res0(55, 52, 'Address bits [55:52] from v3.4.', { since: 'v3.4' }), res0(63, 56)] }),
    defineRegister({ id: `${source}_IRQ_CFG1`, title: `${source}_IRQ_CFG1`, section: sections[1], doc: `What the MSI of ${source} writes.`,
      ...common, offset: base + 8, bits: 32, fields: [uint('DATA', 31, 0, 'Word that is written.')] }),
    defineRegister({ id: `${source}_IRQ_CFG2`, title: `${source}_IRQ_CFG2`, section: sections[2], doc: `Attributes of the MSI of ${source}.`,
      ...common, offset: base + 12, bits: 32,
      fields: [code('MemAttr', 3, 0, 'Memory type.', MEMATTR), code('SH', 5, 4, 'Shareability.', SHAREABILITY), ...last] }),
  ];
}

export const CONTROL_REGISTERS: readonly RegisterDef[] = [
  ...CONTROL,
  ...INTERRUPTS,
  ...interruptRegisters('GERROR', 0x68, ['6.3.21', '6.3.22', '6.3.23'], 'MSI'),
];
