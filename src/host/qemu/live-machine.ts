/** QEMU's `virt` machine with its SMMUv3, driven action by action and DMA by DMA as the cases are (formats/qemu-cases). */
import { fail, ok } from '../../model/base/result.ts';
import type { Result } from '../../model/base/result.ts';
import { REGISTERS } from '../../model/spec/index.ts';
import type { IdRegisters } from '../../model/spec/index.ts';
import { bytesOfAction, CASE_RAM } from '../../formats/qemu-cases/case.ts';
import type { Action, Asked, AskedCase } from '../../formats/qemu-cases/case.ts';
import type { Answer } from '../../formats/qemu-cases/run-case.ts';
import { busyLine, deviceArguments, EDU_BUFFER, isBusy, isReachable, patternLines, seatsOf, transferLines, wakeLines } from './devices.ts';
import type { Seat } from './devices.ts';
import type { QemuExecutable } from './executable.ts';
import { QemuProcess } from './process.ts';
import { bytesOfReply, getLine, memsetLine, readLine, setLine, writeLines } from './qtest-client.ts';
import type { Translation } from './trace-log.ts';

const SMMU = 0x0905_0000n;
const PAGE = 4096n;
/** The machine puts its device tree at the start of RAM at each reset. */
const DEVICE_TREE_BYTES = 0x10_0000;
const RECORD_BYTES = 32;
const SMMUEN = 1;
const GBPA_ABORT = 1 << 20;
const GBPA_UPDATE = 0x8000_0000;

const at = (name: string): bigint => SMMU + BigInt(REGISTERS.get(name)!.offset);
const CR0 = at('CR0');
const GBPA = at('GBPA');
const [EVENTQ_BASE, EVENTQ_PROD, EVENTQ_CONS] = [at('EVENTQ_BASE'), at('EVENTQ_PROD'), at('EVENTQ_CONS')];

const ID_NAMES = ['IDR0', 'IDR1', 'IDR2', 'IDR3', 'IDR4', 'IDR5', 'IDR6', 'IIDR', 'AIDR'] as const satisfies readonly (keyof IdRegisters)[];

export interface WantedMachine {
  /** StreamIDs, a device for each. */
  readonly sids: readonly number[];
  /** Those whose device is an `iommu-testdev`. */
  readonly testDevices?: readonly number[];
  /** RAM from 0x4000_0000 on; that of the cases by default. */
  readonly ramBytes?: bigint;
}

export const machineArguments = ({ sids, testDevices, ramBytes = CASE_RAM.size }: WantedMachine): string[] => ['-machine', 'virt,iommu=smmuv3,gic-version=3', '-m', String(ramBytes >> 20n), ...deviceArguments(seatsOf(sids, testDevices))];

export class LiveMachine {
  readonly qemu: QemuProcess;
  /** Of this QEMU's SMMU. */
  readonly id: IdRegisters;
  readonly #seats: ReadonlyMap<number, Seat>;
  /** A page of RAM that the device's buffer is filled from and emptied to; it is put back each time. */
  readonly #scratch: bigint;
  /** Pages that are not zero perhaps. */
  readonly #touched = new Set<bigint>();
  readonly #ramEnd: bigint;

  private constructor(qemu: QemuProcess, id: IdRegisters, seats: readonly Seat[], ramBytes: bigint) {
    this.qemu = qemu;
    this.id = id;
    this.#seats = new Map(seats.map((seat) => [seat.sid, seat]));
    this.#ramEnd = CASE_RAM.base + ramBytes;
    this.#scratch = this.#ramEnd - PAGE;
  }

  /** Starts the machine. `end` it when done; an aborted `signal` does. */
  static async start(executable: QemuExecutable, wanted: WantedMachine, signal?: AbortSignal): Promise<Result<LiveMachine>> {
    const { sids, ramBytes = CASE_RAM.size } = wanted;
    const unreachable = sids.find((sid) => !isReachable(sid));
    if (unreachable !== undefined) {
      return fail('no-such-stream', `no device of QEMU's virt can have StreamID 0x${unreachable.toString(16)}: expected 0x8 to 0xf7, or a bus from 1 to 255 with slot 0 (0xBB00 to 0xBB07)`);
    }
    const started = await QemuProcess.start(executable, machineArguments(wanted), signal);
    if (!started.ok) return started;
    const qemu = started.value;
    const seats = seatsOf(sids, wanted.testDevices);
    const words = await qemu.qtest.send(ID_NAMES.map((name) => getLine('l', at(name))));
    const id = Object.fromEntries(ID_NAMES.map((name, index) => [name, Number(words[index])])) as unknown as IdRegisters;
    const live = new LiveMachine(qemu, id, seats, ramBytes);
    await live.#fresh();
    return ok(live);
  }

  end(): Promise<void> {
    return this.qemu.end();
  }

  /** SMMU and devices from reset, all memory zero. */
  async reset(): Promise<void> {
    const reset = this.qemu.qmp.event('RESET');
    await Promise.all([this.qemu.qmp.ask('system_reset'), reset]);
    await this.#fresh();
  }

  async #fresh(): Promise<void> {
    const pages = [...this.#touched].map((page) => memsetLine(page, Number(PAGE), 0));
    this.#touched.clear();
    await this.qemu.qtest.send([memsetLine(CASE_RAM.base, DEVICE_TREE_BYTES, 0), ...pages, ...wakeLines([...this.#seats.values()])]);
  }

  /** Does them in their order. */
  async act(actions: readonly Action[]): Promise<void> {
    if (actions.length > 0) await this.qemu.qtest.send(actions.flatMap((action) => this.#lines(action)));
  }

  #lines(action: Action): string[] {
    switch (action[0]) {
      case 'reg32':
        return [setLine('l', SMMU + action[1], Number(action[2]) >>> 0)];
      case 'reg64':
        return [setLine('q', SMMU + action[1], action[2])];
      case 'fill':
        this.#touch(action[1], action[2]);
        return [memsetLine(action[1], action[2], action[3])];
      default: {
        const bytes = bytesOfAction(action);
        this.#touch(action[1], bytes.length);
        return writeLines(action[1], bytes);
      }
    }
  }

  /** A whole case from reset; `pre` of each transaction too. */
  async run(one: AskedCase): Promise<Answer[]> {
    await this.reset();
    await this.act(one.setup);
    const answers: Answer[] = [];
    for (const tx of one.tx) {
      await this.act(tx.pre);
      answers.push(await this.transact(tx));
    }
    return answers;
  }

  #touch(address: bigint, length: number): void {
    for (let page = address & -PAGE; page < address + BigInt(length); page += PAGE) if (page >= CASE_RAM.base && page < this.#ramEnd) this.#touched.add(page);
  }

  /** One DMA of the device with that StreamID, and what the SMMU made of it. Empties the event queue. */
  async transact(tx: Omit<Asked, 'pre'>): Promise<Answer> {
    const seat = this.#seats.get(tx.sid);
    if (seat === undefined || tx.len > EDU_BUFFER) throw new Error(`no device for a transaction of ${tx.len} bytes of StreamID ${tx.sid}`);
    if (seat.device === 'edu' && tx.op === 'W') await this.#through(seat, 'from-memory', tx.len, tx.wdata ?? new Uint8Array(tx.len));
    this.qemu.trace.take();
    if (seat.device === 'edu') await this.#transfer(seat, tx.op === 'W' ? 'to-memory' : 'from-memory', tx.iova, tx.len);
    else await this.qemu.qtest.send(patternLines(seat, tx.iova, tx.len));
    const said = this.qemu.trace.take();
    const data = tx.op === 'R' ? await this.#through(seat, 'to-memory', tx.len, null) : null;
    const events = await this.#drainEvents();
    const { status, pa } = answered(said, tx.iova);
    if (tx.op === 'W' && pa !== null) this.#touch(pa, tx.len);
    return { status, pa, events, data, stale: [] };
  }

  async #transfer(seat: Seat, direction: 'from-memory' | 'to-memory', address: bigint, length: number): Promise<void> {
    await this.qemu.qtest.send(transferLines(seat, direction, address, length, this.qemu.executable.hasQtest));
    let [busy] = await this.qemu.qtest.send([busyLine(seat)]);
    while (isBusy(busy!)) [busy] = await this.qemu.qtest.send([busyLine(seat)]);
  }

  /** Moves the device's buffer from or to the page of RAM while the SMMU lets everything through; what the page held stays. */
  async #through(seat: Seat, direction: 'from-memory' | 'to-memory', length: number, put: Uint8Array | null): Promise<Uint8Array> {
    const { qtest } = this.qemu;
    const [cr0, gbpa, held] = await qtest.send([getLine('l', CR0), getLine('l', GBPA), readLine(this.#scratch, length)]);
    const [enabled, aborts] = [Number(cr0), (Number(gbpa) & GBPA_ABORT) !== 0];
    await qtest.send([
      ...(put === null ? [] : writeLines(this.#scratch, put)),
      ...(aborts ? [setLine('l', GBPA, GBPA_UPDATE)] : []),
      setLine('l', CR0, (enabled & ~SMMUEN) >>> 0),
    ]);
    await this.#transfer(seat, direction, this.#scratch, length);
    const [moved] = await qtest.send([
      readLine(this.#scratch, length),
      setLine('l', CR0, enabled >>> 0),
      ...(aborts ? [setLine('l', GBPA, (Number(gbpa) | GBPA_UPDATE) >>> 0)] : []),
      ...writeLines(this.#scratch, bytesOfReply(held!)),
    ]);
    return bytesOfReply(moved!);
  }

  async #drainEvents(): Promise<string[]> {
    const { qtest } = this.qemu;
    const [base = '0', prodText = '0', consText = '0'] = await qtest.send([getLine('q', EVENTQ_BASE), getLine('l', EVENTQ_PROD), getLine('l', EVENTQ_CONS)]);
    const [prod, start] = [Number(prodText), BigInt(base) & 0xf_ffff_ffff_ffe0n];
    const mask = 2 ** (Number(BigInt(base) & 0x1fn) + 1) - 1;
    const entries: bigint[] = [];
    for (let cons = Number(consText) & mask; cons !== (prod & mask); cons = (cons + 1) & mask) entries.push(start + BigInt((cons & (mask >>> 1)) * RECORD_BYTES));
    for (const entry of entries) this.#touch(entry, RECORD_BYTES);
    const replies = await qtest.send([...entries.map((entry) => readLine(entry, RECORD_BYTES)), setLine('l', EVENTQ_CONS, prod)]);
    return replies.slice(0, entries.length).map((reply) => reply.slice(2));
  }
}

/** The trace of one DMA: of a transfer that is cut into beats the first decides. */
function answered(said: readonly Translation[], iova: bigint): Pick<Answer, 'status' | 'pa'> {
  const [first] = said;
  if (first === undefined) return { status: 'fault', pa: null };
  if (first.status === 'success') return { status: 'success', pa: first.pa! | (iova & (PAGE - 1n)) };
  if (first.status === 'abort') return { status: 'abort', pa: null };
  return { status: 'bypass', pa: iova };
}
