/** The Context Descriptor (IHI 0070 5.4): 64 bytes, the stage-1 configuration of a stream or substream; owned by the guest. */
import { ADDRESS_SIZE, ENDIANNESS, SHAREABILITY, TG0, TG1, WALK_CACHEABILITY } from './codes.ts';
import { addr, code, defineRecord, flag, impdef, res0, uint } from './layout.ts';

const CACHED = { cachedInTlb: true } as const;
const HALF_0 = { usedWhen: 'EPD0 is 0', cachedInTlb: true } as const;
const HALF_1 = { usedWhen: 'EPD1 is 0, not in EL2', cachedInTlb: true } as const;
const EL1 = { usedWhen: 'StreamWorld is EL1 or EL2-E2H', cachedInTlb: true } as const;
const V3_4 = { since: 'v3.4' } as const;
const HIGH_BITS = 'Address bits [55:52] from v3.4.';

const WORD_0_HALVES = [
  uint('T0SZ', 5, 0, 'TTB0 translates addresses of 64 - T0SZ bits.', HALF_0),
  code('TG0', 7, 6, 'Granule of TTB0.', TG0, HALF_0),
  code('IR0', 9, 8, 'Inner cacheability of walks from TTB0.', WALK_CACHEABILITY, HALF_0),
  code('OR0', 11, 10, 'Outer cacheability of walks from TTB0.', WALK_CACHEABILITY, HALF_0),
  code('SH0', 13, 12, 'Shareability of walks from TTB0.', SHAREABILITY, HALF_0),
  flag('EPD0', 14, 'Walks from TTB0 are disabled: an address of that half faults with F_TRANSLATION.', EL1),
  code('ENDI', 15, 15, 'Endianness of the stage-1 tables.', ENDIANNESS, CACHED),
  uint('T1SZ', 21, 16, 'TTB1 translates the top 2^(64 - T1SZ) addresses.', HALF_1),
  code('TG1', 23, 22, 'Granule of TTB1; not the encoding of TG0.', TG1, HALF_1),
  code('IR1', 25, 24, 'Inner cacheability of walks from TTB1.', WALK_CACHEABILITY, HALF_1),
  code('OR1', 27, 26, 'Outer cacheability of walks from TTB1.', WALK_CACHEABILITY, HALF_1),
  code('SH1', 29, 28, 'Shareability of walks from TTB1.', SHAREABILITY, HALF_1),
  flag('EPD1', 30, 'Walks from TTB1 are disabled: an address of that half faults with F_TRANSLATION.', EL1),
  flag('V', 31, 'The descriptor is valid; when 0 it is ILLEGAL.'),
];

const WORD_0_CONTEXT = [
  code('IPS', 34, 32, 'Output address size of stage 1; the smaller of it and OAS is used.', ADDRESS_SIZE, CACHED),
  flag('AFFD', 35, 'An access flag of 0 is treated as 1 instead of faulting; ignored when HA is 1.', CACHED),
  flag('WXN', 36, 'Writable pages are not executable.', CACHED),
  flag('UWXN', 37, 'Pages writable without privilege are not executable with it; AArch32 tables only.', { usedWhen: 'AA64 is 0', cachedInTlb: true }),
  flag('TBI0', 38, 'The top byte of addresses that TTB0 translates is ignored.', CACHED),
  flag('TBI1', 39, 'The top byte of addresses that TTB1 translates is ignored.', CACHED),
  flag('PAN', 40, 'Privileged data accesses to pages that are accessible without privilege fault.', EL1),
  code('AA64', 41, 41, 'Form of the stage-1 tables.', {
    0: ['VMSAv8-32-LPAE', 'AArch32 long descriptors.'],
    1: ['VMSAv8-64', 'AArch64 descriptors.'],
  }, CACHED),
  flag('HD', 42, 'Hardware sets the dirty state in stage-1 descriptors; needs HA.', { ...CACHED, needs: 'HTTU' }),
  flag('HA', 43, 'Hardware sets the access flag in stage-1 descriptors.', { ...CACHED, needs: 'HTTU' }),
  flag('S', 44, 'A stage-1 fault stalls the transaction.', { section: '5.5' }),
  flag('R', 45, 'A stage-1 fault that terminates is recorded.', { section: '5.5' }),
  flag('A', 46, 'A stage-1 fault that terminates aborts the transaction; else it is RAZ/WI.', { section: '5.5' }),
  flag('ASET', 47, 'The ASID is private to the SMMU: broadcast invalidation by ASID need not reach its entries.', CACHED),
  uint('ASID', 63, 48, 'ASID that tags the TLB entries of non-global pages.', EL1),
];

const WORD_1 = [
  flag('NSCFG0', 64, 'Non-secure attribute of walks from TTB0 of a Secure stream.', { needs: 'Secure' }),
  flag('HAD0', 65, 'Permission and other attributes of table descriptors below TTB0 are ignored.', { ...CACHED, needs: 'HAD' }),
  flag('E0PD0', 66, 'Unprivileged accesses to the half of TTB0 fault.', { since: 'v3.3', needs: 'E0PD' }),
  flag('HAFT', 67, 'Hardware sets the access flag in table descriptors.', { ...V3_4, needs: 'HTTU' }),
  addr('TTB0', 115, 68, 'by-config', 'Base of the tables of the lower half: an IPA when the stream is nested, else a PA.', HALF_0),
  res0(119, 116, HIGH_BITS, V3_4),
  res0(121, 120),
  flag('PnCH', 122, 'The contiguous bit marks protected descriptors.', { ...V3_4, needs: 'THE' }),
  flag('EPAN', 123, 'PAN also covers pages that are executable without privilege.', { ...V3_4, needs: 'EPAN' }),
  flag('HWU059', 124, 'Bit 59 of descriptors below TTB0 is for hardware use.', { needs: 'PBHA' }),
  flag('HWU060', 125, 'Bit 60 of descriptors below TTB0 is for hardware use.', { needs: 'PBHA' }),
  flag('HWU061', 126, 'Bit 61 of descriptors below TTB0 is for hardware use.', { needs: 'PBHA' }),
  flag('HWU062', 127, 'Bit 62 of descriptors below TTB0 is for hardware use.', { needs: 'PBHA' }),
];

const WORD_2 = [
  flag('NSCFG1', 128, 'Non-secure attribute of walks from TTB1 of a Secure stream.', { needs: 'Secure' }),
  flag('HAD1', 129, 'Permission and other attributes of table descriptors below TTB1 are ignored.', { ...CACHED, needs: 'HAD' }),
  flag('E0PD1', 130, 'Unprivileged accesses to the half of TTB1 fault.', { since: 'v3.3', needs: 'E0PD' }),
  flag('AIE', 131, 'Memory attributes use the extended index.', { ...V3_4, needs: 'AIE' }),
  addr('TTB1', 179, 132, 'by-config', 'Base of the tables of the upper half: an IPA when the stream is nested, else a PA.', HALF_1),
  res0(183, 180, HIGH_BITS, V3_4),
  res0(185, 184),
  flag('DS', 186, '52-bit stage-1 descriptors with 4K and 16K granules.', { since: 'v3.3', needs: 'DS' }),
  flag('PIE', 187, 'Stage-1 permission indirection.', { ...V3_4, needs: 'S1PI' }),
  flag('HWU159', 188, 'Bit 59 of descriptors below TTB1 is for hardware use.', { needs: 'PBHA' }),
  flag('HWU160', 189, 'Bit 60 of descriptors below TTB1 is for hardware use.', { needs: 'PBHA' }),
  flag('HWU161', 190, 'Bit 61 of descriptors below TTB1 is for hardware use.', { needs: 'PBHA' }),
  flag('HWU162', 191, 'Bit 62 of descriptors below TTB1 is for hardware use.', { needs: 'PBHA' }),
];

const WORDS_3_TO_7 = [
  uint('MAIR0', 223, 192, 'Memory attributes 0 to 3, a byte each, chosen by AttrIndx of the descriptor.', CACHED),
  uint('MAIR1', 255, 224, 'Memory attributes 4 to 7.', CACHED),
  uint('AMAIR0', 287, 256, 'Auxiliary attributes 0 to 3; implementation defined.', CACHED),
  uint('AMAIR1', 319, 288, 'Auxiliary attributes 4 to 7; implementation defined.', CACHED),
  impdef(351, 320),
  uint('PARTID', 367, 352, 'Memory partition of the context.', { needs: 'MPAM' }),
  uint('PMG', 375, 368, 'Performance monitoring group.', { needs: 'MPAM' }),
  res0(383, 376),
  uint('PIIU', 431, 384, 'Sixteen unprivileged permissions by index, 3 bits each.', { ...V3_4, needs: 'S1PI', cachedInTlb: true }),
  res0(447, 432),
  uint('PIIP', 495, 448, 'Sixteen privileged permissions by index, 3 bits each.', { ...V3_4, needs: 'S1PI', cachedInTlb: true }),
  res0(511, 496),
];

export const CD = defineRecord({
  id: 'CD',
  title: 'Context Descriptor',
  bytes: 64,
  section: '5.4',
  fields: [...WORD_0_HALVES, ...WORD_0_CONTEXT, ...WORD_1, ...WORD_2, ...WORDS_3_TO_7],
});
