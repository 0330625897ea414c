/** What `info mtree -f` says of a machine: where its memory is, and its SMMUv3s. */
import { joinRanges } from '../../formats/capture/ranges.ts';
import type { Range } from '../../formats/capture/ranges.ts';

export interface MemoryMap {
  /** In order, none touching the next. */
  readonly ram: readonly Range[];
  /** Register pages of SMMUv3s, in order. */
  readonly smmus: readonly bigint[];
}

const VIEW = /^FlatView #/m;
const SYSTEM = /^ AS "memory"/m;
const REGION = /^\s+([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, ([\w/]+)\): (\S+)/gm;

/** The view that processors and the SMMU have of memory. Only RAM counts: a read of a device could change it. */
export function memoryMapOf(text: string): MemoryMap {
  const view = text.split(VIEW).find((part) => SYSTEM.test(part)) ?? '';
  const ram: Range[] = [];
  const smmus: bigint[] = [];
  for (const [, from, to, kind, name] of view.matchAll(REGION)) {
    const base = BigInt(`0x${from!}`);
    if (kind === 'ram') ram.push({ base, size: BigInt(`0x${to!}`) - base + 1n });
    else if (name === 'arm-smmuv3' && !smmus.includes(base)) smmus.push(base);
  }
  return { ram: joinRanges(ram), smmus };
}
