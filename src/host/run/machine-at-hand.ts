/** The machine of the run on screen as it stands between steps, for all who only look at it. Behind a stored run there is none. */
import type { LookingMethod, LookingParams, LookingResult, QueueState, Ring, RingEntry, StalledRow } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { StepSaid } from '../../model/lab/index.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import type { MachineState } from '../bundle/machine-state.ts';
import type { TranslateRequest } from '../engine/api.ts';
import type { EngineClient } from '../engine/engine-client.ts';
import { decodeRecords } from '../rows/records.ts';
import type { RunRecord } from './run-record.ts';

export class MachineAtHand {
  readonly #run: RunRecord;
  readonly #engine: EngineClient | null;

  constructor(run: RunRecord, engine: EngineClient | null) {
    this.#run = run;
    this.#engine = engine;
  }

  /** Of a stored run as it was in the end. */
  async eventQueue(): Promise<QueueState | null> {
    return this.#engine?.call('queue', {}).catch(() => null) ?? this.#run.queue;
  }

  async rings(): Promise<Ring[]> {
    return this.#engine?.call('rings', {}).catch(() => []) ?? [];
  }

  async ringWindow(id: string, from: number, count: number): Promise<{ total: number; rows: RingEntry[] }> {
    return this.#engine?.call('ringWindow', { id, from, count }) ?? { total: 0, rows: [] };
  }

  async stalled(): Promise<StalledRow[]> {
    const rows = await this.#engine?.call('stalled', {}).catch(() => []);
    return (rows ?? []).map((row) => {
      const device = this.#run.deviceName(row.sid);
      return device === undefined ? row : { ...row, device };
    });
  }

  /** Fails with `no-machine`. */
  async look<M extends LookingMethod>(method: M, params: LookingParams<M>): Promise<LookingResult<M>> {
    return (await this.#required().call('look', { method, params })) as LookingResult<M>;
  }

  /** Records of an access as memory says now; fails with `no-machine`. */
  async walk(request: TranslateRequest): Promise<TraceRecord[]> {
    return decodeRecords(await this.#required().call('walk', request));
  }

  /** What the steps done so far said. */
  async said(): Promise<StepSaid[]> {
    return (await this.#engine?.call('said', {})) ?? [];
  }

  /** Registers and memory, under this name; none where there is no machine. */
  async states(name = 'end'): Promise<MachineState[]> {
    return this.#engine === null ? [] : [await this.#engine.call('state', { step: this.#run.position, name })];
  }

  #required(): EngineClient {
    if (this.#engine === null) throw new RpcError({ code: RPC_CODES.noMachine, message: 'there is no machine to look at' });
    return this.#engine;
  }
}
