/** Commands (IHI 0070 4.1 to 4.8): 16 bytes each, told apart by D0[7:0]. `needs` is what makes one CERROR_ILL elsewhere. */
import { MEMATTR, SHAREABILITY } from './codes.ts';
import { addr, code, defineTagged, flag, res0, uint } from './layout.ts';
import type { CaseSpec } from './layout.ts';

const SSec = flag('SSec', 10, 'StreamID is a Secure one; must be 0 in the Non-secure queue.', { section: '4.1.6' });
const SSV = flag('SSV', 11, 'SubstreamID is valid.');
const SubstreamID = uint('SubstreamID', 31, 12, 'Substream.');
const StreamID = uint('StreamID', 63, 32, 'Stream.');
const VMID = uint('VMID', 47, 32, 'Virtual machine.');
const ASID = uint('ASID', 63, 48, 'Address space.');
const LeafSte = flag('Leaf', 64, 'Only the STE and what hangs on it; else also the level-1 descriptors on its path.');
const LeafCd = flag('Leaf', 64, 'Only the CD; else also the level-1 descriptor on its path.');
const HIGH_BITS = res0(119, 116, 'Address bits [55:52] from v3.4.', { since: 'v3.4' });

/** Fields of invalidation by address (4.4.1.1). */
const RANGE = [
  uint('NUM', 16, 12, 'A range covers (NUM + 1) * 2^SCALE granules.', { section: '4.4.1.1', needs: 'RIL' }),
  uint('SCALE', 25, 20, 'A range covers (NUM + 1) * 2^SCALE granules.', { section: '4.4.1.1', needs: 'RIL' }),
  flag('Leaf', 64, 'Only entries of the last level; else also cached table descriptors on the path.'),
  flag('TTL128', 71, 'TTL describes 128-bit descriptors.', { since: 'v3.4', needs: 'D128' }),
  code('TTL', 73, 72, 'Level of the leaf entries; a hint when TG is not 0.', {
    0: ['any', 'No hint.'],
    1: ['L1', 'Leaf entries of level 1.'],
    2: ['L2', 'Leaf entries of level 2.'],
    3: ['L3', 'Leaf entries of level 3.'],
  }, { section: '4.4.1.1', needs: 'RIL' }),
  code('TG', 75, 74, 'Granule of the range; 0 invalidates one address.', {
    0: ['any', 'One address, of any granule.'],
    1: ['4K', 'A range of 4 KiB granules.'],
    2: ['16K', 'A range of 16 KiB granules.'],
    3: ['64K', 'A range of 64 KiB granules.'],
  }, { section: '4.4.1.1', needs: 'RIL' }),
];
const BY_VA = [...RANGE, addr('Address', 127, 76, 'iova', 'First address.')];
const BY_IPA = [...RANGE, addr('Address', 115, 76, 'ipa', 'First intermediate address.'), HIGH_BITS];

const PREFETCH: readonly CaseSpec[] = [
  { name: 'CMD_PREFETCH_CONFIG', number: 0x01, section: '4.2.1', doc: 'Hint: fetch the configuration of a stream into the cache. Never an event.',
    fields: [SSec, SSV, SubstreamID, StreamID] },
  { name: 'CMD_PREFETCH_ADDR', number: 0x02, section: '4.2.2', doc: 'Hint: fetch configuration and translations of 2^Size addresses.',
    fields: [SSec, SSV, SubstreamID, StreamID,
      uint('Size', 68, 64, 'log2 of the number of addresses.'),
      uint('Stride', 73, 69, 'Distance of the addresses: 2^(12 + Stride) bytes.'),
      flag('NS', 74, 'Non-secure address of a Secure stream.', { needs: 'Secure' }),
      addr('Address', 127, 76, 'iova', 'First address.')] },
];

const CONFIGURATION: readonly CaseSpec[] = [
  { name: 'CMD_CFGI_STE', number: 0x03, section: '4.3.1', doc: 'Invalidate the cached STE of a stream, with all its CDs.', fields: [SSec, StreamID, LeafSte] },
  { name: 'CMD_CFGI_STE_RANGE', number: 0x04, section: '4.3.2', doc: 'Invalidate the cached configuration of 2^(Range + 1) streams; Range 31 is CMD_CFGI_ALL.',
    fields: [SSec, StreamID, uint('Range', 68, 64, 'log2 of the number of streams, less 1; 31 is all.')] },
  { name: 'CMD_CFGI_CD', number: 0x05, section: '4.3.3', doc: 'Invalidate one cached CD; a single CD has index 0.', needs: 'S1P', fields: [SSec, SubstreamID, StreamID, LeafCd] },
  { name: 'CMD_CFGI_CD_ALL', number: 0x06, section: '4.3.4', doc: 'Invalidate all cached CDs of a stream.', needs: 'S1P', fields: [SSec, StreamID] },
  { name: 'CMD_CFGI_VMS_PIDM', number: 0x07, section: '4.3.5', doc: 'Invalidate the cached partition map of a virtual machine.', needs: 'MPAM', fields: [SSec, VMID] },
];

const TLBI_STAGE_1: readonly CaseSpec[] = [
  { name: 'CMD_TLBI_NH_ALL', number: 0x10, section: '4.4.2.1', doc: 'Invalidate every NS-EL1 stage-1 entry of a VMID, global ones too.', needs: 'S1P', fields: [VMID] },
  { name: 'CMD_TLBI_NH_ASID', number: 0x11, section: '4.4.2.2', doc: 'Invalidate the non-global NS-EL1 entries of a VMID and ASID.', needs: 'S1P', fields: [VMID, ASID] },
  { name: 'CMD_TLBI_NH_VA', number: 0x12, section: '4.4.2.4', doc: 'Invalidate NS-EL1 entries of an address, of the ASID or global.', needs: 'S1P', fields: [VMID, ASID, ...BY_VA] },
  { name: 'CMD_TLBI_NH_VAA', number: 0x13, section: '4.4.2.3', doc: 'Invalidate NS-EL1 entries of an address, of every ASID.', needs: 'S1P', fields: [VMID, ...BY_VA] },
  { name: 'CMD_TLBI_EL3_ALL', number: 0x18, section: '4.4.2.5', doc: 'Invalidate every EL3 entry.', needs: 'Secure', fields: [] },
  { name: 'CMD_TLBI_EL3_VA', number: 0x1a, section: '4.4.2.6', doc: 'Invalidate EL3 entries of an address.', needs: 'Secure', fields: BY_VA },
  { name: 'CMD_TLBI_EL2_ALL', number: 0x20, section: '4.4.2.7', doc: 'Invalidate every EL2 and EL2-E2H entry.', needs: 'Hyp', fields: [] },
  { name: 'CMD_TLBI_EL2_ASID', number: 0x21, section: '4.4.2.10', doc: 'Invalidate the non-global EL2-E2H entries of an ASID.', needs: 'Hyp', fields: [ASID] },
  { name: 'CMD_TLBI_EL2_VA', number: 0x22, section: '4.4.2.8', doc: 'Invalidate EL2 entries of an address; with E2H of the ASID or global.', needs: 'Hyp', fields: [ASID, ...BY_VA] },
  { name: 'CMD_TLBI_EL2_VAA', number: 0x23, section: '4.4.2.9', doc: 'Invalidate EL2 entries of an address, of every ASID.', needs: 'Hyp', fields: BY_VA },
];

const TLBI_OTHER: readonly CaseSpec[] = [
  { name: 'CMD_TLBI_S12_VMALL', number: 0x28, section: '4.4.3.2', doc: 'Invalidate every NS-EL1 entry of a VMID, of both stages.', needs: 'S2P', fields: [VMID] },
  { name: 'CMD_TLBI_S2_IPA', number: 0x2a, section: '4.4.3.1', doc: 'Invalidate stage-2 entries of an IPA; entries that combine both stages need not go.', needs: 'S2P', fields: [VMID, ...BY_IPA] },
  { name: 'CMD_TLBI_NSNH_ALL', number: 0x30, section: '4.4.4.1', doc: 'Invalidate every NS-EL1 entry of every VMID and stage.', fields: [] },
  { name: 'CMD_TLBI_S_EL2_ALL', number: 0x50, section: '4.4.2.11', doc: 'Secure CMD_TLBI_EL2_ALL.', needs: 'Secure', fields: [] },
  { name: 'CMD_TLBI_S_EL2_ASID', number: 0x51, section: '4.4.2.14', doc: 'Secure CMD_TLBI_EL2_ASID.', needs: 'Secure', fields: [ASID] },
  { name: 'CMD_TLBI_S_EL2_VA', number: 0x52, section: '4.4.2.12', doc: 'Secure CMD_TLBI_EL2_VA.', needs: 'Secure', fields: [ASID, ...BY_VA] },
  { name: 'CMD_TLBI_S_EL2_VAA', number: 0x53, section: '4.4.2.13', doc: 'Secure CMD_TLBI_EL2_VAA.', needs: 'Secure', fields: BY_VA },
  { name: 'CMD_TLBI_S_S12_VMALL', number: 0x58, section: '4.4.3.4', doc: 'Secure CMD_TLBI_S12_VMALL.', needs: 'Secure', fields: [VMID] },
  { name: 'CMD_TLBI_S_S2_IPA', number: 0x5a, section: '4.4.3.3', doc: 'Secure CMD_TLBI_S2_IPA.', needs: 'Secure', fields: [VMID, ...BY_IPA] },
  { name: 'CMD_TLBI_SNH_ALL', number: 0x60, section: '4.4.4.2', doc: 'Secure CMD_TLBI_NSNH_ALL.', needs: 'Secure', fields: [] },
];

const ATS_AND_PRI: readonly CaseSpec[] = [
  { name: 'CMD_ATC_INV', number: 0x40, section: '4.5.1', doc: 'Invalidate translations that a device caches.', needs: 'ATS',
    fields: [flag('Global', 9, 'Of every SubstreamID; needs SSV.'), SSV, SubstreamID, StreamID,
      uint('Size', 69, 64, '4096 * 2^Size bytes, aligned; 52 is everything.'),
      addr('Address', 127, 76, 'iova', 'First address.')] },
  { name: 'CMD_PRI_RESP', number: 0x41, section: '4.5.2', doc: 'Answer a group of page requests.', needs: 'PRI',
    fields: [SSV, SubstreamID, StreamID,
      uint('PRGIndex', 72, 64, 'Which group.'),
      code('Resp', 77, 76, 'The answer.', {
        0: ['Failure', 'Response Failure: the device must stop requesting.'],
        1: ['Invalid', 'Invalid Request: a page cannot be made available.'],
        2: ['Success', 'All pages are available.'],
        3: ['reserved', 'CERROR_ILL.'],
      })] },
];

const FAULTS_AND_SYNC: readonly CaseSpec[] = [
  { name: 'CMD_RESUME', number: 0x44, section: '4.7.1', doc: 'Retry or terminate a stalled transaction.', needs: 'STALL_MODEL',
    fields: [SSec, StreamID,
      flag('Ac', 12, 'Retry the transaction; when 0 terminate it.'),
      flag('Ab', 13, 'Terminate with an abort; when 0 as RAZ/WI. Ac is 0.'),
      uint('STAG', 79, 64, 'The transaction, as its event record named it.')] },
  { name: 'CMD_STALL_TERM', number: 0x45, section: '4.7.2', doc: 'Terminate every stalled transaction of a stream with an abort.', needs: 'STALL_MODEL', fields: [SSec, StreamID] },
  { name: 'CMD_SYNC', number: 0x46, section: '4.7.3', doc: 'Complete when every command before it has; then signal.',
    fields: [
      code('CS', 13, 12, 'The completion signal.', {
        0: ['SIG_NONE', 'None.'],
        1: ['SIG_IRQ', 'Interrupt: an MSI to MSIAddress, or a wired one.'],
        2: ['SIG_SEV', 'Send an event to the processors.'],
        3: ['reserved', 'CERROR_ILL.'],
      }),
      code('MSH', 23, 22, 'Shareability of the MSI.', SHAREABILITY, { needs: 'MSI' }),
      code('MSIAttr', 27, 24, 'Memory type of the MSI.', MEMATTR, { needs: 'MSI' }),
      uint('MSIData', 63, 32, 'Word that the MSI writes.', { needs: 'MSI' }),
      addr('MSIAddress', 115, 66, 'pa', 'Where the MSI writes; 0 sends none.', { needs: 'MSI' }), HIGH_BITS] },
];

const DEVICE_PERMISSION_TABLE: readonly CaseSpec[] = [
  { name: 'CMD_DPTI_ALL', number: 0x70, section: '4.6.1', doc: 'Invalidate every cached Device Permission Table entry.', needs: 'DPT', since: 'v3.4', fields: [] },
  { name: 'CMD_DPTI_PA', number: 0x73, section: '4.6.2', doc: 'Invalidate cached Device Permission Table entries of an address.', needs: 'DPT', since: 'v3.4',
    fields: [flag('Leaf', 64, 'Only entries of the last level.'), uint('SIZE', 75, 72, 'Size of the region, as a code.'), addr('Address', 119, 76, 'pa', 'First address.')] },
];

export const COMMANDS = defineTagged({
  id: 'CMD',
  title: 'Command',
  bytes: 16,
  section: '4.1',
  tag: { name: 'Opcode', hi: 7, lo: 0, doc: 'Which command.' },
  cases: [...PREFETCH, ...CONFIGURATION, ...TLBI_STAGE_1, ...TLBI_OTHER, ...ATS_AND_PRI, ...FAULTS_AND_SYNC, ...DEVICE_PERMISSION_TABLE],
});

/** The command's name; opcodes 0x80 to 0x8F are implementation defined, others without a name reserved. */
export function commandName(opcode: number): string {
  const digits = `0x${opcode.toString(16).padStart(2, '0')}`;
  return COMMANDS.byNumber.get(opcode)?.id ?? (opcode >= 0x80 && opcode <= 0x8f ? `IMPDEF_${digits}` : `RESERVED_${digits}`);
}

/** Command errors in CMDQ_CONS.ERR (7.1). */
export const CERROR = { NONE: 0, ILL: 1, ABT: 2, ATC_INV_SYNC: 3 } as const;
