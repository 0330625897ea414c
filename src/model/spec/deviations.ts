/**
 * Where QEMU 11's SMMUv3 (10.0 and 11.1 measured) answers otherwise than the architecture, one switch each. The engine
 * takes any set of them, so that a lab can have exactly one; the profile `qemu-11` is all of them with QEMU's ID registers.
 */
export interface DeviationDef {
  readonly id: string;
  /** What QEMU does, in a sentence. */
  readonly doc: string;
  /** What the architecture says, and where. */
  readonly instead: string;
  readonly section: string;
}

const list = [
  { id: 'stage2-concatenation', section: 'DDI 0487 D8.2', doc: 'Of concatenated stage 2 start tables only the first is used: index bits beyond one table are dropped.', instead: 'the concatenated tables are one longer table' },
  { id: 'stage1-table-base', section: '3.4', doc: 'Only the base of a stage 1 table is translated by stage 2: a table larger than a stage 2 page is read where its first piece lies.', instead: 'the IPA of every descriptor is translated' },
  { id: 'tlb-read-permission', section: '13.4', doc: 'A TLB hit does not check permission to read; on a stage 2 only stream such a read is translated, then aborted.', instead: 'every access is checked against the permissions of both stages' },
  { id: 'stage2-hit-silent', section: '7.3.16', doc: 'On a stage 2 only stream a permission fault found on a TLB hit aborts without an event.', instead: 'F_PERMISSION with S2 = 1 is recorded under STE.S2R' },
  { id: 'ttb-at-configuration', section: '3.21.3', doc: 'TTB0 and TTB1 are translated by stage 2 when the CD is read, both of them, and the result is cached with the configuration: no TLBI removes it.', instead: 'a base address is translated when a walk uses it, under the TLB' },
  { id: 'configuration-whole', section: '3.21.3', doc: 'STE and CD are cached as one: an STE without a legal CD is not kept, and CMD_CFGI_CD makes the STE be fetched again.', instead: 'allowed; an STE may also be kept by itself' },
  { id: 'tbi', section: '5.4', doc: 'CD.TBI0 decides for both halves of the address space, CD.TBI1 for none.', instead: 'each half has its own' },
  { id: 'block-levels', section: 'DDI 0487 D8.3', doc: 'A block descriptor is accepted at every level, and only its base is checked against the output size.', instead: 'a block at a level that the granule does not allow is F_TRANSLATION' },
  { id: 'table-size', section: '7.3.14', doc: 'The address of a next-level table is not checked against IPS or S2PS.', instead: 'F_ADDR_SIZE' },
  { id: 'privileged', section: '13.8', doc: 'Every access counts as privileged.', instead: 'PnU of the transaction decides, unless STE.PRIVCFG does' },
  { id: 'event-ipa', section: '7.3.13', doc: 'The IPA field of an event holds IPA[11:0] too; a fault found on a TLB hit reports IPA 0.', instead: 'IPA[51:12] alone, of the page that faulted' },
  { id: 'stage1-table-event', section: '7.3.13', doc: 'A stage 2 fault on a stage 1 table below the root is recorded with S2 = 0 under CD.R, with the IPA of the table.', instead: 'S2 = 1, CLASS TT, under STE.S2R, with the IPA of the descriptor' },
  { id: 'event-access', section: '7.3', doc: 'RnW is 1 for faults of the CD and of root tables; PnU, InD and TTRnW are 0.', instead: 'RnW, PnU and InD of the client\'s access; TTRnW of the access to the table' },
  { id: 'cd-fetch-address', section: '7.3.10', doc: 'F_CD_FETCH has FetchAddr in the place of the input address.', instead: 'FetchAddr is the last 64 bits' },
  { id: 'bad-streamid-recorded', section: '7.3.3', doc: 'C_BAD_STREAMID is recorded whatever CR2.RECINVSID says.', instead: 'only with CR2.RECINVSID' },
  { id: 'ipa-size-silent', section: '3.4', doc: 'An IPA beyond IAS is a fault of stage 1: F_ADDR_SIZE without S2 under CD.R for a table, no event for a CD or without stage 1.', instead: 'F_TRANSLATION of stage 2 for a table or CD, F_ADDR_SIZE of stage 1 without stage 1' },
  { id: 'bypass-size', section: '3.4', doc: 'An address beyond IAS passes a stream that bypasses both stages.', instead: 'F_ADDR_SIZE of stage 1' },
  { id: 'event-overflow', section: '7.4', doc: 'A full event queue activates GERROR.EVENTQ_ABT_ERR; OVFLG never changes, and the error stops nothing.', instead: 'EVENTQ_PROD.OVFLG toggles' },
  { id: 'event-interrupt', section: '3.18', doc: 'Every event record is an interrupt.', instead: 'only the first of an empty queue' },
  { id: 'check-order', section: '7.3.22', doc: 'A leaf is checked for its access flag, then permission, then output size.', instead: 'output size, access flag, permission' },
  { id: 'aptable-at-table', section: '13.4', doc: 'A write that APTable forbids faults at the table descriptor, before anything below it is read; a TLB entry that a read made does not know of APTable.', instead: 'hierarchical permissions are checked with the leaf' },
  { id: 'ste-stage1-fields', section: '5.2', doc: 'S1CDMax other than 0 without substreams, and it or S1STALLD on a stage 2 only stream, make the STE illegal.', instead: 'both are ignored there' },
  { id: 'ste-start-level', section: '5.2.2', doc: 'S2SL0 may be too large for S2T0SZ: only more than 16 concatenated tables are refused.', instead: 'C_BAD_STE' },
  { id: 'ste-input-size', section: '5.2', doc: 'More IPA bits than the effective S2PS has make the STE illegal.', instead: 'S2T0SZ is bound by IAS alone' },
  { id: 'ste-context-pointer', section: '5.2.2', doc: 'S1ContextPtr is not checked for its size: the CD is fetched from there.', instead: 'C_BAD_STE' },
  { id: 'ste-s2ptw', section: '5.2', doc: 'STE.S2PTW is not looked at.', instead: 'a CD or stage 1 table in memory that stage 2 maps as Device is F_PERMISSION' },
  { id: 'span', section: '5.1', doc: 'L1STD.Span admits 2^Span STEs.', instead: '2^(Span-1)' },
  { id: 'format-sticky', section: '6.3.25', doc: 'Once STRTAB_BASE_CFG.FMT was two-level it stays so until reset.', instead: 'each write counts' },
  { id: 'commands-ignored', section: '4.1.3', doc: 'Commands of features that are absent, CMD_SYNC with CS = 3 and TLBI with a reserved range do nothing.', instead: 'CERROR_ILL' },
  { id: 'tlb-lookup', section: '3.17', doc: 'The TLB is asked for the granule in use, the largest entry first, by all 64 bits of the address, and before an IPA is checked against S2T0SZ.', instead: 'entries of another granule may answer, TBI ignores the top byte, and the range is checked first' },
  { id: 'final-ipa-walked', section: '4.4.3', doc: 'The output of stage 1 is always walked: IPA-keyed TLB entries serve tables, CDs and streams without stage 1.', instead: 'allowed; it may also be answered by an entry' },
  { id: 'global-entries', section: '3.17', doc: 'nG is not looked at: every TLB entry has its ASID, and CMD_TLBI_NH_ASID removes those of global pages too.', instead: 'an entry with nG = 0 answers every ASID of its VMID and outlives CMD_TLBI_NH_ASID' },
  { id: 'tlbi-vaa-stage2', section: '4.4.2', doc: 'CMD_TLBI_NH_VAA also removes entries of stage 2 alone whose IPA is the address.', instead: 'allowed; stage 1 entries of any ASID must go' },
  { id: 'tlbi-hints', section: '4.4.1', doc: 'TG and TTL do not limit what CMD_TLBI removes: entries of every granule and level in the range go.', instead: 'allowed; only entries of that granule and level need go' },
  { id: 'tlbi-piece', section: '4.4.2', doc: 'CMD_TLBI_NH_VA removes only entries that meet its address or range, not others of the same stage 1 block.', instead: 'every entry made from the leaf that translates the address' },
] as const satisfies readonly DeviationDef[];

export type DeviationId = (typeof list)[number]['id'];
export const DEVIATIONS: readonly (DeviationDef & { readonly id: DeviationId })[] = list;

/** The switches as the engine reads them. */
export type Deviations = Readonly<Record<DeviationId, boolean>>;

/** These switches on, the others off. */
export function deviationsOf(on: readonly DeviationId[]): Deviations {
  return Object.fromEntries(list.map(({ id }) => [id, on.includes(id)])) as Record<DeviationId, boolean>;
}

export const deviatesAnywhere = (deviates: Deviations): boolean => Object.values(deviates).includes(true);

export const NO_DEVIATIONS: Deviations = deviationsOf([]);
export const QEMU_11_DEVIATIONS: Deviations = deviationsOf(list.map(({ id }) => id));

/** Whose behaviour: the architecture's, or QEMU 11's. */
export const PROFILES = { arch: NO_DEVIATIONS, 'qemu-11': QEMU_11_DEVIATIONS } as const satisfies Record<string, Deviations>;
export type Profile = keyof typeof PROFILES;

/** A profile and further switches. */
export const deviationsIn = (profile: Profile, further: readonly DeviationId[]): Deviations =>
  profile === 'arch' ? deviationsOf(further) : PROFILES[profile];
