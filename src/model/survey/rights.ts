/** Rights and memory types of a mapping in words (IHI 0070 13; DDI 0487). */
import { attributesOfMair } from '../smmu/walk/attributes.ts';
import type { Leaf, Mapping } from './mappings.ts';

export interface Rights {
  readonly read: boolean;
  readonly write: boolean;
}

const bits = (word: bigint, lo: number, count: number): number => Number((word >> BigInt(lo)) & ((1n << BigInt(count)) - 1n));

/** AP[2:1] and APTable, for unprivileged accesses: those of ordinary devices. */
function stage1Rights({ word, above }: Leaf): Rights {
  const ap = bits(word, 6, 2);
  const table = bits(above, 61, 2);
  const unprivileged = (ap & 1) === 1 && (table & 1) === 0;
  return { read: unprivileged, write: unprivileged && (ap & 2) === 0 && (table & 2) === 0 };
}

/** S2AP. */
const stage2Rights = ({ word }: Leaf): Rights => ({ read: bits(word, 6, 1) === 1, write: bits(word, 7, 1) === 1 });

export const rightsOf = (leaf: Leaf, stage: 1 | 2): Rights => (stage === 1 ? stage1Rights(leaf) : stage2Rights(leaf));

/** What both stages let an ordinary device do. */
export function mappingRights({ stage1, stage2, ipa }: Mapping): Rights {
  if (ipa !== null && stage2 === null) return { read: false, write: false };
  const [one, two] = [stage1 === null ? ALL : stage1Rights(stage1), stage2 === null ? ALL : stage2Rights(stage2)];
  return { read: one.read && two.read, write: one.write && two.write };
}

const ALL: Rights = { read: true, write: true };

const S2_TYPES: Readonly<Record<number, string>> = { 0: 'Device-nGnRnE', 1: 'Device-nGnRE', 2: 'Device-nGRE', 3: 'Device-GRE' };
const S2_CACHES = ['?', 'NC', 'WT', 'WB'] as const;
const SHARING = ['NSH', 'SH?', 'OSH', 'ISH'] as const;

/** Privileged pages, contiguous ones and the like: what is not rights or type. */
const flagsOf = ({ word }: Leaf, stage: 1 | 2): string[] => [
  ...(stage === 1 && bits(word, 6, 1) === 0 ? ['privileged'] : []),
  ...(bits(word, 10, 1) === 0 ? ['AF=0'] : []),
  ...(stage === 1 && bits(word, 11, 1) === 1 ? ['nG'] : []),
  ...(bits(word, 51, 1) === 1 ? ['DBM'] : []),
  ...(bits(word, 52, 1) === 1 ? ['contiguous'] : []),
  ...(bits(word, 54, 1) === 1 ? ['XN'] : []),
];

/** `mair` as CD.MAIR has it. */
function typeOf({ word }: Leaf, stage: 1 | 2, mair: bigint): string {
  const shared = SHARING[bits(word, 8, 2)]!;
  if (stage === 1) {
    const { device, inner, outer } = attributesOfMair(Number((mair >> BigInt(bits(word, 2, 3) * 8)) & 0xffn), bits(word, 8, 2));
    return device === null ? `i${CACHE[inner]!} o${CACHE[outer]!} ${shared}` : S2_TYPES[device]!;
  }
  const code = bits(word, 2, 4);
  return code >>> 2 === 0 ? S2_TYPES[code]! : `i${S2_CACHES[code & 3]!} o${S2_CACHES[code >>> 2]!} ${shared}`;
}

const CACHE = ['WB', 'WT', 'NC'] as const;

/** `RW- iWB oWB ISH nG`. */
export function leafText(leaf: Leaf, stage: 1 | 2, mair: bigint): string {
  const { read, write } = rightsOf(leaf, stage);
  return [`${read ? 'R' : '-'}${write ? 'W' : '-'}`, typeOf(leaf, stage, mair), ...flagsOf(leaf, stage)].join(' ');
}
