/** A capture of a QEMU that runs: it stands still while its SMMU's registers and what they lead to are read, and then runs on, whatever happened. */
import { gather } from '../../formats/capture/gather.ts';
import type { Gathered } from '../../formats/capture/gather.ts';
import { contains, joinRanges } from '../../formats/capture/ranges.ts';
import type { Range } from '../../formats/capture/ranges.ts';
import { PAGE } from '../../formats/memory-image/memory-image.ts';
import type { MemoryImage } from '../../formats/memory-image/memory-image.ts';
import { REGISTER_BYTES } from '../../formats/register-dump/register-dump.ts';
import type { RegisterState } from '../../formats/register-dump/register-state.ts';
import { hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { REGISTERS } from '../../model/spec/index.ts';
import { memoryMapOf } from './memory-map.ts';
import { humanMonitor, MonitorMemory, readWords } from './monitor-memory.ts';
import type { Monitor } from './monitor.ts';

export interface LiveCaptureOptions {
  /** Physical address of the SMMU's register pages; null: where QEMU says that there is one. */
  readonly smmu: bigint | null;
  readonly signal?: AbortSignal | undefined;
  /** Pages that are read, of those that are known to be needed so far. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
  /** Called while the machine stands still, with what was captured. */
  readonly still?: ((gathered: Gathered) => void) | undefined;
}

export interface LiveCapture extends Gathered {
  readonly smmu: bigint;
  /** Such as `10.0.2`. */
  readonly qemu: string;
  /** It ran before, and does so again. */
  readonly ran: boolean;
  /** Milliseconds for which it stood still. */
  readonly stoodStill: number;
  readonly way: 'pmemsave' | 'xp';
}

const CR0_SMMUEN = 1;
/** PrimeCell identification (IHI 0070 6.3.72): CIDR0 to CIDR3. */
const CIDR = [0x0d, 0xf0, 0x05, 0xb1] as const;
/** A table leads to a table: eight levels of both stages, the CD and the stream table. */
const MAX_ROUNDS = 64;

const offset = (name: string): number => REGISTERS.get(name)!.offset;

/** Every 32-bit word of a register, by offset. */
const OFFSETS: readonly number[] = [...REGISTERS.values()].flatMap(({ offset: at, bits }) => (bits === 64 ? [at, at + 4] : [at])).sort((a, b) => a - b);

/** Where the SMMU is, of those that QEMU names. */
function placeOf(smmus: readonly bigint[], wanted: bigint | null): Result<bigint> {
  const [one, another] = smmus;
  const list = smmus.map((base) => hex(base)).join(', ');
  if (wanted !== null) return one === undefined || smmus.includes(wanted) ? ok(wanted) : fail('no-smmu', `there is no SMMU at ${hex(wanted)}: this machine has ${smmus.length} SMMUv3${another === undefined ? '' : 's'}, at ${list}`);
  if (one === undefined) return fail('no-smmu', "this machine has no SMMUv3: QEMU's memory map (info mtree) names none. virt has one with -machine virt,iommu=smmuv3; give the address of another with --smmu");
  if (another !== undefined) return fail('many-smmus', `this machine has ${smmus.length} SMMUv3s, at ${list}: choose one with --smmu`);
  return ok(one);
}

async function registersAt(monitor: Monitor, base: bigint): Promise<Result<RegisterState>> {
  const read = (offsets: readonly number[]): Promise<(number | null)[]> => readWords(monitor, offsets.map((at) => base + BigInt(at)));
  // These alone first: at an address that somebody mistyped may be a device that a read changes.
  const identity = await read(CIDR.map((_, index) => offset(`CIDR${index}`)));
  if (CIDR.some((byte, index) => identity[index] !== byte)) return fail('no-smmu', `there is no SMMU at ${hex(base)}: its identification registers do not read 0x0d, 0xf0, 0x05, 0xb1`);
  const words = await read(OFFSETS);
  const image = new Int32Array(REGISTER_BYTES / 4);
  OFFSETS.forEach((at, index) => (image[at / 4] = words[index]! | 0));
  if ((image[offset('CR0') / 4]! & CR0_SMMUEN) === 0) return fail('smmu-off', `the SMMU at ${hex(base)} is off (CR0.SMMUEN is 0) and translates nothing: its driver has not started yet, or has shut it down`);
  return ok({ image, known: new Set(OFFSETS), problems: [] });
}

/** Memory as it is read bit by bit: pages that were asked for and are not there yet are `missing`. */
class GrowingImage implements MemoryImage {
  readonly title: string;
  readonly ranges: readonly Range[];
  readonly notes = [];
  readonly problems = [];
  readonly #pages = new Map<bigint, Uint8Array>();
  readonly missing = new Set<bigint>();

  constructor(title: string, ranges: readonly Range[]) {
    this.title = title;
    this.ranges = ranges;
  }

  page(pa: bigint): Uint8Array | null {
    const page = this.#pages.get(pa);
    if (page === undefined && this.ranges.some((range) => contains(range, pa))) this.missing.add(pa);
    return page ?? null;
  }

  add(base: bigint, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PAGE) this.#pages.set(base + BigInt(at), bytes.slice(at, at + PAGE));
  }

  get count(): number {
    return this.#pages.size;
  }
}

/** Gathers again and again, each time with the pages that the time before asked for. */
async function gatherAll(image: GrowingImage, state: RegisterState, memory: MonitorMemory, { signal, progress }: LiveCaptureOptions): Promise<Result<Gathered>> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const gathered = gather(image, state);
    const wanted = joinRanges([...image.missing].map((base) => ({ base, size: BigInt(PAGE) })));
    if (wanted.length === 0) return gathered;
    const total = image.count + image.missing.size;
    image.missing.clear();
    for (const range of wanted) {
      await memory.read(range, (base, bytes) => {
        signal?.throwIfAborted();
        image.add(base, bytes);
        progress?.(image.count, total);
      });
    }
  }
  return fail('too-large', `the SMMU's structures lead on and on: ${image.count} pages were read. Is STRTAB_BASE right?`);
}

async function readStill(monitor: Monitor, qemu: string, options: LiveCaptureOptions): Promise<Result<Omit<LiveCapture, 'ran' | 'stoodStill'>>> {
  const { ram, smmus } = memoryMapOf(await humanMonitor(monitor, 'info mtree -f'));
  if (ram.length === 0) return fail('no-memory', "QEMU's memory map (info mtree -f) names no RAM");
  const smmu = placeOf(smmus, options.smmu);
  if (!smmu.ok) return smmu;
  const state = await registersAt(monitor, smmu.value);
  if (!state.ok) return state;
  const memory = new MonitorMemory(monitor);
  try {
    const gathered = await gatherAll(new GrowingImage(`QEMU ${qemu}`, ram), state.value, memory, options);
    if (!gathered.ok) return gathered;
    options.still?.(gathered.value);
    return ok({ ...gathered.value, smmu: smmu.value, qemu, way: memory.way });
  } finally {
    memory.close();
  }
}

const isRunning = async (monitor: Monitor): Promise<boolean> => ((await monitor.ask('query-status')) as { running?: unknown }).running === true;

async function versionOf(monitor: Monitor): Promise<string> {
  const { qemu } = (await monitor.ask('query-version')) as { qemu: Record<'major' | 'minor' | 'micro', number> };
  return `${qemu.major}.${qemu.minor}.${qemu.micro}`;
}

async function runOn(monitor: Monitor): Promise<void> {
  try {
    await monitor.ask('cont');
  } catch (error) {
    throw new Error(`${(error as Error).message}: if this QEMU is still there, it stands still until a monitor tells it "cont"`, { cause: error });
  }
}

/**
 * Stops the machine, unless it stands still already, reads it and lets it run on: also when reading fails or `signal` is aborted, which rejects with its reason.
 * Rejects as well when QEMU ends or refuses a command.
 */
export async function captureLive(monitor: Monitor, options: LiveCaptureOptions): Promise<Result<LiveCapture>> {
  const qemu = await versionOf(monitor);
  const ran = await isRunning(monitor);
  options.signal?.throwIfAborted();
  if (ran) await monitor.ask('stop');
  const since = performance.now();
  let read: Awaited<ReturnType<typeof readStill>>;
  try {
    read = await readStill(monitor, qemu, options);
    if (read.ok && (await isRunning(monitor))) read = fail('ran-on', 'the machine ran on while it was read: somebody else let it. Nothing of this capture can be relied on');
  } finally {
    if (ran) await runOn(monitor);
  }
  return read.ok ? ok({ ...read.value, ran, stoodStill: performance.now() - since }) : read;
}
