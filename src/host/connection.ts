/** One UI at its port: a lab of its own, and the methods of the protocol on it. */
import { hex } from '../model/base/address.ts';
import { LOOKING_METHODS, MAX_CAPTURE, PROTOCOL_VERSION } from '../protocol/contract.ts';
import type { FilterList, LookingMethod, Method, ResultOf, RunState } from '../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../protocol/errors.ts';
import type { Port } from '../protocol/port.ts';
import { serveRpc } from '../protocol/rpc.ts';
import type { Handlers, RpcServer } from '../protocol/rpc.ts';
import { compareSides } from './compare/compare-sides.ts';
import { Exchange } from './exchange/exchange.ts';
import type { ExchangeOptions } from './exchange/exchange.ts';
import { Transfers } from './exchange/transfers.ts';
import type { Watch } from './filter/slices.ts';
import { cellsOf, columnsOf } from './rows/cells.ts';
import { eventRows } from './rows/event-rows.ts';
import { faultWindow } from './rows/fault-rows.ts';
import { pathPlace, pathWindow } from './rows/path-rows.ts';
import { recordRows } from './rows/record-rows.ts';
import { recordView } from './rows/record-view.ts';
import { placeOf, positionsOf, rowsOf, sortedRows } from './rows/positions.ts';
import { transactionRows } from './rows/transaction-rows.ts';
import { statisticsOf } from './rows/statistics-rows.ts';
import { accessOf, walkNow } from './rows/walk-now.ts';
import { walkView } from './rows/walk.ts';
import { LANGUAGE } from './language.ts';
import { LiveSession } from './qemu/live-session.ts';
import type { QemuPrograms } from './qemu/programs.ts';
import type { RunDetails } from './run/run-record.ts';
import { Keeper } from './run/keeper.ts';
import { Lab } from './run/lab.ts';
import type { NamedBytes, Samples } from './samples.ts';
import type { QueryClient } from './store/query/query-client.ts';
import { STORE_UNSUPPORTED } from './store/database.ts';
import type { StoreStatus } from './store/api.ts';
import type { StoreClient } from './store/store-client.ts';
import type { WorkerSource } from './threads/worker-source.ts';

/** Stale entries that are named beside a walk. */
const MAX_STALE = 16;

/** Between two words of how far a filter is. */
const PROGRESS_MS = 100;

export interface ConnectionOptions {
  readonly version: string;
  readonly engine: WorkerSource;
  readonly spoolFolder: string;
  readonly segmentsInMemory?: number;
  readonly samples: Samples;
  readonly store: StoreClient;
  /** Opens it again where it cannot be saved to. */
  reopenStore(): Promise<StoreStatus>;
  readonly queries: QueryClient;
  readonly qemus: QemuPrograms;
  /** Settles when what a crash left is stored, or when that takes too long to wait for. */
  readonly recovered: Promise<unknown>;
  /** Commands for the first window that asks; nothing for others. */
  takeCommands(): readonly string[];
  readonly report: (error: unknown) => void;
}

/** A runtime without SQLite has none later either. */
const savingOf = ({ canSave, problem }: StoreStatus): ResultOf<'store.retry'> => ({ canSave, ...(problem === null ? {} : { saveProblem: problem.message, mayRetry: problem.code !== STORE_UNSUPPORTED }) });

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #lab: Lab;
  readonly #keeper: Keeper;
  readonly #exchange: ExchangeOptions;
  readonly #live: LiveSession;
  readonly #server: RpcServer;
  readonly #closed: Promise<void>;

  constructor(port: Port, options: ConnectionOptions) {
    const { engine, spoolFolder, segmentsInMemory, store, report } = options;
    this.#options = options;
    this.#lab = new Lab({
      engine,
      spoolFolder,
      ...(segmentsInMemory === undefined ? {} : { segmentsInMemory }),
      onChange: (state) => this.#server.emit('run.changed', state),
      onStart: (run, documents) => this.#keeper.guard(run, documents),
      onEnded: (run, documents) => this.#keeper.keepEnded(run, documents),
    });
    this.#keeper = new Keeper({ store, lab: this.#lab, spoolFolder, report, recovered: options.recovered });
    this.#exchange = {
      version: options.version,
      store,
      lab: this.#lab,
      transfers: new Transfers(spoolFolder),
      engines: { engine, spoolFolder, ...(segmentsInMemory === undefined ? {} : { segmentsInMemory }) },
      settled: () => this.#keeper.settled(),
      tell: (progress) => this.#server.emit('jobs.progress', progress),
    };
    this.#live = new LiveSession(options.qemus, this.#exchange.engines);
    this.#server = serveRpc(port, this.#handlers(), report);
    this.#closed = new Promise((resolve) => port.onClose(() => resolve(this.#close())));
  }

  /** Resolves when the port is closed and everything of this connection has ended. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#live.ended();
    await this.#keeper.settled();
    await this.#lab.close();
    this.#exchange.transfers.close();
  }

  #handlers(): Handlers {
    return { ...this.#general(), ...LANGUAGE, ...this.#running(), ...this.#listing(), ...this.#looking(), ...this.#machine(), ...this.#filtering(), ...this.#keeping(), ...this.#storing(), ...this.#capturing(), ...new Exchange(this.#exchange).handlers(), ...this.#comparing() };
  }

  #general(): Pick<Handlers, 'hello' | 'samples.list' | 'samples.open' | 'documents.check' | 'decode' | 'decode.file'> {
    const { version, samples, store, takeCommands } = this.#options;
    return {
      hello: async ({ protocol }) => {
        if (protocol !== PROTOCOL_VERSION) {
          throw new RpcError({ code: RPC_CODES.protocolMismatch, message: `this lab host speaks protocol ${PROTOCOL_VERSION}, the window ${protocol}: reload it` });
        }
        const commands = takeCommands();
        return { protocol: PROTOCOL_VERSION, version, ...savingOf(await store.status()), ...(commands.length === 0 ? {} : { commands: [...commands] }), platform: `${process.platform} ${process.arch}` };
      },
      'samples.list': () => samples.list(),
      'samples.open': ({ id }) => {
        const sample = samples.open(id);
        this.#keeper.leave();
        return sample;
      },
      'documents.check': async ({ documents }) => ({ problems: await this.#lab.check(documents) }),
      decode: ({ text }) => this.#lab.decode(text),
      'decode.file': ({ bytes }) => this.#lab.decodeFile(bytes),
    };
  }

  #running(): Pick<Handlers, 'run.load' | 'run.run' | 'run.step' | 'run.seek' | 'run.back' | 'run.reset' | 'run.stop' | 'run.state' | 'recording.set' | 'recording.pause'> {
    return {
      'run.load': ({ documents, uapi }) => this.#lab.load(documents, uapi ?? null),
      'run.run': async ({ stops }, { signal }) => unlessStopped(signal, await this.#lab.run(signal, stops)),
      'run.step': () => this.#lab.step(),
      'run.seek': async ({ position }, { signal }) => unlessStopped(signal, await this.#lab.seek(position, signal)),
      'run.back': async ({ stops }, { signal }) => unlessStopped(signal, await this.#lab.back(stops, signal)),
      'run.reset': () => this.#lab.reset(),
      'run.stop': () => this.#lab.stop(),
      'run.state': () => this.#lab.state(),
      'recording.set': (options) => this.#lab.record(options),
      'recording.pause': ({ paused }) => this.#lab.pause(paused),
    };
  }

  #listing(): Pick<Handlers, 'transactions.window' | 'events.window' | 'records.window' | 'records.view' | 'rows.fields' | 'rows.sort'> {
    return {
      'transactions.window': async (params, { signal }) => {
        const run = this.#lab.shown;
        const watch = this.#watch('transactions', signal);
        const { total, all, positions } = await positionsOf(run, 'transactions', params, watch);
        return { total, all, rows: transactionRows(run, positions, await cellsOf(run, 'transactions', positions, params, watch)) };
      },
      'events.window': async (params, { signal }) => {
        const queue = await this.#lab.machine.eventQueue();
        const run = this.#lab.shown;
        const watch = this.#watch('events', signal);
        const { total, all, positions } = await positionsOf(run, 'events', params, watch);
        return { total, all, rows: eventRows(run, positions, await cellsOf(run, 'events', positions, params, watch)), queue };
      },
      'records.window': async (params, { signal }) => {
        const run = this.#lab.shown;
        const watch = this.#watch('records', signal);
        const { total, all, positions } = await positionsOf(run, 'records', params, watch);
        return { total, all, rows: recordRows(run, positions, await cellsOf(run, 'records', positions, params, watch)) };
      },
      'records.view': ({ position }) => recordView(this.#lab.shown, position),
      'rows.fields': ({ list }) => columnsOf(this.#lab.shown, list),
      'rows.sort': ({ list, text, span, sort }, { signal }) => sortedRows(this.#lab.shown, list, sort, { filter: text, span }, this.#watch(list, signal)),
    };
  }

  /** Who waits for a long list hears now and then how far it is. */
  #watch(list: FilterList, signal: AbortSignal): Watch {
    let told = performance.now();
    return {
      signal,
      progress: (done, total) => {
        if (performance.now() - told < PROGRESS_MS) return;
        told = performance.now();
        this.#server.emit('rows.progress', { list, done, total });
      },
    };
  }

  #looking(): Pick<Handlers, 'walk.view' | 'walk.now' | 'statistics.get' | 'structures.at' | 'path.window' | 'path.locate' | 'faults.window' | 'stalls.list' | 'stalls.resume' | 'qemu.compare' | 'rings.list' | 'rings.window'> {
    return {
      'walk.view': ({ txn }) => walkView(this.#lab.shown, txn),
      'statistics.get': () => statisticsOf(this.#lab.shown),
      'walk.now': async ({ txn }) => {
        const run = this.#lab.shown;
        const access = accessOf(run, txn);
        const [fresh, met] = await Promise.all([this.#lab.machine.walk(access), this.#lab.machine.look('caches.window', { sid: access.sid, address: hex(access.iova), staleOnly: true, from: 0, count: MAX_STALE })]);
        return walkNow(run, txn, fresh, met.rows);
      },
      'structures.at': ({ address }) => this.#lab.shown.structures.whereIs(BigInt(address)),
      'path.window': ({ step, txn, from, count }) => pathWindow(this.#lab.shown, { step, txn }, from, count),
      'path.locate': ({ txn }) => pathPlace(this.#lab.shown, txn),
      'rings.list': () => this.#lab.machine.rings(),
      'rings.window': ({ id, from, count }) => this.#lab.machine.ringWindow(id, from, count),
      'stalls.list': () => this.#lab.stalled(),
      'qemu.compare': (_params, { signal }) => this.#lab.compareWithQemu(signal, (progress) => this.#server.emit('qemu.progress', progress)),
      'stalls.resume': (request) => this.#lab.resume(request),
      'faults.window': ({ from, count }) => faultWindow(this.#lab.shown, from, count),
    };
  }

  /** The engine answers what looks at the machine as it is now. */
  #machine(): Pick<Handlers, LookingMethod> {
    const methods = Object.keys(LOOKING_METHODS) as LookingMethod[];
    return Object.fromEntries(methods.map((method) => [method, (params: never) => this.#lab.machine.look(method, params)])) as unknown as Pick<Handlers, LookingMethod>;
  }

  #filtering(): Pick<Handlers, 'filter.check' | 'filter.complete' | 'filter.locate' | 'stops.check' | 'stops.complete'> {
    return {
      'filter.check': async ({ list, text, span }, { signal }) => {
        const run = this.#lab.shown;
        const said = run.filters.check(list, text);
        const rows = await rowsOf(run, list, { filter: said.error === null ? text : '', span }, this.#watch(list, signal));
        return { ...said, total: said.error === null ? rows.length : 0, all: rows.all };
      },
      'filter.complete': ({ list, text, cursor }) => this.#lab.shown.filters.complete(list, text, cursor),
      'stops.check': ({ text }) => this.#lab.shown.filters.checkStop(text),
      'stops.complete': ({ text, cursor }) => this.#lab.shown.filters.completeStop(text, cursor),
      'filter.locate': ({ list, text, position, span, order }, { signal }) => placeOf(this.#lab.shown, list, position, { filter: text, span, order }, this.#watch(list, signal)),
    };
  }

  #keeping(): Pick<Handlers, Extract<Method, `sessions.${string}` | `journal.${string}` | `bookmarks.${string}`> | 'runs.open'> {
    const { store } = this.#options;
    return {
      'sessions.list': ({ search }) => this.#keeper.list(search ?? null),
      'sessions.remove': async ({ id }) => {
        await this.#keeper.remove(id);
        return {};
      },
      'sessions.layout': async ({ id, layout }) => {
        await store.call('setLayout', { id, layout });
        return {};
      },
      'sessions.versions': ({ id }) => store.call('versions', { id }),
      'sessions.version': ({ id, version }) => store.call('version', { id, version }),
      'journal.append': ({ id, after, actions, follow }) => this.#keeper.append(id, after, actions, follow),
      'journal.undo': ({ id }) => this.#keeper.move(id, 'undo'),
      'journal.redo': ({ id }) => this.#keeper.move(id, 'redo'),
      'bookmarks.list': ({ id }) => store.call('listBookmarks', { id }),
      'bookmarks.add': ({ id, runId, place, note }) => this.#keeper.addBookmark(id, runId ?? null, place, note),
      'bookmarks.note': async ({ bookmark, note }) => {
        await store.call('noteBookmark', { id: bookmark, note });
        return {};
      },
      'bookmarks.remove': async ({ bookmark }) => {
        await store.call('removeBookmark', { id: bookmark });
        return {};
      },
      'sessions.save': ({ id, title, documents, began }) => this.#keeper.save(id ?? null, title ?? null, documents, began),
      'sessions.open': ({ id, look }) => this.#keeper.open(id, look ?? false),
      'runs.open': ({ runId }) => this.#keeper.openRun(runId),
    };
  }

  #storing(): Pick<Handlers, 'store.retry' | 'store.sql' | 'store.size' | 'store.check' | 'store.prune' | 'runs.find'> {
    const { store, queries, reopenStore } = this.#options;
    return {
      'store.sql': ({ id, sql, limit }, { signal }) => queries.sql({ session: id ?? null, sql, limit }, signal),
      'runs.find': async ({ runId, list, filter, from, count }, { signal }) => {
        const { details } = await store.call('openRun', { runId });
        const { devices } = JSON.parse(details) as Pick<RunDetails, 'devices'>;
        return queries.find({ runId, list, filter, devices, from, count }, signal);
      },
      'store.retry': async () => savingOf(await reopenStore()),
      'store.size': () => store.call('size', {}),
      'store.check': async () => ({ complaints: await store.call('check', {}) }),
      'store.prune': async ({ runIds }) => ({ removed: await store.call('prune', { runIds }) }),
    };
  }

  #comparing(): Pick<Handlers, 'runs.compare' | 'qemu.programs' | 'qemu.plan' | 'qemu.live'> {
    return {
      'runs.compare': async (request, { signal }) => {
        await this.#keeper.settled();
        return compareSides(request, this.#exchange, signal, this.#exchange.tell);
      },
      'qemu.programs': () => this.#options.qemus.list,
      'qemu.plan': (asked, { signal }) => this.#live.plan(asked, signal),
      'qemu.live': (asked, { signal }) => this.#live.compare(asked, signal, this.#exchange.tell),
    };
  }

  #capturing(): Pick<Handlers, 'captures.list' | 'captures.open' | 'capture.translate'> {
    const { samples } = this.#options;
    return {
      'captures.list': () => samples.captures(),
      'captures.open': async (params) => {
        const bundled = 'id' in params;
        const files = bundled ? await samples.captureFiles(params.id) : checkSize(params.files);
        const title = bundled ? params.id : 'Capture';
        const beside = bundled ? {} : { ...(params.registers === undefined ? {} : { registers: params.registers }), ...(params.base === undefined ? {} : { base: BigInt(params.base) }) };
        const { description, streams, notes } = await this.#lab.openCapture(title, { files, ...beside });
        return { capture: { id: bundled ? params.id : 'files', title, description }, streams, notes: [...notes] };
      },
      'capture.translate': async ({ sid, ssid, iova, access, privileged }) => ({
        txn: await this.#lab.translate({ sid, ssid: ssid ?? null, iova: BigInt(iova), access, privileged: privileged ?? false }),
      }),
    };
  }
}

/** A caller that cancelled is told so; the state goes out to all as it is. */
function unlessStopped(signal: AbortSignal, state: RunState): RunState {
  if (signal.aborted) throw new RpcError({ code: RPC_CODES.cancelled, message: `the run was stopped at step ${state.position}` });
  return state;
}

function checkSize(files: readonly NamedBytes[]): readonly NamedBytes[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes.byteLength, 0);
  if (bytes <= MAX_CAPTURE) return files;
  throw new RpcError({ code: RPC_CODES.badRequest, message: `the files are ${bytes} bytes together; a capture has at most ${MAX_CAPTURE}` });
}
