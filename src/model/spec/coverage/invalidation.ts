/** The rules of caching and invalidation (smmuv3.md 7; IHI 0070 3.17, 3.21, 4.3, 4.4): each is shown in a step of a sample lab, its command missing and present. */
export interface InvalidationRule {
  /** As notes of sample labs name it: `[inv.s1-leaf]`. */
  readonly id: string;
  readonly section: string;
  readonly what: string;
}

const rule = (id: string, section: string, what: string): InvalidationRule => ({ id, section, what });

export const INVALIDATION: readonly InvalidationRule[] = [
  rule('inv.ste', '3.21.3', 'An STE is cached by StreamID: a change needs CMD_CFGI_STE'),
  rule('inv.ste-to-valid', '3.21.3', 'What is not usable is cached too: an STE made usable needs its CMD_CFGI_STE'),
  rule('inv.l1std', '4.3.1', 'A level-1 descriptor of the stream table needs CMD_CFGI_STE with Leaf = 0'),
  rule('inv.cd', '3.21.3', 'A CD is cached by StreamID and SubstreamID: a change needs CMD_CFGI_CD'),
  rule('inv.cd-per-stream', '3.21.3', 'A CD that several streams use needs CMD_CFGI_CD for each of them'),
  rule('inv.l1cd', '4.3.3', 'A level-1 descriptor of a table of CDs needs CMD_CFGI_CD with Leaf = 0'),
  rule('inv.cd-ipa', '3.21.3', 'A CD whose page stage 2 moves needs CMD_CFGI_CD: it is not cached by its address'),
  rule('inv.separate', '3.21.3', 'CMD_CFGI never removes translations, a TLBI never configuration'),
  rule('inv.registers', '3.21.3', 'SMMUEN 0 and 1 again keeps caches: a stream table put elsewhere needs CMD_CFGI_ALL'),
  rule('inv.s1-leaf', '4.4.2', 'Stage 1 is cached by VA, VMID and ASID: a leaf needs CMD_TLBI_NH_VA'),
  rule('inv.s1-table', '4.4.2', 'A table of stage 1 may be in walk caches: Leaf = 0'),
  rule('inv.global', '3.17', 'Global entries have no ASID: CMD_TLBI_NH_ASID leaves them'),
  rule('inv.aset', '3.17', 'Global entries of each ASET are entries of their own; commands ignore ASET'),
  rule('inv.vmid', '3.17', 'Commands name the VMID of the entries; with CR0.VMW its low bits do not count'),
  rule('inv.no-stream-tag', '3.17', 'StreamIDs are no tags: streams of one VMID and ASID share entries'),
  rule('inv.asid-reuse', '3.17', 'Another ASID removes nothing: before an ASID is used again it needs CMD_TLBI_NH_ASID'),
  rule('inv.cd-fields', '5.4.1', 'Fields of a CD may be in the TLB: CMD_CFGI_CD, then CMD_TLBI_NH_ASID'),
  rule('inv.s2ttb', '5.2.1', 'Fields of an STE may be in the TLB: CMD_CFGI_STE, then CMD_TLBI_S12_VMALL'),
  rule('inv.s2-leaf', '4.4.3.1', 'Stage 2 of a stream without stage 1 needs CMD_TLBI_S2_IPA and no more'),
  rule('inv.s2-table', '4.4.3.1', 'A table of stage 2 may be in walk caches: Leaf = 0'),
  rule('inv.combined', '4.4.3.1', 'Entries of both stages need CMD_TLBI_NH_ALL beside CMD_TLBI_S2_IPA'),
  rule('inv.break-before-make', '3.21.1', 'A valid descriptor is made invalid, and invalidated, before it becomes another'),
  rule('inv.atc', '3.9.1', 'No TLBI reaches an ATC: CMD_ATC_INV comes after the TLBI and its CMD_SYNC'),
];
