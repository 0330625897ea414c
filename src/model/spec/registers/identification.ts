/** Identification registers (IHI 0070 6.3.1 to 6.3.8, 6.3.45): constant, read-only. */
import { ADDRESS_SIZE } from '../codes.ts';
import { code, defineRegister, flag, impdef, res0, uint } from '../layout.ts';
import type { RegisterDef, Unplaced } from '../layout.ts';

const LATER = { since: 'v3.4' } as const;

function identification<const N extends string>(id: string, offset: number, section: string, doc: string, fields: readonly Unplaced<N>[], needs?: string): RegisterDef {
  const spec = { id, title: id, section, doc, offset, bits: 32, access: 'ro', reset: 'constant', fields } as const;
  return defineRegister(needs === undefined ? spec : { ...spec, needs });
}

const IDR0 = identification('IDR0', 0x00, '6.3.1', 'What the SMMU can do: stages, table forms, ATS, PRI, stall, cache tags.', [
  flag('S2P', 0, 'Stage 2 is implemented.'),
  flag('S1P', 1, 'Stage 1 is implemented.'),
  code('TTF', 3, 2, 'Forms of translation tables, the same for both stages.', {
    1: ['AArch32', 'VMSAv8-32 LPAE only.'],
    2: ['AArch64', 'VMSAv8-64 only.'],
    3: ['both', 'VMSAv8-32 LPAE and VMSAv8-64.'],
  }),
  flag('COHACC', 4, 'Accesses to tables and queues are coherent.'),
  flag('BTM', 5, 'Broadcast TLB invalidation is received.'),
  code('HTTU', 7, 6, 'Hardware update of translation tables.', {
    0: ['none', 'No update.'],
    1: ['AF', 'Access flag.'],
    2: ['AF-dirty', 'Access flag and dirty state.'],
    3: ['AF-dirty-table', 'And access flag in table descriptors (v3.4).'],
  }),
  flag('DORMHINT', 8, 'STATUSR.DORMANT is implemented.'),
  flag('Hyp', 9, 'EL2 contexts are supported; 0 unless both stages are implemented.'),
  flag('ATS', 10, 'PCIe ATS is supported.'),
  flag('NS1ATS', 11, 'Split-stage ATS is not supported.'),
  flag('ASID16', 12, 'ASIDs have 16 bits, else 8.'),
  flag('MSI', 13, 'Message-signalled interrupts are supported.'),
  flag('SEV', 14, 'WFE wake-up events are supported.'),
  flag('ATOS', 15, 'Address translation operations are supported.'),
  flag('PRI', 16, 'PCIe page requests are supported.'),
  flag('VMW', 17, 'VMID wildcards are supported.'),
  flag('VMID16', 18, 'VMIDs have 16 bits, else 8.'),
  flag('CD2L', 19, 'Two-level tables of CDs are supported.'),
  flag('VATOS', 20, 'Virtual address translation operations are supported.'),
  code('TTENDIAN', 22, 21, 'Endianness of translation tables.', {
    0: ['mixed', 'Chosen by CD.ENDI and STE.S2ENDI.'],
    1: ['reserved', 'Reserved.'],
    2: ['little', 'Little-endian only.'],
    3: ['big', 'Big-endian only.'],
  }),
  flag('ATSRECERR', 23, 'CR2.REC_CFG_ATS is implemented.'),
  code('STALL_MODEL', 25, 24, 'What a fault can do with a transaction.', {
    0: ['stall-terminate', 'Stall or terminate.'],
    1: ['terminate', 'Terminate only.'],
    2: ['stall', 'Stall only.'],
    3: ['reserved', 'Reserved.'],
  }),
  flag('TERM_MODEL', 26, 'A terminated transaction always aborts: CD.A must be 1.'),
  code('ST_LEVEL', 28, 27, 'Forms of the stream table.', {
    0: ['linear', 'Linear only.'],
    1: ['two-level', 'Linear and two-level.'],
    2: ['reserved', 'Reserved.'],
    3: ['reserved-3', 'Reserved.'],
  }),
  res0(29, 29),
  flag('RME_IMPL', 30, 'Realm Management Extension.', LATER),
  res0(31, 31),
]);

const IDR1 = identification('IDR1', 0x04, '6.3.2', 'Sizes: StreamIDs, SubstreamIDs, queues; presets and overrides.', [
  uint('SIDSIZE', 5, 0, 'Bits of StreamID, 0 to 32.'),
  uint('SSIDSIZE', 10, 6, 'Bits of SubstreamID, 0 to 20; 0 is none.'),
  uint('PRIQS', 15, 11, 'log2 of the largest PRI queue.'),
  uint('EVENTQS', 20, 16, 'log2 of the largest event queue.'),
  uint('CMDQS', 25, 21, 'log2 of the largest command queue.'),
  flag('ATTR_PERMS_OVR', 26, 'PRIVCFG and INSTCFG are effective.'),
  flag('ATTR_TYPES_OVR', 27, 'MTCFG, SHCFG and ALLOCCFG are effective.'),
  flag('REL', 28, 'Preset bases are relative to the base of the SMMU.'),
  flag('QUEUES_PRESET', 29, 'Queue bases are fixed.'),
  flag('TABLES_PRESET', 30, 'The base of the stream table is fixed.'),
  flag('ECMDQ', 31, 'Enhanced command queues, of v3.3: here an option of earlier versions too.'),
]);

const IDR2 = identification('IDR2', 0x08, '6.3.3', 'Where the VATOS page lies.', [
  uint('BA_VATOS', 9, 0, 'Base of the VATOS page: 0x20000 and 64 KiB for each.'),
  res0(31, 10),
]);

const IDR3 = identification('IDR3', 0x0c, '6.3.4', 'Features of v3.1 and later.', [
  res0(1, 0),
  flag('HAD', 2, 'Hierarchical attributes can be disabled.', { since: 'v3.1' }),
  flag('PBHA', 3, 'Page-based hardware attributes.', { since: 'v3.1' }),
  flag('XNX', 4, 'Stage 2 can forbid execution by privilege.', { since: 'v3.1' }),
  flag('PPS', 5, 'Automatic responses to page requests follow the request\'s PASID.'),
  res0(6, 6),
  flag('MPAM', 7, 'Memory partitioning and monitoring.', { since: 'v3.2' }),
  flag('FWB', 8, 'Stage 2 can force write-back.', { since: 'v3.2' }),
  flag('STT', 9, 'Small translation tables.'),
  flag('RIL', 10, 'Invalidation by range and by level.'),
  uint('BBML', 12, 11, 'Level of break-before-make: 0 to 2.'),
  flag('E0PD', 13, 'Unprivileged accesses to a half can be forbidden.', { since: 'v3.3' }),
  flag('PTWNNC', 14, 'Walks through Device memory act as Non-cacheable.', { since: 'v3.3' }),
  flag('DPT', 15, 'Device Permission Table.', LATER),
  flag('PASIDTT', 16, 'Translated transactions carry a PASID.', { since: 'v3.3' }),
  flag('EPAN', 17, 'PAN covers execute-only pages.', LATER),
  flag('S1PI', 18, 'Stage-1 permission indirection.', LATER),
  flag('S2PI', 19, 'Stage-2 permission indirection.', LATER),
  flag('S2PO', 20, 'Stage-2 permission overlay.', LATER),
  flag('THE', 21, 'Translation hardening.', LATER),
  flag('MTEPERM', 22, 'Stage 2 can forbid tag access.', LATER),
  flag('AIE', 23, 'Extended attribute index.', LATER),
  res0(31, 24),
]);

const IDR5 = identification('IDR5', 0x14, '6.3.6', 'Address sizes, granules, stall capacity.', [
  code('OAS', 2, 0, 'Output address size.', ADDRESS_SIZE),
  res0(3, 3),
  flag('GRAN4K', 4, '4 KiB granule.'),
  flag('GRAN16K', 5, '16 KiB granule.'),
  flag('GRAN64K', 6, '64 KiB granule.'),
  flag('DS', 7, '52-bit descriptors with 4K and 16K granules.', { since: 'v3.3' }),
  flag('D128', 8, '128-bit descriptors.', LATER),
  res0(9, 9),
  code('VAX', 11, 10, 'Size of virtual addresses.', {
    0: ['48 bits', '48 bits in each half.'],
    1: ['52 bits', '52 bits in each half.'],
    2: ['reserved', 'Reserved.'],
    3: ['reserved-3', 'Reserved.'],
  }),
  res0(15, 12),
  uint('STALL_MAX', 31, 16, 'Most stalled transactions at a time.', { needs: 'STALL_MODEL' }),
]);

const IDR6 = identification('IDR6', 0x190, '6.3.45', 'Layout of the enhanced command queues.', [
  res0(15, 0),
  uint('CMDQ_CONTROL_PAGE_LOG2NUMQ', 19, 16, 'log2 of the queues of a control page.'),
  res0(23, 20),
  uint('CMDQ_CONTROL_PAGE_LOG2NUMP', 27, 24, 'log2 of the control pages.'),
  res0(31, 28),
], 'ECMDQ');

const IIDR = identification('IIDR', 0x18, '6.3.7', 'Who made the SMMU, and which.', [
  uint('Implementer', 11, 0, 'JEP106 code; Arm is 0x43B.'),
  uint('Revision', 15, 12, 'Minor revision.'),
  uint('Variant', 19, 16, 'Major revision.'),
  uint('ProductID', 31, 20, 'Product.'),
]);

const AIDR = identification('AIDR', 0x1c, '6.3.8', 'Version of the architecture.', [
  uint('ArchMinorRev', 3, 0, '2 is SMMUv3.2.'),
  uint('ArchMajorRev', 7, 4, '0 is SMMUv3.'),
  res0(31, 8),
]);

const coresight = (id: string, offset: number): RegisterDef =>
  identification(id, offset, '6.3.170', 'CoreSight identification.', [uint('ID', 7, 0, 'One byte of the identification.'), res0(31, 8)]);

export const IDENTIFICATION: readonly RegisterDef[] = [
  IDR0, IDR1, IDR2, IDR3,
  identification('IDR4', 0x10, '6.3.5', 'Implementation defined features.', [impdef(31, 0)]),
  IDR5, IIDR, AIDR, IDR6,
  coresight('PIDR4', 0xfd0), coresight('PIDR5', 0xfd4), coresight('PIDR6', 0xfd8), coresight('PIDR7', 0xfdc),
  coresight('PIDR0', 0xfe0), coresight('PIDR1', 0xfe4), coresight('PIDR2', 0xfe8), coresight('PIDR3', 0xfec),
  coresight('CIDR0', 0xff0), coresight('CIDR1', 0xff4), coresight('CIDR2', 0xff8), coresight('CIDR3', 0xffc),
];
