/** STEs, CDs and what lies between them as branches of the tree (IHI 0070 3.3). */
import { hex } from '../../../model/base/address.ts';
import { big, CD_BYTES, CDS_OF_LEAF, halfOf, L2PTR, num, stage2Of } from '../../../model/lab/inspect/tables.ts';
import type { Fields } from '../../../model/lab/inspect/tables.ts';
import type { PhysicalMemory } from '../../../model/memory/physical-memory.ts';
import { whyIgnored } from '../../../model/smmu/config/used-when.ts';
import type { Features, FieldDef } from '../../../model/spec/index.ts';
import { CD, CD_RULES, decode, L1CD, STE, STE_RULES } from '../../../model/spec/index.ts';
import type { Rule } from '../../../model/spec/index.ts';
import type { Illegal } from '../../../protocol/contract.ts';
import { behindStage2 } from './spaces.ts';
import type { Space } from './spaces.ts';
import { recordAt, viewOfRecord } from './structure-node.ts';
import type { Branch, TreeNode } from './structure-node.ts';
import { tablesBranch } from './structure-tables.ts';
import type { Walked } from './structure-tables.ts';

/** What the nodes of one SMMU share. */
export interface Setting {
  readonly space: Space;
  readonly memory: PhysicalMemory;
  readonly features: Features;
  /** CR2.E2H. */
  readonly e2h: boolean;
  /** The VM that a StreamID belongs to. */
  vmOf(sid: number): string | null;
  /** Whose StreamID it is. */
  nameOf(sid: number): string | null;
}

/** A stream whose STE was read. */
export interface Stream {
  readonly setting: Setting;
  readonly sid: number;
  readonly words: Uint32Array;
  readonly fields: Fields;
  /** Where its CDs and tables of stage 1 are. */
  readonly stage1: Space;
}

/** No field of an STE depends on a CD. */
const NO_CD = new Uint32Array(CD.bytes / 4);
const STAGES = { 1: 'stage 1', 2: 'stage 2', 3: 'nested' } as const;
const illegalOf = ({ id, section, event, fields }: Rule, message: string): Illegal => ({ rule: id, section, event, message, fields: fields.map((field) => field.replace(/^(?:STE|CD)\./, '')) });

export function streamOf(setting: Setting, sid: number, words: Uint32Array): Stream {
  const fields = decode(STE, words, 0);
  const { space, memory } = setting;
  const nested = (num(fields, 'Config') & 7) === 7 && space.space === 'pa';
  return { setting, sid, words, fields, stage1: nested ? behindStage2(setting.vmOf(sid), memory, fields) : space };
}

/** Says whose it is, then `text`. */
const ofDevice = (name: string | null, text: string): string => (name === null ? text : `${name}: ${text}`);

const ignoredOf = ({ features, e2h }: Setting, ste: Uint32Array) => (field: FieldDef): string | null => whyIgnored(STE, field, { ste, cd: NO_CD, features, e2h });

function configText(fields: Fields): string {
  if (num(fields, 'V') === 0) return 'V 0: not valid';
  const config = num(fields, 'Config');
  const stages = STAGES[(config & 3) as 1 | 2 | 3] as string | undefined;
  return config < 4 ? 'abort' : stages === undefined ? 'bypass' : (config & 2) === 0 ? stages : `${stages}, VMID ${num(fields, 'S2VMID')}`;
}

const isUsed = ({ fields }: Stream, stage: 1 | 2): boolean => num(fields, 'V') === 1 && num(fields, 'Config') >= 4 && (num(fields, 'Config') & stage) !== 0;

export function steBranch(setting: Setting, sid: number, address: bigint): Branch {
  return {
    key: `ste:${hex(sid)}`,
    make: () => {
      const words = recordAt(setting.space, address, STE.bytes);
      const view = { kind: 'ste', title: `STE ${hex(sid)}` } as const;
      if (words === null) return { view: viewOfRecord(setting.space, address, STE, null, { ...view, text: '' }), branches: () => [] };
      const stream = streamOf(setting, sid, words);
      const config = num(stream.fields, 'Config');
      const illegal = num(stream.fields, 'V') === 0 ? [] : STE_RULES.filter((rule) => rule.id !== 'ste.v' && rule.configs.includes(config) && rule.violated(words, 0, setting.features)).map((rule) => illegalOf(rule, rule.message(words, 0, setting.features)));
      return { view: viewOfRecord(setting.space, address, STE, words, { ...view, text: ofDevice(setting.nameOf(sid), configText(stream.fields)), illegal }, ignoredOf(setting, words)), branches: () => branchesOf(stream) };
    },
  };
}

function branchesOf(stream: Stream): Branch[] {
  const second = secondStage(stream);
  return [...(isUsed(stream, 1) ? contexts(stream) : []), ...(second === null ? [] : [tablesBranch('s2', 'S2TTB', second)])];
}

/** Stage 2 of a stream; null: it has none. */
export function secondStage(stream: Stream): Walked | null {
  const { setting: { space }, fields } = stream;
  return isUsed(stream, 2) && space.space === 'pa' ? { table: stage2Of(fields, (address) => space.read64(address)), space, output: 'pa' } : null;
}

/** CDs that are valid, in one table or in leaves behind level-1 descriptors. */
function contexts(stream: Stream): Branch[] {
  const { fields, stage1 } = stream;
  const [base, most] = [big(fields, 'S1ContextPtr'), num(fields, 'S1CDMax')];
  const leaf = most === 0 ? undefined : CDS_OF_LEAF[num(fields, 'S1Fmt')];
  if (leaf === undefined) return cdsAt(stream, base, 0, 2 ** most);
  const perLeaf = 2 ** Number(leaf);
  return Array.from({ length: Math.ceil(2 ** most / perLeaf) }, (_, index) => index).flatMap((index): Branch[] => {
    const address = base + BigInt(index * L1CD.bytes);
    const word = stage1.read64(address);
    if (word === null || word === 0n) return [];
    const make = (): TreeNode => {
      const view = viewOfRecord(stage1, address, L1CD, recordAt(stage1, address, L1CD.bytes), { kind: 'l1cd', title: `L1CD [${index}]`, text: (word & 1n) === 0n ? 'V 0: not valid' : `CDs ${hex(index * perLeaf)} to ${hex(index * perLeaf + perLeaf - 1)}` });
      return { view, branches: () => ((word & 1n) === 0n ? [] : cdsAt(stream, word & L2PTR, index * perLeaf, perLeaf)) };
    };
    return [{ key: `l1cd:${index}`, make }];
  });
}

function cdsAt(stream: Stream, base: bigint, first: number, count: number): Branch[] {
  const found: Branch[] = [];
  for (let index = 0; index < count; index++) {
    const address = base + BigInt(index) * CD_BYTES;
    const word = stream.stage1.read64(address);
    if (count === 1 || (word !== null && word !== 0n)) found.push(cdBranch(stream, first + index, address));
  }
  return found;
}

function cdBranch(stream: Stream, ssid: number, address: bigint): Branch {
  const { stage1: space, words: ste, setting: { features, e2h } } = stream;
  return {
    key: `cd:${ssid}`,
    make: () => {
      const words = recordAt(space, address, CD.bytes);
      const view = { kind: 'cd', title: `CD ${ssid}` } as const;
      if (words === null) return { view: viewOfRecord(space, address, CD, null, { ...view, text: '' }), branches: () => [] };
      const fields = decode(CD, words, 0);
      const valid = num(fields, 'V') === 1;
      const illegal = !valid ? [] : CD_RULES.filter((rule) => rule.id !== 'cd.v' && rule.violated(words, 0, ste, 0, features, e2h)).map((rule) => illegalOf(rule, rule.message(words, 0, ste, 0, features, e2h)));
      const text = valid ? `ASID ${num(fields, 'ASID')}` : 'V 0: not valid';
      const halves = ([0, 1] as const).flatMap((half) => {
        const walked = valid ? firstStage(stream, fields, half) : null;
        return walked === null ? [] : [tablesBranch(`ttb${half}`, `TTB${half}`, walked)];
      });
      return { view: viewOfRecord(space, address, CD, words, { ...view, text, illegal }, (field) => whyIgnored(CD, field, { ste, cd: words, features, e2h })), branches: () => halves };
    },
  };
}

/** One half of stage 1 by its CD; null: EPD disables it. */
function firstStage(stream: Stream, cd: Fields, half: 0 | 1): Walked | null {
  const { stage1: space, fields } = stream;
  const table = halfOf(cd, half, (address) => space.read64(address));
  return table === null ? null : { table, space, output: (num(fields, 'Config') & 2) !== 0 || space.space === 'ipa' ? 'ipa' : 'pa' };
}
