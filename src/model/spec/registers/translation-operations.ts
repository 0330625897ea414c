/** Address translation operations, MPAM, enhanced command queues (IHI 0070 6.3.37 to 6.3.51, 6.3.107 to 6.3.109): present with their features only. */
import { addr, code, constant, defineRecord, defineRegister, flag, impdef, res0, uint } from '../layout.ts';
import type { RecordDef, RegisterDef } from '../layout.ts';

const HIGH_BITS = res0(55, 52, 'Address bits [55:52] from v3.4.', { since: 'v3.4' });

const ATOS: readonly RegisterDef[] = [
  defineRegister({ id: 'GATOS_CTRL', title: 'GATOS_CTRL', section: '6.3.37', doc: 'Starts an address translation operation; ignored while SMMUEN is 0.', needs: 'ATOS',
    offset: 0x100, bits: 32, access: 'rw', reset: 0, guard: ['GATOS_CTRL.RUN'],
    fields: [flag('RUN', 0, 'Written as 1 to start; reads 1 until the result is there.'), res0(31, 1)] }),
  defineRegister({ id: 'GATOS_SID', title: 'GATOS_SID', section: '6.3.38', doc: 'Stream of the operation.', needs: 'ATOS',
    offset: 0x108, bits: 64, access: 'rw', reset: 'UNKNOWN', guard: ['GATOS_CTRL.RUN'], fields: [
      uint('STREAMID', 31, 0, 'Stream.'),
      uint('SUBSTREAMID', 51, 32, 'Substream.'),
      flag('SSID_VALID', 52, 'The substream is valid.'),
      res0(63, 53),
    ] }),
  defineRegister({ id: 'GATOS_ADDR', title: 'GATOS_ADDR', section: '6.3.39', doc: 'Address and kind of the operation.', needs: 'ATOS',
    offset: 0x110, bits: 64, access: 'rw', reset: 'UNKNOWN', guard: ['GATOS_CTRL.RUN'], fields: [
      res0(5, 0),
      flag('HTTUI', 6, 'Hardware update is inhibited.'),
      flag('InD', 7, 'Instruction (1) or data; ignored for writes.'),
      flag('RnW', 8, 'Read (1) or write.'),
      flag('PnU', 9, 'Privileged (1) or unprivileged.'),
      code('TYPE', 11, 10, 'Which stages.', {
        0: ['reserved', 'INV_REQ.'],
        1: ['stage-1', 'Stage 1: VA to IPA.'],
        2: ['stage-2', 'Stage 2: IPA to PA.'],
        3: ['stage-1-2', 'Both: VA to PA.'],
      }),
      addr('ADDR', 63, 12, 'by-config', 'Address to translate.'),
    ] }),
  defineRegister({ id: 'GATOS_PAR', title: 'GATOS_PAR', section: '6.3.40', doc: 'Result of the operation when FAULT is 0; ATOS_FAULT else.', needs: 'ATOS',
    offset: 0x118, bits: 64, access: 'ro', reset: 'UNKNOWN', fields: [
      flag('FAULT', 0, 'The operation faulted.'),
      res0(7, 1),
      uint('SH', 9, 8, 'Shareability.'),
      res0(10, 10),
      flag('Size', 11, 'ADDR tells the size of the page by its lowest set bit.'),
      addr('ADDR', 51, 12, 'by-config', 'Output address.'),
      HIGH_BITS,
      uint('ATTR', 63, 56, 'Memory attributes, as a byte of MAIR.'),
    ] }),
  defineRegister({ id: 'VATOS_SEL', title: 'VATOS_SEL', section: '6.3.44', doc: 'Virtual machine that VATOS serves.', needs: 'VATOS',
    offset: 0x180, bits: 32, access: 'rw', reset: 'UNKNOWN', fields: [uint('VMID', 15, 0, 'Virtual machine.'), res0(31, 16)] }),
];

const partition = (id: string, offset: number, section: string, prefix: string, doc: string): RegisterDef =>
  defineRegister({ id, title: id, section, doc, needs: 'MPAM', since: 'v3.2', offset, bits: 32, access: 'update', reset: 0, fields: [
    uint(`${prefix}_PARTID`, 15, 0, 'Partition.'),
    uint(`${prefix}_PMG`, 23, 16, 'Performance monitoring group.'),
    res0(30, 24),
    flag('Update', 31, 'Written as 1 to make the write count; reads 1 until it has taken effect.'),
  ] });

const MPAM: readonly RegisterDef[] = [
  defineRegister({ id: 'MPAMIDR', title: 'MPAMIDR', section: '6.3.41', doc: 'Sizes of memory partitioning.', needs: 'MPAM', since: 'v3.2',
    offset: 0x130, bits: 32, access: 'ro', reset: 'constant', fields: [
      uint('PARTID_MAX', 15, 0, 'Largest partition.'),
      uint('PMG_MAX', 23, 16, 'Largest performance monitoring group.'),
      res0(31, 24),
    ] }),
  partition('GMPAM', 0x138, '6.3.42', 'SO', 'Partition of the SMMU\'s own accesses.'),
  partition('GBPMPAM', 0x13c, '6.3.43', 'GBP', 'Partition of transactions in global bypass.'),
];

/** The first of up to 256 control pages; the next follow 32 bytes apart. */
const CONTROL_PAGES: readonly RegisterDef[] = [
  defineRegister({ id: 'CMDQ_CONTROL_PAGE_BASE0', title: 'CMDQ_CONTROL_PAGE_BASE0', section: '6.3.49', doc: 'Where control page 0 of the enhanced command queues lies.', needs: 'ECMDQ',
    offset: 0x4000, bits: 64, access: 'ro', reset: 'constant', fields: [
      flag('CMDQ_CONTROL_PAGE_PRESET', 0, 'The queues of the page are at fixed addresses.'),
      uint('CMDQGS', 2, 1, 'How queues of a page are grouped.'),
      res0(15, 3),
      addr('ADDR', 55, 16, 'pa', 'Offset of the page from page 0.'),
      res0(63, 56),
    ] }),
  defineRegister({ id: 'CMDQ_CONTROL_PAGE_CFG0', title: 'CMDQ_CONTROL_PAGE_CFG0', section: '6.3.50', doc: 'Whether control page 0 is enabled.', needs: 'ECMDQ',
    offset: 0x4008, bits: 32, access: 'ro', reset: 'constant', fields: [flag('EN', 0, 'Always 1.'), res0(31, 1)] }),
  defineRegister({ id: 'CMDQ_CONTROL_PAGE_STATUS0', title: 'CMDQ_CONTROL_PAGE_STATUS0', section: '6.3.51', doc: 'Whether control page 0 has been enabled.', needs: 'ECMDQ',
    offset: 0x400c, bits: 32, access: 'ro', reset: 'constant', fields: [flag('ENACK', 0, 'Always 1.'), res0(31, 1)] }),
];

/** GATOS_PAR when FAULT is 1. */
export const ATOS_FAULT: RecordDef = defineRecord({ id: 'ATOS_FAULT', title: 'GATOS_PAR of a fault', bytes: 8, section: '6.3.40', fields: [
  constant('FAULT', 0, 0, 1, 'The operation faulted.'),
  code('REASON', 2, 1, 'What was being done; not the codes of Class in events.', {
    0: ['stage-1', 'Stage 1, or anything without a class.'],
    1: ['CD', 'Stage 2, for the fetch of a CD.'],
    2: ['TT', 'Stage 2, for a table of stage 1.'],
    3: ['IN', 'Stage 2, for the address itself.'],
  }),
  res0(3, 3),
  code('FAULTCODE', 11, 4, 'The number of the event, or one of these.', {
    0xfd: ['INTERNAL_ERR', 'The operation could not be done.'],
    0xfe: ['INV_STAGE', 'The stream does not have the stages asked for.'],
    0xff: ['INV_REQ', 'The request is malformed.'],
  }),
  addr('FADDR', 51, 12, 'ipa', 'Page that stage 2 refused.'),
  HIGH_BITS,
  res0(59, 56),
  impdef(63, 60),
] });

export const OPERATION_REGISTERS: readonly RegisterDef[] = [...ATOS, ...MPAM, ...CONTROL_PAGES];

/** The registers of one enhanced command queue, 16 bytes in a control page: BASE at 0, PROD at 8, CONS at 0xC (3.5.6, 6.2.5). */
export const ECMDQ: readonly RecordDef[] = [
  defineRecord({ id: 'ECMDQ_BASE', title: 'ECMDQ_BASE', bytes: 8, section: '6.3.107', fields: [
    uint('LOG2SIZE', 4, 0, 'log2 of the number of entries.'),
    addr('ADDR', 51, 5, 'pa', 'Base of the queue.'),
    HIGH_BITS,
    res0(61, 56),
    flag('RA', 62, 'Read-allocate hint.'),
    res0(63, 63),
  ] }),
  defineRecord({ id: 'ECMDQ_PROD', title: 'ECMDQ_PROD', bytes: 4, section: '6.3.108', fields: [
    uint('WR', 19, 0, 'Write index, with the wrap flag above it.'),
    res0(22, 20),
    flag('ERRACK', 23, 'Software makes it equal to ERR to acknowledge an error.'),
    res0(30, 24),
    flag('EN', 31, 'The queue is enabled.'),
  ] }),
  defineRecord({ id: 'ECMDQ_CONS', title: 'ECMDQ_CONS', bytes: 4, section: '6.3.109', fields: [
    uint('RD', 19, 0, 'Read index, with the wrap flag above it.'),
    res0(22, 20),
    flag('ERR', 23, 'Toggled when a command fails; the queue stops while it differs from ERRACK.'),
    uint('ERR_REASON', 26, 24, 'Why: the codes of CMDQ_CONS.ERR.'),
    res0(30, 27),
    flag('ENACK', 31, 'The enable has taken effect.'),
  ] }),
];
