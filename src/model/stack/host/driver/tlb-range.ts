/**
 * Range invalidation (d.4): how the driver cuts a range into TLBI commands. Pure arithmetic; sizes and granules in bytes.
 * With a granule smaller than `tg` it is wrong as posted: the loop of the source never ends. That is found and said here.
 */
import type { TlbiRange } from './commands.ts';

export interface RangeRequest {
  readonly iova: bigint;
  readonly size: bigint;
  /** Size of the leaf entries; of the pages where a walk is invalidated. */
  readonly granule: bigint;
  readonly leaf: boolean;
}

export interface RangeForm {
  /** IDR3.RIL: range commands exist. */
  readonly ranges: boolean;
  /** log2 of the smallest page of the tables. */
  readonly tg: number;
  /** 5.15 gives a level with every range; later drivers only with leaves, and make 1 page 2 where the level is left out. */
  readonly ttl: 'always' | 'leaf-only';
}

export interface RangeCommands {
  readonly commands: readonly TlbiRange[];
  /** Why the kernel would never come back from it, or null. */
  readonly livelock: string | null;
}

/** Commands by single address beyond which a CPU is reported stuck. */
const STUCK = 1 << 16;
const MAX_NUM = 31n;

const log2 = (value: bigint): number => value.toString(2).length - 1;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Index of the lowest bit that is set; the value is not 0. */
const ffs = (value: bigint): number => log2(value & -value);

export function rangeCommands(request: RangeRequest, form: RangeForm): RangeCommands {
  if (request.size === 0n) return { commands: [], livelock: null };
  return form.ranges ? byRange(request, form) : byAddress(request);
}

function byAddress({ iova, size, granule, leaf }: RangeRequest): RangeCommands {
  const commands: TlbiRange[] = [];
  const end = u64(iova + size);
  for (let at = iova; at < end; at += granule) {
    if (commands.length === STUCK) return { commands, livelock: `${size / granule} commands for one range` };
    commands.push({ address: at, leaf, num: 0, scale: 0, tg: 0, ttl: 0 });
  }
  return { commands, livelock: null };
}

function byRange(request: RangeRequest, form: RangeForm): RangeCommands {
  const { iova, size, leaf } = request;
  const tg = (form.tg - 10) / 2;
  const ttl = levelOf(request, form);
  const commands: TlbiRange[] = [];
  const end = u64(iova + size);
  let pages = size >> BigInt(form.tg);
  // Without a level, NUM = SCALE = TTL = 0 would be the reserved form.
  if (form.ttl === 'leaf-only' && !leaf && (pages & MAX_NUM) === 1n) pages++;
  for (let at = iova; at < end; ) {
    if (pages === 0n) return { commands, livelock: `${size} bytes are no whole number of pages of ${1n << BigInt(form.tg)}: 0 pages are left and the address does not advance` };
    const scale = ffs(pages);
    const num = (pages >> BigInt(scale)) & MAX_NUM;
    commands.push({ address: at, leaf, num: Number(num) - 1, scale, tg, ttl });
    at += num << BigInt(scale + form.tg);
    pages -= num << BigInt(scale);
  }
  return { commands, livelock: null };
}

function levelOf({ granule, leaf }: RangeRequest, form: RangeForm): number {
  if (form.ttl === 'leaf-only' && !leaf) return 0;
  return 4 - Math.floor((log2(granule) - 3) / (form.tg - 3));
}

/** log2 of the page that `granule`, a page or block size, belongs to. */
export function pageShiftOf(granule: bigint): number {
  const shift = log2(granule);
  for (const page of [12, 14, 16]) {
    if (shift >= page && (shift - page) % (page - 3) === 0) return page;
  }
  return shift;
}
