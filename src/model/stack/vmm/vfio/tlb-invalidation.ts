/** A guest's TLBI as calls of the v16 uAPI (b.3). */
import { accessor, COMMANDS, wide } from '../../../spec/index.ts';
import { assert } from '../../../base/assert.ts';
import type { Invalidation } from './container-calls.ts';
import type { VfioPolicy } from './policy.ts';

function record(name: string) {
  const found = COMMANDS.byName.get(name);
  assert(found !== undefined, `there is a command ${name}`);
  return found;
}

const NH_VA = record('CMD_TLBI_NH_VA');
const asidOf = accessor(NH_VA, 'ASID');
const tgOf = accessor(NH_VA, 'TG');
const ttlOf = accessor(NH_VA, 'TTL');
const numOf = accessor(NH_VA, 'NUM');
const scaleOf = accessor(NH_VA, 'SCALE');
const leafOf = accessor(NH_VA, 'Leaf');
const addressOf = wide(NH_VA, 'Address');

/** What the uAPI calls -1 in an unsigned member. */
const ASID_ANY = 0xffff_ffff;
/** Bits [24:20], as software of the time had it. */
const SCALE_MASK = 31;

const NON_RIL = 'Guest does not use range invalidation support, upgrade it!';

export type Forwarded = { readonly calls: readonly Invalidation[] } | { readonly dropped: string };

const DOMAIN: Forwarded = { calls: [{ granularity: 'DOMAIN' }] };

/** How a TLBI by its command's name is forwarded. */
export function forwardTlbi(name: string, words: Int32Array, policy: VfioPolicy): Forwarded {
  if (name === 'CMD_TLBI_NH_ASID') return { calls: [{ granularity: 'PASID', archid: asidOf(words, 0) }] };
  if (name === 'CMD_TLBI_NH_VA') return byAddress(words, asidOf(words, 0), policy);
  if (name === 'CMD_TLBI_NH_VAA') return policy.vaa === 'domain' ? DOMAIN : byAddress(words, ASID_ANY, policy);
  return DOMAIN;
}

function byAddress(words: Int32Array, archid: number, policy: VfioPolicy): Forwarded {
  const tg = tgOf(words, 0);
  if (tg === 0) return policy.nonRil === 'domain' ? DOMAIN : { dropped: NON_RIL };
  const shift = BigInt(tg * 2 + 10);
  const granuleSize = policy.ttl === 'granule' ? entrySize(shift, ttlOf(words, 0)) : 1n << shift;
  if (granuleSize === null) return DOMAIN;
  const count = BigInt(numOf(words, 0) + 1) << BigInt(scaleOf(words, 0) & SCALE_MASK);
  const leaf = policy.leaf === 'always' || leafOf(words, 0) === 1;
  const pieces = alignedPieces(addressOf(words, 0), count << shift, granuleSize);
  return {
    calls: pieces.map(({ addr, size }) => ({ granularity: 'ADDR', archid, leaf, addr, granuleSize, nbGranules: size / granuleSize })),
  };
}

/** Bytes of a leaf entry of this level; null: the level is unknown, or one that hosts have no block of. */
function entrySize(shift: bigint, ttl: number): bigint | null {
  if (ttl === 0 || (ttl === 1 && shift !== 12n)) return null;
  return 1n << (shift + BigInt(3 - ttl) * (shift - 3n));
}

interface Piece {
  readonly addr: bigint;
  readonly size: bigint;
}

/** Cuts the granules that a range touches into powers of two that are aligned to their size, as IOMMU notifiers want them. */
function alignedPieces(start: bigint, length: bigint, granule: bigint): Piece[] {
  const found: Piece[] = [];
  const first = start & -granule;
  for (let at = first, left = (start + length - first + granule - 1n) & -granule; left > 0n;) {
    const size = largestPiece(at, left);
    found.push({ addr: at, size });
    at = BigInt.asUintN(64, at + size);
    left -= size;
  }
  return found;
}

/** The largest power of two that `at` is aligned to and that `left` holds. */
function largestPiece(at: bigint, left: bigint): bigint {
  const alignment = at & -at;
  const room = 1n << BigInt(left.toString(2).length - 1);
  return at !== 0n && alignment < room ? alignment : room;
}
