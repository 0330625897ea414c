/** `qemu.plan` and `qemu.live`: a chosen QEMU beside the model, which runs in an engine of its own so that everything else is answered meanwhile. */
import { basename } from 'node:path';
import type { LabCase } from '../../formats/qemu-cases/case-of-lab.ts';
import type { Answer } from '../../formats/qemu-cases/run-case.ts';
import { eventItem } from '../../model/trace/compare/item.ts';
import { hex, hexBytes } from '../../model/base/address.ts';
import type { LiveAnswer, LiveComparison, ParamsOf, QemuPlan, StreamData } from '../../protocol/contract.ts';
import type { Result } from '../../model/base/result.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import { EngineClient } from '../engine/engine-client.ts';
import type { Engines } from '../exchange/rerun.ts';
import { caseFor, compareWithLive, machineOf } from './compare-lab.ts';
import type { LiveTransaction } from './compare-lab.ts';
import { probeQemu } from './executable.ts';
import type { QemuExecutable } from './executable.ts';
import { machineArguments } from './live-machine.ts';
import { argumentsOf } from './process.ts';
import type { QemuPrograms } from './programs.ts';

/** Transactions that are told: some megabytes. */
const MOST = 10_000;

type Asked = ParamsOf<'qemu.plan'>;
type Tell = (progress: StreamData<'jobs.progress'>) => void;

export class LiveSession {
  readonly #programs: QemuPrograms;
  readonly #engines: Engines;
  /** Comparisons under way. */
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(programs: QemuPrograms, engines: Engines) {
    this.#programs = programs;
    this.#engines = engines;
  }

  plan(asked: Asked, signal: AbortSignal): Promise<QemuPlan> {
    return this.#with(asked, signal, async (executable, made) => {
      const { one, untried } = unwrap(caseFor(executable, made, asked.device));
      return {
        name: basename(executable.path),
        version: executable.version,
        arguments: argumentsOf(executable, machineArguments(machineOf(made, asked.device)), 'SOCKETS'),
        devices: executable.hasTestDevice ? ['edu', 'iommu-testdev'] : ['edu'],
        transactions: one.tx.length,
        untried: steps(untried),
      };
    });
  }

  compare(asked: ParamsOf<'qemu.live'>, signal: AbortSignal, tell: Tell): Promise<LiveComparison> {
    const { job, device } = asked;
    return this.#with(asked, signal, async (executable, made, engine) => {
      const progress = (done: number, total: number): void => tell({ job, what: 'On QEMU', done, total });
      const judge = ({ one, ramBytes }: LabCase, live: readonly Answer[]): ReturnType<typeof engine.call<'judge'>> => {
        tell({ job, what: 'Looking for reasons', done: 0, total: 0 });
        return engine.call('judge', { one, ramBytes, live });
      };
      const { qemu, transactions, untried } = unwrap(await compareWithLive(executable, made, judge, device, { signal, progress }));
      const counts = { equal: 0, explained: 0, finding: 0 };
      for (const { verdict } of transactions) counts[verdict]++;
      return { qemu, counts, transactions: transactions.slice(0, MOST).map(asSent), untried: steps(untried) };
    });
  }

  /** Resolves when every QEMU is gone; whoever asked has cancelled by then. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  #with<T>(asked: Asked, signal: AbortSignal, work: (executable: QemuExecutable, made: LabCase, engine: EngineClient) => Promise<T>): Promise<T> {
    const path = this.#programs.pathOf(asked.qemu);
    const done = this.#worked(path, asked, signal, work);
    this.#underWay.add(done);
    void done.catch(() => undefined).then(() => this.#underWay.delete(done));
    return done;
  }

  async #worked<T>(path: string, { documents, uapi }: Asked, signal: AbortSignal, work: (executable: QemuExecutable, made: LabCase, engine: EngineClient) => Promise<T>): Promise<T> {
    const nothing = (): void => undefined;
    const engine = new EngineClient(this.#engines.engine, { records: nothing, progress: nothing, died: nothing });
    const end = (): void => void engine.end();
    signal.addEventListener('abort', end, { once: true });
    try {
      const [executable, made] = await Promise.all([probeQemu(path, signal), engine.call('caseOf', { documents, uapi: uapi ?? null })]);
      return await work(unwrap(executable), made, engine);
    } catch (error) {
      if (signal.aborted) throw new RpcError({ code: RPC_CODES.cancelled, message: 'the comparison with QEMU was cancelled' });
      throw named(error, path);
    } finally {
      signal.removeEventListener('abort', end);
      await engine.end();
    }
  }
}

function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { code, message, at } = result.error;
  throw new RpcError({ code, message, at: { ...at } });
}

/** A refusal names the program as its owner does, not where it lies here. */
const named = (error: unknown, path: string): unknown => {
  if (!(error instanceof RpcError) || error.at?.file !== path) return error;
  const failure = error.toFailure();
  return new RpcError({ ...failure, message: failure.message.replaceAll(path, basename(path)), at: { ...failure.at, file: basename(path) } });
};

const steps = (untried: LabCase['untried']): QemuPlan['untried'] => untried.map(({ index, why }) => ({ step: index + 1, why }));

const asSent = ({ step, text, asked, verdict, because, here, live }: LiveTransaction): LiveComparison['transactions'][number] => ({
  step: step + 1,
  text,
  access: `${asked.op === 'R' ? 'read' : 'write'} ${hex(asked.iova)}, ${asked.len} bytes, StreamID ${hex(asked.sid)}`,
  verdict,
  because: [...because],
  here: answerOf(here),
  qemu: answerOf(live),
});

const answerOf = ({ status, pa, events, data }: Answer): LiveAnswer => ({
  status,
  pa: pa === null ? null : hex(pa),
  events: events.map((raw) => ({ raw, ...eventItem(wordsOf(raw)) })),
  data: data === null ? null : hexBytes(data),
});

const wordsOf = (raw: string): Uint32Array => {
  const bytes = Buffer.from(raw, 'hex');
  return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(4 * at));
};
