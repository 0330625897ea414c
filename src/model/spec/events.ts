/** Event records (IHI 0070 7.3): 32 bytes each, told apart by D0[7:0]. Fields that a record does not have are 0. */
import { addr, code, defineTagged, flag, res0, uint } from './layout.ts';
import type { CaseSpec } from './layout.ts';

const StreamID = uint('StreamID', 63, 32, 'Stream of the transaction.');
const SubstreamID = uint('SubstreamID', 31, 12, 'Substream of the transaction; valid when SSV is 1.');
const SSV = flag('SSV', 11, 'The transaction had a SubstreamID.');
const STREAM = [StreamID, SubstreamID, SSV];

const STALL = [
  uint('STAG', 79, 64, 'Names the stalled transaction in CMD_RESUME; valid when Stall is 1.', { needs: 'STALL_MODEL' }),
  flag('Stall', 95, 'The transaction is stalled and waits for CMD_RESUME or CMD_STALL_TERM.', { needs: 'STALL_MODEL' }),
];

const PnU = flag('PnU', 97, 'Privileged (1) or unprivileged, after STE.PRIVCFG.');
const InD = flag('InD', 98, 'Instruction (1) or data, after STE.INSTCFG; 0 for writes.');
const RnW = flag('RnW', 99, 'Read (1) or write, of the transaction itself.');
const ACCESS = [PnU, InD, RnW];

const S2 = flag('S2', 103, 'The fault is one of stage 2.');
const Class = code('Class', 105, 104, 'What was being done when the fault came.', {
  0: ['CD', 'Fetching a CD.'],
  1: ['TT', 'Walking a table of stage 1.'],
  2: ['IN', 'Translating the input address.'],
  3: ['reserved', 'Reserved.'],
});
const NSIPA = flag('NSIPA', 102, 'The IPA is Non-secure; 0 in the Non-secure queue.', { needs: 'Secure' });
const InputAddr = addr('InputAddr', 191, 128, 'iova', 'Address of the transaction, unmodified, with its top byte.');
const InputPage = addr('InputAddr', 191, 140, 'iova', 'Address of the request, in pages of 4 KiB.');
const HIGH_BITS = res0(247, 244, 'Address bits [55:52] from v3.4.', { since: 'v3.4' });
const IPA = [addr('IPA', 243, 204, 'ipa', 'Page of the intermediate address that stage 2 refused; valid when S2 is 1.'), HIGH_BITS];
const FetchAddr = [addr('FetchAddr', 243, 195, 'pa', 'Physical address whose fetch failed.'), HIGH_BITS];
const Reason = uint('Reason', 79, 64, 'Implementation defined reason.');
const Reason32 = uint('Reason', 95, 64, 'Implementation defined reason.');
const GPCF = flag('GPCF', 80, 'The fetch failed a granule protection check.', { since: 'v3.4', needs: 'RME' });

const TRANSLATION_FAULT = [...STREAM, ...STALL, ...ACCESS, NSIPA, S2, Class, InputAddr, ...IPA];

const CONFIGURATION: readonly CaseSpec[] = [
  { name: 'F_UUT', number: 0x01, section: '7.3.2', doc: 'The SMMU does not support this type of transaction.',
    fields: [...STREAM, ...ACCESS, InputAddr, Reason] },
  { name: 'C_BAD_STREAMID', number: 0x02, section: '7.3.3', doc: 'The StreamID is outside the stream table.', fields: STREAM },
  { name: 'F_STE_FETCH', number: 0x03, section: '7.3.4', doc: 'Fetching the STE failed.', fields: [...STREAM, Reason, GPCF, ...FetchAddr] },
  { name: 'C_BAD_STE', number: 0x04, section: '7.3.5', doc: 'The STE is ILLEGAL.', fields: STREAM },
  { name: 'F_BAD_ATS_TREQ', number: 0x05, section: '7.3.6', doc: 'An ATS translation request came from a stream that may not make any.', needs: 'ATS',
    fields: [...STREAM, InputPage,
      uint('Span', 67, 64, 'Length of the request in smallest translation units.'),
      flag('P', 92, 'The request is privileged.'), flag('X', 93, 'The request asks for execution.'),
      flag('W', 94, 'The request asks for writing.'), flag('R', 95, 'The request asks for reading.')] },
  { name: 'F_STREAM_DISABLED', number: 0x06, section: '7.3.7', doc: 'STE.S1DSS refuses the transaction: it has no SubstreamID, or SubstreamID 0 where CD 0 is for those.', fields: [StreamID] },
  { name: 'F_TRANSL_FORBIDDEN', number: 0x07, section: '7.3.8', doc: 'An ATS Translated transaction came from a stream that may not make any.', needs: 'ATS', fields: [StreamID, RnW, InputAddr] },
  { name: 'C_BAD_SUBSTREAMID', number: 0x08, section: '7.3.9', doc: 'The SubstreamID has no CD, or the stream takes none.',
    fields: [StreamID, uint('SubstreamID', 31, 12, 'Substream of the transaction; 0 when it had none.')] },
  { name: 'F_CD_FETCH', number: 0x09, section: '7.3.10', doc: 'Fetching the CD failed.', fields: [...STREAM, Reason, GPCF, ...FetchAddr] },
  { name: 'C_BAD_CD', number: 0x0a, section: '7.3.11', doc: 'The CD is ILLEGAL.', fields: STREAM },
];

const TRANSLATION: readonly CaseSpec[] = [
  { name: 'F_WALK_EABT', number: 0x0b, section: '7.3.12', doc: 'Fetching a translation table descriptor failed.',
    fields: [...STREAM, Reason, GPCF, ...ACCESS, S2, Class, InputAddr, ...FetchAddr] },
  { name: 'F_TRANSLATION', number: 0x10, section: '7.3.13', doc: 'No translation: the address is out of range or a descriptor is invalid.', fields: TRANSLATION_FAULT },
  { name: 'F_ADDR_SIZE', number: 0x11, section: '7.3.14', doc: 'An output address, or the address of a table, is too large.', fields: TRANSLATION_FAULT },
  { name: 'F_ACCESS', number: 0x12, section: '7.3.15', doc: 'The access flag of the page is 0.', fields: TRANSLATION_FAULT },
  { name: 'F_PERMISSION', number: 0x13, section: '7.3.16', doc: 'The page does not permit the access.',
    fields: [...TRANSLATION_FAULT, flag('TTRnW', 108, 'Read (1) or write of the stage-1 descriptor that stage 2 refused; valid when Class is TT.')] },
];

const LATER: readonly CaseSpec[] = [
  { name: 'F_TLB_CONFLICT', number: 0x20, section: '7.3.17', doc: 'Two TLB entries match the address.',
    fields: [...STREAM, Reason32, ...ACCESS, S2, InputAddr, ...IPA] },
  { name: 'F_CFG_CONFLICT', number: 0x21, section: '7.3.18', doc: 'Two cached configurations match the stream.', fields: [...STREAM, Reason32] },
  { name: 'E_PAGE_REQUEST', number: 0x24, section: '7.3.19', doc: 'A hint that pages will be accessed.',
    fields: [...STREAM, InputPage,
      uint('Span', 115, 108, 'Number of pages of 4 KiB.'),
      flag('pR', 103, 'Privileged read.'), flag('pW', 102, 'Privileged write.'), flag('pX', 101, 'Privileged execute.'),
      flag('uR', 99, 'Unprivileged read.'), flag('uW', 98, 'Unprivileged write.'), flag('uX', 97, 'Unprivileged execute.')] },
  { name: 'F_VMS_FETCH', number: 0x25, section: '7.3.20', doc: 'Fetching the Virtual Machine Structure failed.', needs: 'MPAM', fields: [...STREAM, Reason, GPCF, ...FetchAddr] },
];

export const EVENTS = defineTagged({
  id: 'EVENT',
  title: 'Event record',
  bytes: 32,
  section: '7.3',
  tag: { name: 'EventNumber', hi: 7, lo: 0, doc: 'Which event.' },
  cases: [...CONFIGURATION, ...TRANSLATION, ...LATER],
});

/** The event's name; numbers 0xE0 to 0xEF are implementation defined, others without a name reserved. */
export function eventName(number: number): string {
  const digits = `0x${number.toString(16).padStart(2, '0')}`;
  return EVENTS.byNumber.get(number)?.id ?? (number >= 0xe0 && number <= 0xef ? `IMPDEF_${digits}` : `RESERVED_${digits}`);
}
