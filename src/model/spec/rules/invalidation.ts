/** Why a cache entry must go when what it was made from changes (IHI 0070 3.17, 3.21, 4.3, 4.4, 16.2). No event tells of them. */
import type { Rule } from './rule.ts';

const rule = (id: string, section: string, fields: readonly string[], doc: string): Rule => ({ id, section, event: 'none', fields, doc });

export const INVALIDATION_RULES: readonly Rule[] = [
  rule('stale.ste', '4.3.1', ['STE.V', 'STE.Config'], 'An STE may be cached by StreamID, with every CD that was reached through it: a change of it needs CMD_CFGI_STE and CMD_SYNC.'),
  rule('stale.l1std', '4.3.1', ['L1STD.Span', 'L1STD.L2Ptr'], 'A level-1 descriptor of the stream table may be cached by StreamID: a change of it needs CMD_CFGI_STE with Leaf 0.'),
  rule('stale.cd', '4.3.3', ['CD.V'], 'A CD may be cached by StreamID and SubstreamID, once for each stream that reaches it: a change of it needs CMD_CFGI_CD for each.'),
  rule('stale.l1cd', '4.3.3', ['L1CD.V', 'L1CD.L2Ptr'], 'A level-1 descriptor of a table of CDs may be cached: a change of it needs CMD_CFGI_CD with Leaf 0.'),
  rule('stale.cd-ipa', '3.21.3', ['STE.S1ContextPtr'], 'A cached CD is found by StreamID, not by its address: when stage 2 moves it, no TLBI removes it and CMD_CFGI_CD must.'),
  rule('stale.registers', '3.21.3', ['STRTAB_BASE.ADDR', 'CR2.E2H'], 'Cached configuration stays when the SMMU is disabled and its tables are put elsewhere: that needs CMD_CFGI_ALL.'),
  rule('stale.ste-fields', '5.2.1', ['STE.S2TTB', 'STE.S2T0SZ', 'STE.S2VMID'], 'Fields of stage 2 in an STE may be cached in the TLB: after CMD_CFGI_STE and CMD_SYNC a change needs CMD_TLBI_S12_VMALL.'),
  rule('stale.cd-fields', '5.4.1', ['CD.TTB0', 'CD.TTB1', 'CD.ASID'], 'Fields of a CD may be cached in the TLB: after CMD_CFGI_CD and CMD_SYNC a change needs a TLBI of its ASID.'),
  rule('stale.s1-leaf', '4.4.2', [], 'The last level of stage 1 may be cached by VA, VMID and ASID: a change needs CMD_TLBI_NH_VA, or a wider TLBI.'),
  rule('stale.s1-table', '4.4.2', [], 'A table descriptor of stage 1 may be cached in a walk cache, and what was reached through it: a change needs a TLBI with Leaf 0.'),
  rule('stale.s2-leaf', '4.4.3.1', [], 'Stage 2 may be cached by IPA and VMID: a change needs CMD_TLBI_S2_IPA, or a wider TLBI.'),
  rule('stale.s2-table', '4.4.3.1', [], 'A table descriptor of stage 2 may be cached in a walk cache: a change needs CMD_TLBI_S2_IPA with Leaf 0.'),
  rule('stale.combined', '4.4.3.1', [], 'An entry that combines both stages is found by VA: CMD_TLBI_S2_IPA need not remove it, a TLBI of stage 1 for the VMID must come with it.'),
  rule('stale.atc', '4.5.1', [], 'The ATC of a device keeps what a completion gave, and no TLBI reaches it: a change of the translation needs CMD_ATC_INV after the TLBI and CMD_SYNC.'),
  rule('stale.sync', '4.7.3', [], 'What a CMD_CFGI or CMD_TLBI removes may answer until the next CMD_SYNC of its queue is complete.'),
  rule('stale.tags', '3.17', ['STE.S2VMID', 'CD.ASID'], 'Streams with one VMID and ASID share TLB entries and must agree on every field that the TLB may cache.'),
];
