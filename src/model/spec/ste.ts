/** The Stream Table Entry (IHI 0070 5.2): 64 bytes, one for each StreamID; owned by the hypervisor. */
import { ADDRESS_SIZE, ENDIANNESS, FETCH_CACHEABILITY, INSTCFG, MEMATTR, MTCFG, PRIVCFG, SHAREABILITY, SHCFG, TG0, WALK_CACHEABILITY } from './codes.ts';
import { addr, code, defineRecord, flag, ignored, impdef, res0, uint } from './layout.ts';

const S1 = { usedWhen: 'Config = 1x1' } as const;
const S2 = { usedWhen: 'Config = 11x' } as const;
const S2_CACHED = { ...S2, cachedInTlb: true } as const;
const S1_SUBSTREAMS = { usedWhen: 'Config = 1x1 and IDR1.SSIDSIZE is not 0' } as const;
const SECURE = { needs: 'Secure' } as const;
const OVERRIDE = { usedWhen: 'Config = 1xx', needs: 'ATTR_TYPES_OVR' } as const;
const PERMISSION_OVERRIDE = { usedWhen: 'Config = 1xx', needs: 'ATTR_PERMS_OVR' } as const;
const V3_4 = { since: 'v3.4' } as const;
const HIGH_BITS = 'Address bits [55:52] from v3.4.';

const WORD_0 = [
  flag('V', 0, 'The entry is valid; when 0 every other field is ignored and the entry is ILLEGAL.'),
  code('Config', 3, 1, 'What happens to transactions of the stream: which stages translate.', {
    0: ['abort', 'Abort, no event.'],
    1: ['abort-1', 'Abort, no event.'],
    2: ['abort-2', 'Abort, no event.'],
    3: ['abort-3', 'Abort, no event.'],
    4: ['bypass', 'Neither stage translates.'],
    5: ['S1', 'Stage 1 translates, stage 2 is bypassed.'],
    6: ['S2', 'Stage 2 translates, stage 1 is bypassed.'],
    7: ['nested', 'Stage 1 translates, then stage 2.'],
  }),
  code('S1Fmt', 5, 4, 'Form of the table of CDs.', {
    0: ['linear', 'One CD, or a linear table of CDs.'],
    1: ['4K-L2', 'Two levels, leaf tables of 4 KiB (64 CDs).'],
    2: ['64K-L2', 'Two levels, leaf tables of 64 KiB (1024 CDs).'],
    3: ['reserved', 'Acts as linear.'],
  }, { usedWhen: 'Config = 1x1, S1CDMax and IDR1.SSIDSIZE are not 0', needs: 'CD2L' }),
  addr('S1ContextPtr', 51, 6, 'by-config', 'Address of the CD or of the table of CDs: an IPA when Config is nested, else a PA.', S1),
  res0(55, 52, HIGH_BITS, V3_4),
  res0(58, 56),
  uint('S1CDMax', 63, 59, 'log2 of the number of CDs; 0 switches substreams off.', S1_SUBSTREAMS),
];

const WORD_1_STAGE_1 = [
  code('S1DSS', 65, 64, 'What a transaction without SubstreamID does on a stream that has substreams.', {
    0: ['terminate', 'Abort with F_STREAM_DISABLED.'],
    1: ['bypass', 'Bypass stage 1.'],
    2: ['substream-0', 'Use CD 0; SubstreamID 0 itself is then refused.'],
    3: ['reserved', 'Acts as terminate.'],
  }, { usedWhen: 'Config = 1x1, S1CDMax and IDR1.SSIDSIZE are not 0' }),
  code('S1CIR', 67, 66, 'Inner cacheability of fetches of CDs.', FETCH_CACHEABILITY, S1),
  code('S1COR', 69, 68, 'Outer cacheability of fetches of CDs.', FETCH_CACHEABILITY, S1),
  code('S1CSH', 71, 70, 'Shareability of fetches of CDs.', SHAREABILITY, S1),
  flag('S2HWU59', 72, 'Bit 59 of stage-2 descriptors is for hardware use.', { ...S2, needs: 'PBHA' }),
  flag('S2HWU60', 73, 'Bit 60 of stage-2 descriptors is for hardware use.', { ...S2, needs: 'PBHA' }),
  flag('S2HWU61', 74, 'Bit 61 of stage-2 descriptors is for hardware use.', { ...S2, needs: 'PBHA' }),
  flag('S2HWU62', 75, 'Bit 62 of stage-2 descriptors is for hardware use.', { ...S2, needs: 'PBHA' }),
  flag('DRE', 76, 'Destructive reads are allowed; else they become ordinary reads.', { usedWhen: 'Config = 1xx' }),
  uint('CONT', 80, 77, 'log2 of the number of neighbouring STEs that are identical: a hint for the cache, never widens a CFGI command.'),
  flag('DCP', 81, 'Directed cache prefetches are allowed.', { usedWhen: 'Config = 1xx' }),
  flag('PPAR', 82, 'Automatic responses to page requests carry the PASID.', { needs: 'PRI' }),
  flag('MEV', 83, 'Similar events of this stream may be merged.'),
  ignored('SW_RESERVED', 87, 84, 'For software; the SMMU ignores it.'),
  flag('S1PIE', 88, 'Stage-1 permission indirection is allowed.', { ...S1, ...V3_4 }),
  flag('S2FWB', 89, 'Stage 2 can force the memory type to write-back (changes the meaning of MemAttr in stage-2 descriptors).', { ...S2_CACHED, since: 'v3.2', needs: 'FWB' }),
  flag('S1MPAM', 90, 'CDs of the stream choose the memory partition.', { ...S1, needs: 'MPAM' }),
  flag('S1STALLD', 91, 'Stage 1 must not stall: a CD with S = 1 is ILLEGAL.', S1),
];

const WORD_1_STREAM = [
  code('EATS', 93, 92, 'What the device may do with PCIe ATS.', {
    0: ['off', 'Translation requests and Translated transactions are refused.'],
    1: ['full', 'Translation requests return a PA; Translated transactions bypass.'],
    2: ['split-stage', 'Translation requests return an IPA; Translated transactions go through stage 2.'],
    3: ['DPT', 'Translated transactions are checked by the Device Permission Table; acts as off without DPT.'],
  }, { usedWhen: 'Config is neither 0xx nor 100', needs: 'ATS' }),
  code('STRW', 95, 94, 'StreamWorld: the exception level whose translation regime the stream uses.', {
    0: ['NS-EL1', 'EL1: tagged with VMID and ASID.'],
    1: ['reserved', 'The STE is ILLEGAL.'],
    2: ['EL2', 'EL2, or EL2-E2H when CR2.E2H is 1.'],
    3: ['reserved-3', 'The STE is ILLEGAL.'],
  }, { usedWhen: 'Config = 101 and IDR0.Hyp is 1; other streams are NS-EL1', needs: 'Hyp' }),
  code('MemAttr', 99, 96, 'Memory type when MTCFG is 1.', MEMATTR, OVERRIDE),
  code('MTCFG', 100, 100, 'Where the memory type comes from.', MTCFG, OVERRIDE),
  uint('ALLOCCFG', 104, 101, 'Allocation hints: 0xxx as the transaction says, else 1 and read-allocate, write-allocate, transient.', OVERRIDE),
  res0(107, 105),
  code('SHCFG', 109, 108, 'Shareability; note that 0 is Non-shareable and 1 is incoming.', SHCFG, OVERRIDE),
  uint('NSCFG', 111, 110, 'Non-secure attribute of a Secure stream; ignored in the Non-secure stream table.', SECURE),
  code('PRIVCFG', 113, 112, 'Privilege of transactions.', PRIVCFG, PERMISSION_OVERRIDE),
  code('INSTCFG', 115, 114, 'Instruction or data; of reads only, writes are always data.', INSTCFG, PERMISSION_OVERRIDE),
  impdef(127, 116),
];

const WORD_2 = [
  uint('S2VMID', 143, 128, 'VMID that tags TLB entries: of stage 2, and of a stage-1-only NS-EL1 stream too when IDR0.S2P is 1.', {
    usedWhen: 'Config = 11x, or Config = 101 with StreamWorld NS-EL1', needs: 'S2P', cachedInTlb: true,
  }),
  impdef(159, 144),
  uint('S2T0SZ', 165, 160, 'Stage 2 translates an IPA of 64 - S2T0SZ bits.', S2_CACHED),
  uint('S2SL0', 167, 166, 'Start level of the stage-2 walk; its meaning depends on S2TG.', S2_CACHED),
  code('S2IR0', 169, 168, 'Inner cacheability of stage-2 walks.', WALK_CACHEABILITY, S2_CACHED),
  code('S2OR0', 171, 170, 'Outer cacheability of stage-2 walks.', WALK_CACHEABILITY, S2_CACHED),
  code('S2SH0', 173, 172, 'Shareability of stage-2 walks.', SHAREABILITY, S2_CACHED),
  code('S2TG', 175, 174, 'Stage-2 granule.', TG0, S2_CACHED),
  code('S2PS', 178, 176, 'Output address size of stage 2; the smaller of it and OAS is used.', ADDRESS_SIZE, S2_CACHED),
  code('S2AA64', 179, 179, 'Form of the stage-2 tables.', {
    0: ['VMSAv8-32-LPAE', 'AArch32 long descriptors.'],
    1: ['VMSAv8-64', 'AArch64 descriptors.'],
  }, S2_CACHED),
  code('S2ENDI', 180, 180, 'Endianness of the stage-2 tables.', ENDIANNESS, S2_CACHED),
  flag('S2AFFD', 181, 'An access flag of 0 is treated as 1 instead of faulting; ignored when S2HA is 1.', S2_CACHED),
  flag('S2PTW', 182, 'A stage-1 walk or CD fetch that stage 2 maps as Device faults with F_PERMISSION.', { usedWhen: 'Config = 111', cachedInTlb: true }),
  flag('S2HD', 183, 'Hardware sets the dirty state in stage-2 descriptors; needs S2HA.', { ...S2_CACHED, needs: 'HTTU' }),
  flag('S2HA', 184, 'Hardware sets the access flag in stage-2 descriptors.', { ...S2_CACHED, needs: 'HTTU' }),
  flag('S2S', 185, 'A stage-2 fault stalls the transaction.', S2),
  flag('S2R', 186, 'A stage-2 fault that terminates is recorded.', S2),
  flag('S2HAFT', 187, 'Hardware sets the access flag in stage-2 table descriptors.', { ...S2, ...V3_4 }),
  flag('S2PIE', 188, 'Stage-2 permission indirection.', { ...S2, ...V3_4, needs: 'S2PI' }),
  flag('S2POE', 189, 'Stage-2 permission overlay.', { ...S2, ...V3_4, needs: 'S2PO' }),
  uint('DPT_VMATCH', 191, 190, 'How the Device Permission Table compares the VMID.', { ...V3_4, needs: 'DPT' }),
];

const WORD_3 = [
  flag('S2NSW', 192, 'Non-secure walks of a Secure stream.', SECURE),
  flag('S2NSA', 193, 'Non-secure output of a Secure stream.', SECURE),
  flag('S2SL0_2', 194, 'Third bit of S2SL0 with 52-bit descriptors.', { ...S2, since: 'v3.3', needs: 'DS' }),
  flag('S2DS', 195, '52-bit stage-2 descriptors with 4K and 16K granules.', { ...S2, since: 'v3.3', needs: 'DS' }),
  addr('S2TTB', 243, 196, 'pa', 'Base of the stage-2 tables; bits below the alignment of the table are taken as 0.', S2_CACHED),
  res0(247, 244, HIGH_BITS, V3_4),
  res0(252, 248),
  uint('S2SKL', 254, 253, 'Skipped levels with 128-bit descriptors.', { ...V3_4, needs: 'D128' }),
  res0(255, 255),
];

const WORDS_4_TO_6 = [
  impdef(271, 256),
  uint('PARTID', 287, 272, 'Memory partition of the stream.', { needs: 'MPAM' }),
  uint('S_S2T0SZ', 293, 288, 'S2T0SZ of Secure IPAs.', SECURE),
  uint('S_S2SL0', 295, 294, 'S2SL0 of Secure IPAs.', SECURE),
  res0(301, 296),
  uint('S_S2TG', 303, 302, 'S2TG of Secure IPAs.', SECURE),
  uint('MECID', 319, 304, 'Memory encryption context of a Realm stream.', { ...V3_4, needs: 'MEC' }),
  uint('PMG', 327, 320, 'Performance monitoring group.', { needs: 'MPAM' }),
  flag('MPAM_NS', 328, 'Partition space of a Secure stream.', { needs: 'MPAM' }),
  flag('AssuredOnly', 329, 'Stage 2 accepts assured translations only.', { ...V3_4, needs: 'THE' }),
  flag('TL0', 330, 'Top-level table attribute 0.', { ...V3_4, needs: 'THE' }),
  flag('TL1', 331, 'Top-level table attribute 1.', { ...V3_4, needs: 'THE' }),
  addr('VMSPtr', 371, 332, 'pa', 'Address of the Virtual Machine Structure.', { usedWhen: 'Config = 111 and S1MPAM is 1', needs: 'MPAM' }),
  res0(375, 372, HIGH_BITS, V3_4),
  res0(383, 376),
  flag('S2SW', 384, 'Secure walks of Secure IPAs.', SECURE),
  flag('S2SA', 385, 'Secure output of Secure IPAs.', SECURE),
  flag('S_S2SL0_2', 386, 'Third bit of S_S2SL0.', SECURE),
  res0(387, 387),
  addr('S_S2TTB', 435, 388, 'pa', 'Base of the stage-2 tables of Secure IPAs.', SECURE),
  res0(439, 436, HIGH_BITS, V3_4),
  res0(444, 440),
  uint('S_S2SKL', 446, 445, 'Skipped levels of the tables of Secure IPAs.', SECURE),
  res0(447, 447),
];

const overlay = <const N extends string>(name: N, index: number) =>
  uint(name, 451 + 4 * index, 448 + 4 * index, `Stage-2 overlay permission ${index}.`, { ...V3_4, needs: 'S2PO' });

const WORD_7 = [
  overlay('S2POI0', 0), overlay('S2POI1', 1), overlay('S2POI2', 2), overlay('S2POI3', 3),
  overlay('S2POI4', 4), overlay('S2POI5', 5), overlay('S2POI6', 6), overlay('S2POI7', 7),
  overlay('S2POI8', 8), overlay('S2POI9', 9), overlay('S2POI10', 10), overlay('S2POI11', 11),
  overlay('S2POI12', 12), overlay('S2POI13', 13), overlay('S2POI14', 14), overlay('S2POI15', 15),
];

export const STE = defineRecord({
  id: 'STE',
  title: 'Stream Table Entry',
  bytes: 64,
  section: '5.2',
  fields: [...WORD_0, ...WORD_1_STAGE_1, ...WORD_1_STREAM, ...WORD_2, ...WORD_3, ...WORDS_4_TO_6, ...WORD_7],
});
