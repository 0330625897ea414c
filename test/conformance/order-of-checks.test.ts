import { describe, expect, it } from 'vitest';
import type { FieldValue } from '../../src/model/spec/index.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { ABORTS, CD_AT, eventOf, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID, STREAM_TABLE } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

/** Class of an event record. */
const CLASS_CD = 0;
const CLASS_TT = 1;
const CLASS_IN = 2;

interface Row {
  /** Section of IHI 0070. */
  readonly section: string;
  readonly title: string;
  /** The step of the order of checks, and the rule that must decide. */
  readonly order: string;
  readonly rule: string;
  readonly machine?: MachineOptions;
  /** Breaks the working machine in one way. */
  readonly bend?: (m: NestedMachine) => void;
  readonly access?: (m: NestedMachine) => Outcome;
  readonly status?: 'fault' | 'abort' | 'bypass' | 'success';
  /** Fields of the one event record; null: none is recorded. */
  readonly event: Readonly<Record<string, FieldValue | string>> | null;
  readonly pa?: bigint;
}

const read = (m: NestedMachine): Outcome => m.access('read');
const write = (m: NestedMachine): Outcome => m.access('write');
const at = (iova: bigint) => (m: NestedMachine) => m.access('read', { iova });
const client = { StreamID: SID, SSV: false, InputAddr: IOVA, RnW: true, InD: false, PnU: true };
const s1 = { ...client, S2: false, Class: CLASS_IN };
const s2 = (Class: number, ipa: bigint): Record<string, FieldValue | string> => ({ ...client, S2: true, Class, IPA: ipa });

/** Only stage 1, tables by PA: the stream of a host's own device. */
const S1_ONLY: MachineOptions = { ste: { Config: 5, S1ContextPtr: CD_AT }, cd: { TTB0: 0x4040_0000n } };
const SUBSTREAMS: MachineOptions = { id: { IDR1: 0x0273_0010 | (4 << 6) } };
/** IDR0 with STALL_MODEL = 1 and TERM_MODEL = 0: RAZ/WI is possible. */
const RAZ_WI: MachineOptions = { id: { IDR0: 0x0d44_101b & ~(1 << 26) }, cd: { A: false, R: true } };

/** An IOVA whose IPA has a level 2 entry of stage 2 of its own. */
const ALONE = IOVA + 0x1000n;
function alone(m: NestedMachine, entry: bigint): void {
  const ipa = 0x20_0000_0000n;
  m.mapStage1(ALONE, ipa | S1_PAGE);
  m.mapStage2(ipa, PA | S2_PAGE);
  m.memory.write64(m.stage2Path(ipa)[1]!, entry);
}

/** Rewrites the stage 1 tables of IOVA to hold PAs. */
function stage1Physical(m: NestedMachine): void {
  m.stage1Path(IOVA).forEach((pa, level) => m.memory.write64(pa, level === 3 ? PA | S1_PAGE : m.memory.read64(pa)! - GUEST));
}

function tablePage(m: NestedMachine, level: number, leaf: bigint): void {
  const page = m.stage1Path(IOVA)[level]! & ~0xfffn;
  m.mapStage2(page + GUEST, page | leaf);
}

function unmapTable(m: NestedMachine, level: number): void {
  m.mapStage2((m.stage1Path(IOVA)[level]! & ~0xfffn) + GUEST, 0n);
}

function stop(m: NestedMachine, act: () => void): void {
  m.smmu.write32(0x20, 0b1100);
  act();
  m.smmu.write32(0x20, 0b1101);
}

/** A two-level stream table with SPLIT 6 whose first descriptor has this Span. */
function twoLevel(span: bigint): (m: NestedMachine) => void {
  return (m) =>
    stop(m, () => {
      m.memory.write64(0x4030_0000n, STREAM_TABLE | span);
      m.smmu.write64(0x80, 0x4030_0000n);
      m.smmu.write32(0x88, 8 | (6 << 6) | (1 << 16));
    });
}

// One row a line: it is a table.
// prettier-ignore
const ROWS: readonly Row[] = [
  // 1: SMMUEN = 0
  { section: '6.3.9.6', title: 'SMMUEN 0 and GBPA.ABORT 0 passes', order: '4.1.1', rule: 'smmu.disabled', bend: (m) => m.smmu.write32(0x20, 0), status: 'bypass', event: null, pa: 0x1234_5678n, access: at(0x1234_5678n) },
  { section: '6.3.15', title: 'SMMUEN 0 and GBPA.ABORT 1 aborts silently', order: '4.1.1', rule: 'gbpa.abort', bend: (m) => (m.smmu.write32(0x20, 0), m.smmu.write32(0x44, 0x8010_0000)), status: 'abort', event: null },
  { section: '3.4', title: 'SMMUEN 0 and an address beyond OAS aborts silently', order: '4.1.1', rule: 'gbpa.oas', bend: (m) => m.smmu.write32(0x20, 0), access: at(1n << 44n), status: 'abort', event: null },
  // 2: StreamID
  { section: '7.3.3', title: 'StreamID outside the stream table', order: '4.1.2', rule: 'sid.range', access: (m) => m.access('read', { sid: 256 }), event: { name: 'C_BAD_STREAMID', StreamID: 256 } },
  { section: '7.3.3', title: 'the same without RECINVSID is not recorded', order: '4.1.2', rule: 'sid.range', machine: { cr2: 0 }, access: (m) => m.access('read', { sid: 256 }), event: null },
  { section: '5.1', title: 'L1STD with Span 0', order: '4.1.2', rule: 'sid.l1std', bend: twoLevel(0n), event: { name: 'C_BAD_STREAMID' } },
  { section: '5.1', title: 'L1STD whose Span does not reach the StreamID', order: '4.1.2', rule: 'sid.l1std', bend: twoLevel(3n), event: { name: 'C_BAD_STREAMID' } },
  { section: '5.1', title: 'L1STD whose Span exceeds SPLIT + 1', order: '4.1.2', rule: 'sid.l1std', bend: twoLevel(8n), event: { name: 'C_BAD_STREAMID' } },
  { section: '5.1', title: 'L1STD whose Span reaches the StreamID', order: '4.1.2', rule: 'ok.translated', bend: twoLevel(5n), status: 'success', event: null },
  // 3: STE fetch
  { section: '7.3.4', title: 'STE outside memory', order: '4.1.3', rule: 'ste.fetch', bend: (m) => stop(m, () => m.smmu.write64(0x80, 0x3f_0000_0000n)), event: { name: 'F_STE_FETCH', FetchAddr: 0x3f_0000_0200n } },
  // 4: STE
  { section: '7.3.5', title: 'STE not valid', order: '4.1.4', rule: 'ste.v', bend: (m) => m.setSte('V', false), event: { name: 'C_BAD_STE', StreamID: SID } },
  ...[0, 1, 2, 3].map((Config): Row => ({ section: '5.2', title: `STE.Config ${Config} aborts silently`, order: '4.1.4', rule: 'ste.abort', bend: (m) => m.setSte('Config', Config), status: 'abort', event: null })),
  // 5: SubstreamID
  { section: '7.3.9', title: 'SubstreamID on a stream that bypasses', order: '4.1.5', rule: 'ssid.bypass', bend: (m) => m.setSte('Config', 4), access: (m) => m.access('read', { ssid: 3 }), event: { name: 'C_BAD_SUBSTREAMID', SubstreamID: 3 } },
  { section: '7.3.9', title: 'SubstreamID on a stage 2 only stream', order: '4.1.5', rule: 'ssid.bypass', bend: (m) => m.setSte('Config', 6), access: (m) => m.access('read', { ssid: 3 }), event: { name: 'C_BAD_SUBSTREAMID' } },
  { section: '7.3.9', title: 'SubstreamID on a stream with a single CD', order: '4.1.5', rule: 'ssid.single', access: (m) => m.access('read', { ssid: 0 }), event: { name: 'C_BAD_SUBSTREAMID' } },
  { section: '7.3.9', title: 'SubstreamID beyond S1CDMax', order: '4.1.5', rule: 'ssid.range', machine: SUBSTREAMS, bend: (m) => m.setSte('S1CDMax', 2), access: (m) => m.access('read', { ssid: 4 }), event: { name: 'C_BAD_SUBSTREAMID', SubstreamID: 4 } },
  { section: '7.3.7', title: 'no SubstreamID with S1DSS terminate', order: '4.1.5', rule: 'ssid.dss-terminate', machine: SUBSTREAMS, bend: (m) => m.setSte('S1CDMax', 2), event: { name: 'F_STREAM_DISABLED', StreamID: SID } },
  { section: '7.3.7', title: 'SubstreamID 0 with S1DSS substream-0', order: '4.1.5', rule: 'ssid.dss-zero', machine: SUBSTREAMS, bend: (m) => (m.setSte('S1CDMax', 2), m.setSte('S1DSS', 2)), access: (m) => m.access('read', { ssid: 0 }), event: { name: 'F_STREAM_DISABLED' } },
  { section: '5.2', title: 'no SubstreamID with S1DSS substream-0 uses CD 0', order: '4.1.5', rule: 'ok.translated', machine: SUBSTREAMS, bend: (m) => (m.setSte('S1CDMax', 2), m.setSte('S1DSS', 2)), status: 'success', event: null, pa: PA },
  { section: '5.2', title: 'no SubstreamID with S1DSS bypass goes to stage 2 alone', order: '4.1.5', rule: 'ok.translated', machine: SUBSTREAMS, bend: (m) => (m.setSte('S1CDMax', 2), m.setSte('S1DSS', 1)), access: at(IPA), status: 'success', event: null, pa: PA },
  // 6: CD fetch
  { section: '7.3.13', title: 'the IPA of the CD is not mapped', order: '4.1.6', rule: 's2.invalid', bend: (m) => m.mapStage2(CD_AT + GUEST, 0n), event: { name: 'F_TRANSLATION', ...s2(CLASS_CD, CD_AT + GUEST) } },
  { section: '7.3.15', title: 'the page of the CD has access flag 0', order: '4.1.6', rule: 's2.access-flag', bend: (m) => m.mapStage2(CD_AT + GUEST, CD_AT | 0x3ffn), event: { name: 'F_ACCESS', ...s2(CLASS_CD, CD_AT + GUEST) } },
  { section: '7.3.16', title: 'the page of the CD is write-only', order: '4.1.6', rule: 's2.permission-read', bend: (m) => m.mapStage2(CD_AT + GUEST, CD_AT | 0x7bfn), event: { name: 'F_PERMISSION', ...s2(CLASS_CD, CD_AT + GUEST) } },
  { section: '7.3.12', title: 'a stage 2 table of the CD aborts', order: '4.1.6', rule: 's2.walk-abort', bend: (m) => m.memory.write64(m.stage2Path(CD_AT + GUEST)[1]!, ABORTS | 3n), event: { name: 'F_WALK_EABT', S2: true, Class: CLASS_CD } },
  { section: '7.3.10', title: 'the PA of the CD aborts', order: '4.1.6', rule: 'cd.fetch', bend: (m) => m.mapStage2(CD_AT + GUEST, ABORTS | S2_PAGE), event: { name: 'F_CD_FETCH', FetchAddr: ABORTS } },
  { section: '5.5', title: 'a stage 2 fault is not recorded with S2R 0', order: '4.1.6', rule: 's2.invalid', machine: { ste: { S2R: false } }, bend: (m) => m.mapStage2(CD_AT + GUEST, 0n), event: null },
  // 7: CD
  { section: '7.3.11', title: 'CD not valid', order: '4.1.7', rule: 'cd.v', machine: { cd: { V: false } }, event: { name: 'C_BAD_CD', StreamID: SID } },
  // 8: bypass
  { section: '3.4', title: 'Config 100 and an address beyond OAS', order: '4.1.8', rule: 'bypass.oas', bend: (m) => m.setSte('Config', 4), access: at(1n << 44n), event: { name: 'F_ADDR_SIZE', S2: false, Class: CLASS_IN, InputAddr: 1n << 44n } },
  { section: '5.2', title: 'Config 100 passes an address within OAS', order: '4.1.8', rule: 'ok.bypass', bend: (m) => m.setSte('Config', 4), access: at(0x1234n), status: 'bypass', event: null, pa: 0x1234n },
  { section: '3.4', title: 'Config 110 and an address beyond IAS is a stage 1 fault, recorded though S2R is 0', order: '4.1.8', rule: 's1bypass.ias', machine: { ste: { Config: 6, S2R: false } }, access: at(1n << 44n), event: { name: 'F_ADDR_SIZE', S2: false, Class: CLASS_IN } },
  { section: '5.2', title: 'Config 110 translates an IPA', order: '4.1.8', rule: 'ok.translated', bend: (m) => m.setSte('Config', 6), access: at(IPA), status: 'success', event: null, pa: PA },
  // 9: stage 1
  { section: '3.4.1', title: 'an address beyond T0SZ', order: '4.1.9a', rule: 's1.input-range', machine: { cd: { T0SZ: 20 } }, event: { name: 'F_TRANSLATION', ...s1 } },
  { section: '5.4', title: 'an address of the upper half with EPD1', order: '4.1.9a', rule: 's1.epd', access: at(0xffff_0000_0000_0000n), event: { name: 'F_TRANSLATION', S2: false, Class: CLASS_IN, InputAddr: 0xffff_0000_0000_0000n } },
  { section: '3.4.1', title: 'a tagged address without TBI0', order: '4.1.9a', rule: 's1.input-range', access: at(IOVA | (0x5an << 56n)), event: { name: 'F_TRANSLATION', InputAddr: IOVA | (0x5an << 56n) } },
  { section: '3.4.1', title: 'a tagged address with TBI0', order: '4.1.9a', rule: 'ok.translated', machine: { cd: { TBI0: true } }, access: at(IOVA | (0x5an << 56n)), status: 'success', event: null, pa: PA },
  { section: '7.3.13', title: 'the page of a stage 1 table is not mapped', order: '4.1.9b', rule: 's2.invalid', bend: (m) => unmapTable(m, 1), event: { name: 'F_TRANSLATION', S2: true, Class: CLASS_TT } },
  { section: '7.3.16', title: 'the page of a stage 1 table is write-only', order: '4.1.9b', rule: 's2.permission-read', bend: (m) => tablePage(m, 2, 0x7bfn), event: { name: 'F_PERMISSION', S2: true, Class: CLASS_TT, TTRnW: true } },
  { section: '5.2', title: 'a stage 1 table in Device memory with S2PTW', order: '4.1.9b', rule: 's2.ptw-device', machine: { ste: { S2PTW: true } }, bend: (m) => tablePage(m, 3, 0x7c3n), event: { name: 'F_PERMISSION', S2: true, Class: CLASS_TT } },
  { section: '5.2', title: 'the same without S2PTW', order: '4.1.9b', rule: 'ok.translated', bend: (m) => tablePage(m, 3, 0x7c3n), status: 'success', event: null, pa: PA },
  { section: '7.3.12', title: 'the PA of a stage 1 table aborts: S2 is 0, Class TT', order: '4.1.9b', rule: 's1.walk-abort', bend: (m) => m.mapStage2((m.stage1Path(IOVA)[2]! & ~0xfffn) + GUEST, ABORTS | S2_PAGE), event: { name: 'F_WALK_EABT', S2: false, Class: CLASS_TT } },
  ...[0, 1, 2, 3].map((level): Row => ({ section: '7.3.13', title: `a stage 1 descriptor of level ${level} is invalid`, order: '4.1.9b', rule: 's1.invalid', bend: (m) => m.memory.write64(m.stage1Path(IOVA)[level]!, 2n), event: { name: 'F_TRANSLATION', ...s1 } })),
  { section: '7.3.13', title: 'a stage 1 block at level 0', order: '4.1.9b', rule: 's1.reserved', bend: (m) => m.memory.write64(m.stage1Path(IOVA)[0]!, 0xf41n), event: { name: 'F_TRANSLATION', ...s1 } },
  { section: '7.3.13', title: 'a stage 1 descriptor of level 3 with bit 1 clear', order: '4.1.9b', rule: 's1.reserved', bend: (m) => m.mapStage1(IOVA, IPA | 0xf41n), event: { name: 'F_TRANSLATION', ...s1 } },
  { section: '7.3.14', title: 'a stage 1 table beyond IPS', order: '4.1.9b', rule: 's1.table-size', machine: { cd: { IPS: 2 } }, bend: (m) => m.memory.write64(m.stage1Path(IOVA)[1]!, (1n << 40n) | 3n), event: { name: 'F_ADDR_SIZE', ...s1 } },
  { section: '7.3.14', title: 'a stage 1 output beyond IPS', order: '4.1.9b', rule: 's1.output-size', machine: { cd: { IPS: 2 } }, bend: (m) => m.mapStage1(IOVA, (1n << 40n) | S1_PAGE), event: { name: 'F_ADDR_SIZE', ...s1 } },
  { section: '7.3.15', title: 'a stage 1 page with access flag 0', order: '4.1.9c', rule: 's1.access-flag', bend: (m) => m.mapStage1(IOVA, IPA | 0xb43n), event: { name: 'F_ACCESS', ...s1 } },
  { section: '5.4', title: 'the same with AFFD', order: '4.1.9c', rule: 'ok.translated', machine: { cd: { AFFD: true } }, bend: (m) => m.mapStage1(IOVA, IPA | 0xb43n), status: 'success', event: null, pa: PA },
  { section: '7.3.16', title: 'a write to a stage 1 read-only page', order: '4.1.9c', rule: 's1.permission-write', bend: (m) => m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n), access: write, event: { name: 'F_PERMISSION', ...s1, RnW: false } },
  { section: '7.3.15', title: 'the access flag comes before permissions', order: '4.1.9c', rule: 's1.access-flag', bend: (m) => m.mapStage1(IOVA, IPA | 0xbc3n), access: write, event: { name: 'F_ACCESS', ...s1, RnW: false } },
  { section: '7.3.14', title: 'the output size comes before the access flag', order: '4.1.9b', rule: 's1.output-size', machine: { cd: { IPS: 2 } }, bend: (m) => m.mapStage1(IOVA, (1n << 40n) | 0xb43n), event: { name: 'F_ADDR_SIZE', ...s1 } },
  { section: '5.5', title: 'a stage 1 fault is not recorded with CD.R 0', order: '4.1.9b', rule: 's1.invalid', machine: { cd: { R: false } }, bend: (m) => m.mapStage1(IOVA, 0n), event: null },
  { section: '5.5', title: 'CD.A 0 makes it RAZ/WI, recorded with CD.R 1', order: '4.1.9b', rule: 's1.invalid', machine: RAZ_WI, bend: (m) => m.mapStage1(IOVA, 0n), event: { name: 'F_TRANSLATION', ...s1 } },
  // 10: stage 2 of the final IPA
  { section: '3.4', title: 'an IPA beyond S2T0SZ', order: '4.1.10', rule: 's2.input-range', bend: (m) => m.mapStage1(IOVA, (1n << 40n) | S1_PAGE), event: { name: 'F_TRANSLATION', ...s2(CLASS_IN, 1n << 40n) } },
  ...[1, 2, 3].map((level): Row => ({ section: '7.3.13', title: `a stage 2 descriptor of level ${level} is invalid`, order: '4.1.10', rule: 's2.invalid', bend: (m) => m.memory.write64(m.stage2Path(IPA)[level - 1]!, 0n), access: read, event: level === 3 ? { name: 'F_TRANSLATION', ...s2(CLASS_IN, IPA) } : { name: 'F_TRANSLATION', S2: true } })),
  { section: '7.3.13', title: 'a stage 2 descriptor of level 3 with bit 1 clear', order: '4.1.10', rule: 's2.reserved', bend: (m) => m.mapStage2(IPA, PA | 0x7fdn), event: { name: 'F_TRANSLATION', ...s2(CLASS_IN, IPA) } },
  { section: '7.3.12', title: 'a stage 2 table of the final IPA aborts', order: '4.1.10', rule: 's2.walk-abort', bend: (m) => alone(m, ABORTS | 3n), access: at(ALONE), event: { name: 'F_WALK_EABT', S2: true, Class: CLASS_IN, FetchAddr: ABORTS } },
  { section: '7.3.14', title: 'a stage 2 table beyond S2PS', order: '4.1.10', rule: 's2.table-size', machine: { ste: { S2PS: 1 } }, bend: (m) => alone(m, (1n << 36n) | 3n), access: at(ALONE), event: { name: 'F_ADDR_SIZE', S2: true, Class: CLASS_IN } },
  { section: '7.3.14', title: 'a stage 2 output beyond S2PS', order: '4.1.10', rule: 's2.output-size', machine: { ste: { S2PS: 1 } }, bend: (m) => m.mapStage2(IPA, (1n << 36n) | S2_PAGE), event: { name: 'F_ADDR_SIZE', ...s2(CLASS_IN, IPA) } },
  { section: '7.3.14', title: 'the output size comes before the access flag at stage 2 too', order: '4.1.10', rule: 's2.output-size', machine: { ste: { S2PS: 1 } }, bend: (m) => m.mapStage2(IPA, (1n << 36n) | (S2_PAGE & ~0x400n)), event: { name: 'F_ADDR_SIZE', ...s2(CLASS_IN, IPA) } },
  { section: '7.3.15', title: 'a stage 2 page with access flag 0', order: '4.1.10', rule: 's2.access-flag', bend: (m) => m.mapStage2(IPA, PA | 0x3ffn), event: { name: 'F_ACCESS', ...s2(CLASS_IN, IPA) } },
  { section: '5.2', title: 'the same with S2AFFD', order: '4.1.10', rule: 'ok.translated', machine: { ste: { S2AFFD: true } }, bend: (m) => m.mapStage2(IPA, PA | 0x3ffn), status: 'success', event: null, pa: PA },
  { section: '7.3.16', title: 'a read of a stage 2 write-only page', order: '4.1.10', rule: 's2.permission-read', bend: (m) => m.mapStage2(IPA, PA | 0x7bfn), event: { name: 'F_PERMISSION', ...s2(CLASS_IN, IPA) } },
  { section: '7.3.16', title: 'a write to a stage 2 read-only page', order: '4.1.10', rule: 's2.permission-write', bend: (m) => m.mapStage2(IPA, PA | 0x77fn), access: write, event: { name: 'F_PERMISSION', ...s2(CLASS_IN, IPA), RnW: false } },
  { section: '7.3.16', title: 'stage 1 permission comes before stage 2', order: '4.1.10', rule: 's1.permission-write', bend: (m) => (m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n), m.mapStage2(IPA, 0n)), access: write, event: { name: 'F_PERMISSION', ...s1, RnW: false } },
  { section: '5.5', title: 'stage 2 never answers RAZ/WI', order: '4.1.10', rule: 's2.invalid', machine: RAZ_WI, bend: (m) => m.mapStage2(IPA, 0n), event: { name: 'F_TRANSLATION', ...s2(CLASS_IN, IPA) } },
  { section: '3.3.2', title: 'both stages translate', order: '4.1.11', rule: 'ok.translated', status: 'success', event: null, pa: PA + 0x123n, access: at(IOVA + 0x123n) },
  { section: '3.3.2', title: 'stage 1 alone translates', order: '4.1.11', rule: 'ok.translated', machine: S1_ONLY, bend: stage1Physical, status: 'success', event: null, pa: PA },
];

/** With the rows of the coverage that it shows. */
const nameOf = ({ section, title, order, rule, event }: Row): string =>
  `${section}: ${title} [order.${order}] [rule.${rule}]${event === null ? '' : ` [event.${String(event['name'])}]`}`;

describe('the order of checks (IHI 0070 7.3.22)', () => {
  it.each(ROWS.map((row) => [nameOf(row), row] as const))('%s', (_, row) => {
    const machine = new NestedMachine(row.machine);
    row.bend?.(machine);
    const outcome = (row.access ?? read)(machine);
    const { name, ...fields } = eventOf(outcome) ?? { name: null };
    expect([outcome.status, outcome.rule]).toEqual([row.status ?? 'fault', row.rule]);
    expect(row.event === null ? name : { name, ...fields }).toEqual(row.event === null ? null : expect.objectContaining(row.event));
    if (row.pa !== undefined) expect(outcome.pa).toBe(row.pa);
    machine.memory.release();
  });

  it('the machine that each row bends translates when nothing is bent', () => {
    expect(new NestedMachine().access('read')).toMatchObject({ status: 'success', pa: PA, events: [], reads: 1 + 4 + 4 * 4 + 3 });
  });

  it('RAZ/WI and abort are told apart by what the device sees (5.5)', () => {
    const raz = new NestedMachine(RAZ_WI);
    raz.mapStage1(IOVA, 0n);
    expect(raz.access('read').response).toBe('raz-wi');
    raz.mapStage1(IOVA, IPA | S1_PAGE);
    raz.mapStage2(IPA, 0n);
    expect(raz.access('read').response).toBe('abort');
  });
});
