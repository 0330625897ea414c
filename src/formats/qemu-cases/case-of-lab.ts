/**
 * A lab as a case: what its software wrote, to memory and to registers, in order, and the DMA of its devices. The lab runs as
 * QEMU would run it, with QEMU's ID registers and deviations, so that software that looks at the SMMU sees what it would see there.
 */
import { SOFTWARE } from '../../model/memory/author.ts';
import type { Author } from '../../model/memory/author.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { createRunner } from '../../model/lab/index.ts';
import type { DmaStep, LabData } from '../../model/lab/index.ts';
import { QEMU_CACHES } from '../../model/smmu/options.ts';
import type { Smmu } from '../../model/smmu/smmu.ts';
import { PRESETS, REGISTERS } from '../../model/spec/index.ts';
import type { IdRegisters } from '../../model/spec/index.ts';
import { Recorder } from '../../model/trace/recorder.ts';
import { KIND, PAYLOAD, RECORD_WORDS } from '../../model/trace/record.ts';
import type { Sink } from '../../model/trace/sink.ts';
import { CASE_RAM } from './case.ts';
import type { Action, Asked, AskedCase } from './case.ts';

/** Most that a device of QEMU moves at once, and all of one page. */
const PAGE = 4096n;
/** Pages 0 and 1: QEMU has no more. */
const PAGES = 0x2_0000;
const EVENTQ_BASE = 0xa0;
const EVENTQ_CONS = [0xac, 0x1_00ac];
const MIB = 1n << 20n;

export interface LabCase {
  readonly one: AskedCase;
  /** Of each transaction: its step, from 0, and what the step said. */
  readonly steps: readonly { readonly index: number; readonly text: string }[];
  /** Steps of which a DMA cannot be tried, from 0, and why. */
  readonly untried: readonly { readonly index: number; readonly why: string }[];
  /** RAM that the lab needs, from CASE_RAM.base on. */
  readonly ramBytes: bigint;
}

const wide = new Set([...REGISTERS.values()].filter(({ bits }) => bits === 64).map(({ offset }) => offset));

/** Register writes as they happen, whatever else is recorded. */
class RegisterWrites implements Sink {
  readonly words = new Int32Array(RECORD_WORDS);
  readonly #tell: (action: Action) => void;

  constructor(tell: (action: Action) => void) {
    this.#tell = tell;
  }

  reserve(): number {
    return 0;
  }

  room(): number {
    return 1;
  }

  commit(): void {
    const [kind = 0] = this.words;
    const offset = this.words[6]!;
    // The event queue is emptied after each transaction, as the recorder of the cases did.
    if ((kind & 0xff) !== KIND.REG_WRITE || offset >= PAGES || EVENTQ_CONS.includes(offset)) return;
    const lo = BigInt(this.words[PAYLOAD]! >>> 0);
    const hi = BigInt(this.words[PAYLOAD + 1]! >>> 0);
    this.#tell(wide.has(offset) ? ['reg64', BigInt(offset), (hi << 32n) | lo] : ['reg32', BigInt(offset), lo]);
  }
}

const FROM_SOFTWARE: readonly Author['kind'][] = [SOFTWARE.kind, 'host', 'guest'];

/** Whether the address lies in the event queue, which the SMMU writes. */
function isEvent({ registers }: Smmu, address: number): boolean {
  const base = registers.peek(EVENTQ_BASE);
  const start = (registers.peek(EVENTQ_BASE + 4) & 0xf_ffff) * 2 ** 32 + ((base & ~0x1f) >>> 0);
  return address >= start && address < start + 2 ** ((base & 0x1f) + 5);
}

/** Tells of what software writes from now on, and still tells whoever was told before. */
function watch(smmu: Smmu, tell: (action: Action) => void): void {
  const { memory } = smmu;
  const { observer } = memory;
  memory.observer = {
    wrote(address, bytes, author) {
      observer?.wrote(address, bytes, author);
      if (FROM_SOFTWARE.includes(author.kind) && !isEvent(smmu, address)) tell(['mem', BigInt(address), memory.readBytes(BigInt(address), bytes)!.slice()]);
    },
  };
}

const onQemu = (lab: LabData): LabData => ({
  ...lab,
  host: { ...lab.host, smmu: { ...lab.host.smmu, preset: 'qemu-11', registers: {}, profile: 'qemu-11', deviations: [], choices: {}, caches: { ...lab.host.smmu.caches, s1Walk: QEMU_CACHES.s1Walk, s2Walk: QEMU_CACHES.s2Walk } } },
});

/** Why a device of QEMU cannot do this; null: it can. */
function unable({ input }: DmaStep): string | null {
  if (input.ssid !== null) return 'no device of QEMU sends a SubstreamID';
  if (input.access === 'execute') return 'no device of QEMU fetches instructions';
  if (input.translated === true) return 'no device of QEMU sends Translated transactions';
  return null;
}

/** The transactions of a step: one for each page, up to the one that decided. */
function asked({ input, sid, moved }: DmaStep, pre: readonly Action[]): Asked[] {
  const transactions: Asked[] = [];
  const length = Math.min(moved + 1, input.length);
  for (let at = 0; at < length; ) {
    const iova = BigInt.asUintN(64, input.iova + BigInt(at));
    const len = Math.min(input.length - at, Number(PAGE - (iova % PAGE)));
    const wdata = input.access === 'write' ? Uint8Array.from({ length: len }, (_, byte) => input.data[(at + byte) % Math.max(input.data.length, 1)] ?? 0) : null;
    transactions.push({ pre: at === 0 ? [...pre] : [], op: input.access === 'write' ? 'W' : 'R', sid, iova, len, wdata, privileged: input.privileged });
    at += len;
  }
  return transactions;
}

function ramOf(lab: LabData): Result<bigint> {
  const ends = lab.host.memory.map(({ base, size }) => base + size);
  const first = lab.host.memory.find(({ base }) => base < CASE_RAM.base);
  if (first !== undefined) return fail('other-memory', `the RAM of QEMU's virt begins at 0x${CASE_RAM.base.toString(16)}: the lab has memory at 0x${first.base.toString(16)}`, { path: 'host.memory' });
  const bytes = ends.reduce((most, end) => (end > most ? end : most)) - CASE_RAM.base;
  return bytes % MIB === 0n ? ok(bytes) : fail('other-memory', `QEMU's RAM is made of whole MiB: the lab's ends at 0x${(CASE_RAM.base + bytes).toString(16)}`, { path: 'host.memory' });
}

/** Runs the lab and keeps what was done; the error says what no QEMU can have of it. */
export function caseOfLab(lab: LabData): Result<LabCase> {
  const ram = ramOf(lab);
  if (!ram.ok) return ram;
  let actions: Action[] = [];
  const tell = (action: Action): void => void actions.push(action);
  const created = createRunner(onQemu(lab), { recorder: new Recorder(new RegisterWrites(tell), 'transactions') });
  if (!created.ok) return created;
  const runner = created.value;
  const { memory } = runner.machine;
  // Nothing was asked yet: what is in memory now was there before the registers.
  const setup: Action[] = [...[...memory.contents()].map(([pa, bytes]): Action => ['mem', pa, bytes.slice()]), ...actions];
  actions = [];
  watch(runner.machine.smmu, tell);
  const tx: Asked[] = [];
  const steps: { index: number; text: string }[] = [];
  const untried: { index: number; why: string }[] = [];
  for (let step = runner.step(); step !== null; step = runner.step()) {
    const { index, text, dma } = step;
    if (dma === null) continue;
    const why = unable(dma);
    if (why !== null) {
      untried.push({ index, why });
      continue;
    }
    const transactions = asked(dma, actions);
    actions = [];
    tx.push(...transactions);
    steps.push(...transactions.map(() => ({ index, text })));
  }
  runner.release();
  return ok({ one: { setup, tx }, steps, untried, ramBytes: ram.value });
}

/** Registers in which a QEMU differs from the one that the model knows; none: they are alike. */
export const otherIds = (id: IdRegisters): (keyof IdRegisters)[] => (Object.keys(id) as (keyof IdRegisters)[]).filter((name) => id[name] !== PRESETS['qemu-11'].id[name]);
