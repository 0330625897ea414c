/** The decisions of a translation beside the legality of STE and CD: one rule for each way a step can end (IHI 0070 3.4, 7.3). */
import type { Rule, RuleEvent } from './rule.ts';

const rule = (id: string, section: string, event: RuleEvent, fields: readonly string[], doc: string): Rule => ({ id, section, event, fields, doc });

const BEFORE_THE_STREAM: readonly Rule[] = [
  rule('smmu.disabled', '6.3.9.6', 'none', ['CR0.SMMUEN', 'GBPA.ABORT'], 'With SMMUEN 0 a transaction passes untranslated, with the attributes of GBPA.'),
  rule('gbpa.abort', '6.3.14', 'none', ['CR0.SMMUEN', 'GBPA.ABORT'], 'With SMMUEN 0 and GBPA.ABORT 1 every transaction aborts, without event.'),
  rule('gbpa.oas', '3.4', 'none', ['CR0.SMMUEN', 'IDR5.OAS'], 'With SMMUEN 0 an address above the output address size aborts, without event.'),
];

const CONFIGURATION: readonly Rule[] = [
  rule('sid.range', '7.3.3', 'C_BAD_STREAMID', ['STRTAB_BASE_CFG.LOG2SIZE', 'IDR1.SIDSIZE', 'CR2.RECINVSID'], 'The StreamID must lie in the stream table; the event is recorded only with CR2.RECINVSID.'),
  rule('sid.l1std', '7.3.3', 'C_BAD_STREAMID', ['L1STD.Span', 'STRTAB_BASE_CFG.SPLIT', 'CR2.RECINVSID'], 'The level-1 descriptor must have a Span that reaches the StreamID; the event is recorded only with CR2.RECINVSID.'),
  rule('ste.fetch', '7.3.4', 'F_STE_FETCH', ['STRTAB_BASE.ADDR', 'L1STD.L2Ptr'], 'The STE and its level-1 descriptor must be readable: an external abort, or an address above the output address size, ends the transaction.'),
  rule('ste.abort', '5.2', 'none', ['STE.Config'], 'An STE with Config 0xx aborts every transaction silently.'),
  rule('ssid.bypass', '7.3.9', 'C_BAD_SUBSTREAMID', ['STE.Config'], 'A stream without stage 1 accepts no SubstreamID.'),
  rule('ssid.single', '7.3.9', 'C_BAD_SUBSTREAMID', ['STE.S1CDMax', 'IDR1.SSIDSIZE'], 'A stream with a single CD accepts no SubstreamID.'),
  rule('ssid.range', '7.3.9', 'C_BAD_SUBSTREAMID', ['STE.S1CDMax'], 'The SubstreamID must be below 2^S1CDMax.'),
  rule('ssid.dss-terminate', '7.3.7', 'F_STREAM_DISABLED', ['STE.S1DSS'], 'With S1DSS terminate a transaction without SubstreamID aborts.'),
  rule('ssid.dss-zero', '7.3.7', 'F_STREAM_DISABLED', ['STE.S1DSS'], 'With S1DSS substream-0 the CD 0 belongs to transactions without SubstreamID: SubstreamID 0 aborts.'),
  rule('l1cd.invalid', '7.3.9', 'C_BAD_SUBSTREAMID', ['L1CD.V'], 'The level-1 descriptor of the table of CDs must be valid.'),
  rule('l1cd.range', '7.3.9', 'C_BAD_SUBSTREAMID', ['L1CD.L2Ptr', 'IDR5.OAS'], 'The address of the level-2 table of CDs must fit the address size: OAS, or IAS when nested.'),
  rule('cd.fetch', '7.3.10', 'F_CD_FETCH', ['STE.S1ContextPtr', 'L1CD.L2Ptr'], 'The CD and its level-1 descriptor must be readable: an external abort ends the transaction.'),
  rule('bypass.oas', '3.4', 'F_ADDR_SIZE', ['STE.Config', 'IDR5.OAS'], 'An address that bypasses both stages must fit the output address size.'),
  rule('s1bypass.ias', '3.4', 'F_ADDR_SIZE', ['STE.Config', 'STE.S1DSS', 'IDR5.OAS'], 'An address that bypasses stage 1 must fit the intermediate address size; the fault is one of stage 1, always aborts and never stalls.'),
];

const STAGE_1: readonly Rule[] = [
  rule('s1.input-range', '3.4.1', 'F_TRANSLATION', ['CD.T0SZ', 'CD.T1SZ', 'CD.TBI0', 'CD.TBI1'], 'The address must lie in the range of TTB0 or of TTB1.'),
  rule('s1.epd', '5.4', 'F_TRANSLATION', ['CD.EPD0', 'CD.EPD1'], 'The half of the address must not have its walks disabled.'),
  rule('s1.walk-abort', '7.3.12', 'F_WALK_EABT', [], 'A stage-1 descriptor must be readable: an external abort ends the transaction.'),
  rule('s1.invalid', '7.3.13', 'F_TRANSLATION', ['S1.Valid'], 'A stage-1 descriptor must be valid: its bit 0 is 1.'),
  rule('s1.reserved', '7.3.13', 'F_TRANSLATION', ['S1.Type', 'CD.TG0', 'CD.TG1'], 'A stage-1 descriptor must have a type that its level and granule allow.'),
  rule('s1.output-size', '7.3.14', 'F_ADDR_SIZE', ['S1.OutputAddress', 'CD.IPS', 'IDR5.OAS'], 'The output of stage 1 must fit the effective IPS.'),
  rule('s1.table-size', '7.3.14', 'F_ADDR_SIZE', ['S1.NextTable', 'CD.IPS', 'IDR5.OAS'], 'The address of a stage-1 table must fit the effective IPS.'),
  rule('s1.access-flag', '7.3.15', 'F_ACCESS', ['S1.AF', 'CD.AFFD', 'CD.HA'], 'The access flag of the stage-1 descriptor must be 1, unless AFFD or hardware update settles it.'),
  rule('s1.update-abort', '7.3.12', 'F_WALK_EABT', ['CD.HA', 'CD.HD'], 'Hardware must be able to write the flags of a stage-1 descriptor: an external abort ends the transaction.'),
  rule('s1.permission-read', '13.4.1', 'F_PERMISSION', ['S1.AP', 'S1.APTable'], 'Stage 1 must permit the read.'),
  rule('s1.permission-write', '13.4.1', 'F_PERMISSION', ['S1.AP', 'S1.APTable'], 'Stage 1 must permit the write.'),
  rule('s1.permission-execute', '13.4.1', 'F_PERMISSION', ['S1.UXN', 'S1.PXN', 'S1.AP', 'S1.UXNTable', 'S1.PXNTable', 'CD.WXN'], 'Stage 1 must permit the instruction fetch: UXN, PXN, WXN and unprivileged write permission can each forbid it.'),
  rule('s1.pan', '5.4', 'F_PERMISSION', ['S1.AP', 'CD.PAN'], 'With PAN a privileged data access to a page that is accessible without privilege faults.'),
];

const STAGE_2: readonly Rule[] = [
  rule('s2.input-range', '3.4', 'F_TRANSLATION', ['STE.S2T0SZ'], 'The IPA must be below 2^(64 - S2T0SZ).'),
  rule('s2.walk-abort', '7.3.12', 'F_WALK_EABT', [], 'A stage-2 descriptor must be readable: an external abort ends the transaction.'),
  rule('s2.invalid', '7.3.13', 'F_TRANSLATION', ['S2.Valid'], 'A stage-2 descriptor must be valid: its bit 0 is 1.'),
  rule('s2.reserved', '7.3.13', 'F_TRANSLATION', ['S2.Type', 'STE.S2TG'], 'A stage-2 descriptor must have a type that its level and granule allow.'),
  rule('s2.output-size', '7.3.14', 'F_ADDR_SIZE', ['S2.OutputAddress', 'STE.S2PS', 'IDR5.OAS'], 'The output of stage 2 must fit the effective S2PS.'),
  rule('s2.table-size', '7.3.14', 'F_ADDR_SIZE', ['S2.NextTable', 'STE.S2PS', 'IDR5.OAS'], 'The address of a stage-2 table must fit the effective S2PS.'),
  rule('s2.access-flag', '7.3.15', 'F_ACCESS', ['S2.AF', 'STE.S2AFFD', 'STE.S2HA'], 'The access flag of the stage-2 descriptor must be 1, unless S2AFFD or hardware update settles it.'),
  rule('s2.update-abort', '7.3.12', 'F_WALK_EABT', ['STE.S2HA', 'STE.S2HD'], 'Hardware must be able to write the flags of a stage-2 descriptor: an external abort ends the transaction.'),
  rule('s2.permission-read', '13.4.3', 'F_PERMISSION', ['S2.S2AP'], 'Stage 2 must permit the read, of a stage-1 table or CD too.'),
  rule('s2.permission-write', '13.4.3', 'F_PERMISSION', ['S2.S2AP'], 'Stage 2 must permit the write.'),
  rule('s2.permission-update', '3.13', 'F_PERMISSION', ['S2.S2AP', 'CD.HA', 'CD.HD'], 'Stage 2 must permit the write when hardware updates a stage-1 descriptor.'),
  rule('s2.permission-execute', '13.4.3', 'F_PERMISSION', ['S2.XN'], 'Stage 2 must permit the instruction fetch: XN, by privilege where XNX is implemented.'),
  rule('s2.ptw-device', '5.2', 'F_PERMISSION', ['S2.MemAttr', 'STE.S2PTW'], 'With S2PTW a stage-1 table or CD must not lie in memory that stage 2 maps as Device.'),
];

const UPDATES: readonly Rule[] = [
  rule('httu.access-flag', '3.13', 'none', ['CD.HA', 'STE.S2HA', 'IDR0.HTTU'], 'Hardware sets the access flag of a leaf that it uses.'),
  rule('httu.dirty', '3.13', 'none', ['CD.HD', 'STE.S2HD', 'IDR0.HTTU'], 'Hardware makes a writable-clean leaf (DBM 1) writable-dirty before the write, and sets its access flag.'),
];

const ENDINGS: readonly Rule[] = [
  rule('ok.translated', '3.3.2', 'none', [], 'Every enabled stage translated the address and permitted the access.'),
  rule('ok.bypass', '5.2', 'none', ['STE.Config', 'STE.S1DSS'], 'Every stage is bypassed: the address goes out as it came.'),
  rule('tlb.hit', '3.17', 'none', [], 'A TLB entry with the tags of the stream covers the address: no walk.'),
  rule('config.hit', '3.21.3', 'none', [], 'The configuration cache holds the structure: no fetch.'),
];

/** The rules of a translation, in the order in which they can be met. */
export const TRANSLATION_RULES: readonly Rule[] = [...BEFORE_THE_STREAM, ...CONFIGURATION, ...STAGE_1, ...STAGE_2, ...UPDATES, ...ENDINGS];
