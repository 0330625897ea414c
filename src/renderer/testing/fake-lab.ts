/** A lab host made of plain data, for tests of the window. */
import type { Bookmark, Method, RunState, TransactionRow } from '../../protocol/contract.ts';
import { DEFAULT_RECORDING, PROTOCOL_VERSION, RpcError } from '../../protocol/contract.ts';
import { portPair, type Port } from '../../protocol/port.ts';
import { serveRpc, type Handlers, type RpcServer } from '../../protocol/rpc.ts';
import { BESIDE, CACHED, cachesSeen, FAULTS, MAPPING, memoryRow, OVERLAY, RING, STALLED, STE_NODE, structuresBelow } from './fake-machine.ts';
import { COMMAND_WORDS, CROSSED, DOCUMENTS, EVENTS, field, FIELDS, insideOf, LOG, matching, PATH, TRANSACTIONS, walkOf } from './fake-run.ts';

/** What the window does not ask for yet. */
type Unshown = Extract<Method, `journal.${string}` | `store.${string}` | 'recording.pause' | `bundles.${string}` | `transfers.${string}`> | 'traces.export' | 'runs.compare' | 'qemu.programs' | 'qemu.plan' | 'qemu.live' | 'runs.find' | 'sessions.remove' | 'sessions.versions' | 'sessions.version';

export interface FakeLab {
  readonly port: Port;
  readonly server: RpcServer;
  readonly calls: string[];
  /** Replaces handlers from here on, or adds them. */
  override(handlers: Partial<Handlers>): void;
}

export function fakeState(over: Partial<RunState> = {}): RunState {
  return {
    revision: 0, state: 'ready', position: 0, steps: 5, transactions: 0, events: 0, faults: 0, records: 0, dropped: 0, omitted: 0, cut: false, level: 'steps', paused: false,
    expectations: { met: 0, failed: 0 }, lab: { title: "A guest's DMA through both stages" }, uapi: null, notes: [], readOnly: false, ...over,
  };
}

const DONE: Partial<RunState> = {
  state: 'done', position: 5, transactions: 4, events: 1, faults: 1, records: 187, expectations: { met: 2, failed: 0 }, digest: '3f'.repeat(32),
  notes: [{ step: 1, text: "the guest's driver rings its doorbell", severity: 'note' }],
};

/** Serves one end of a port, or of a fresh pair whose other end is `port`. */
export function fakeLab(given?: Port): FakeLab {
  const [near, far] = given === undefined ? portPair() : [given, given];
  const calls: string[] = [];
  let state = fakeState();
  let revision = 0;
  let resumed = 0;
  let sorted: TransactionRow[] = [];
  let bookmarks: Bookmark[] = [];
  const next = (over: Partial<RunState>): RunState => (state = { ...state, ...over, revision: ++revision });
  const handlers: Omit<Handlers, Unshown> = {
    hello: ({ protocol }) => {
      if (protocol !== PROTOCOL_VERSION) throw new RpcError({ code: 'protocol-mismatch', message: 'another protocol' });
      return { protocol: PROTOCOL_VERSION, version: '0.1.0', canSave: true, platform: 'test' };
    },
    'samples.list': () => [
      { id: 'first-nested', title: 'First nested walk', summary: 'A working nested stream, and one DMA that the guest may map but the host does not.', group: 'Start here' },
      { id: 'stale-tlb', title: 'A missing invalidation', summary: 'The guest unmaps and forgets CMD_TLBI_NH_VA.', group: 'Caches' },
    ],
    'samples.open': ({ id }) => {
      if (id !== 'first-nested') throw new RpcError({ code: 'not-found', message: `no sample ${id}` });
      return { title: 'First nested walk', documents: DOCUMENTS };
    },
    'documents.check': ({ documents }) => {
      const line = documents.guest.split('\n').findIndex((text) => text.includes('ASDI'));
      const column = (documents.guest.split('\n')[line] ?? '').indexOf('ASDI') + 1;
      const problem = { document: 'guest', line: line + 1, column, endLine: line + 1, endColumn: column + 4, severity: 'error', code: 'unknown-key', message: 'unknown field ASDI of a CD: did you mean ASID?' } as const;
      return { problems: line < 0 ? [] : [problem] };
    },
    'language.complete': ({ line, column }) => ({ range: { line, column, endLine: line, endColumn: column }, items: [] }),
    'language.hover': () => null,
    'language.fixes': () => [],
    'language.format': ({ text }) => ({ text: `${text.trimEnd()}\n` }),
    'language.outline': () => [],
    'language.names': () => null,
    'run.load': () => next({ ...fakeState() }),
    'run.run': () => next(DONE),
    'run.step': () => next({ ...DONE, state: 'paused', position: 4, transactions: 3 }),
    'run.back': () => next({ ...DONE, state: 'paused', position: 2, transactions: 1 }),
    'run.seek': ({ position }) => next({ ...DONE, state: position === 0 ? 'ready' : position === 5 ? 'done' : 'paused', position, transactions: Math.max(0, position - 1) }),
    'run.reset': () => next({ ...fakeState() }),
    'run.stop': () => next({ state: 'paused' }),
    'run.state': () => state,
    'transactions.window': ({ from, count, filter, order, columns, marks }) => {
      const found = order === undefined ? matching(TRANSACTIONS.slice(0, state.transactions), filter) : sorted;
      const asked = (row: TransactionRow) => ({
        ...(columns === undefined ? {} : { cells: columns.map((name) => (name === 'length' ? `0x${row.length.toString(16)}` : null)) }),
        ...(marks === undefined ? {} : { mark: [marks.findIndex((mark) => matching([row], mark).length > 0)].find((at) => at >= 0) ?? null }),
      });
      return { total: found.length, all: state.transactions, rows: found.slice(from, from + count).map((row) => ({ ...row, ...asked(row) })) };
    },
    'stalls.list': () => (state.position === 0 ? [] : STALLED.slice(resumed)),
    'qemu.compare': () => ({ compared: [{ first: 1, last: 3 }], differences: [{ step: 4, transactions: { first: 3, last: 3 }, here: 'fault F_TRANSLATION', qemu: 'fault F_TRANSLATION with IPA[11:0]', because: ['event-ipa'] }] }),
    'stalls.resume': () => {
      resumed++;
      return next({});
    },
    'events.window': ({ from, count }) => ({ total: state.events, all: state.events, rows: EVENTS.slice(from, Math.min(state.events, from + count)), queue: { base: '0x40200000', log2size: 4, prod: state.events, cons: 0, overflow: false, entries: state.events } }),
    'filter.check': ({ text }) => {
      const bad = text.includes('statis');
      const error = bad ? { code: 'filter-field', message: 'no field is called statis: did you mean status?', column: text.indexOf('statis') + 1, endColumn: text.indexOf('statis') + 7 } : null;
      const warnings = text.includes('cmd.op') ? [{ message: 'never true: a transaction has no cmd.op', column: 1, endColumn: 7 }] : [];
      return { error, warnings, total: bad ? 0 : matching(TRANSACTIONS.slice(0, state.transactions), text).length, all: state.transactions };
    },
    'filter.complete': ({ text, cursor }) => {
      const from = text.slice(0, cursor).lastIndexOf(' ') + 1;
      const names = ['status', 'step'].filter((name) => name.startsWith(text.slice(from, cursor)));
      return { from, to: cursor, items: names.map((name) => ({ text: name, kind: 'field' as const, detail: 'enum', doc: `What ${name} is.` })) };
    },
    'stops.check': ({ text }) => (text.includes('==') ? { error: null, warnings: [], list: 'transactions' } : { error: { code: 'filter-syntax', message: 'expected a comparison', column: 1, endColumn: 2 }, warnings: [], list: null }),
    'stops.complete': () => ({ from: 0, to: 0, items: [] }),
    'filter.locate': ({ list, text, position, order }) => {
      if (list === 'records') return { index: Math.max(0, LOG.findIndex(({ line: { position: at } }) => at === position)), found: LOG.some(({ line: { position: at } }) => at === position) };
      if (order !== undefined) return { index: Math.max(0, sorted.findIndex(({ txn }) => txn - 1 === position)), found: true };
      const found = matching(TRANSACTIONS.slice(0, state.transactions), text).map(({ txn }) => txn - 1);
      return { index: found.filter((one) => one < position).length, found: found.includes(position) };
    },
    'walk.view': ({ txn }) => walkOf(TRANSACTIONS[txn - 1] ?? TRANSACTIONS[0]!),
    'walk.now': ({ txn }) => {
      const now = walkOf(TRANSACTIONS[txn - 1] ?? TRANSACTIONS[0]!);
      const held = { ...now, rows: now.rows.map((row) => (row.label === 'S1 L3' ? { ...row, cells: row.cells.map((one, column) => (column === 4 && one !== null ? { ...one, word: 'ffff000000000003' } : one)) } : row)) };
      return { txn, held, heldBy: 1, now, results: ['PA 0x48100123', 'PA 0x48200123'], stale: [{ ...CACHED.stale!, entry: 'tlb IOVA 0x10000000' }] };
    },
    'records.window': ({ span, from, count }) => {
      const rows = span !== undefined && 'txn' in span ? insideOf(span.txn, state.transactions) : state.transactions === 0 ? [] : LOG.filter((one) => span === undefined || one.step === span.step).map((one) => one.line);
      return { total: rows.length, all: rows.length, rows: rows.slice(from, from + count) };
    },
    'records.view': ({ position }) => (position === 41 ? { title: 'CMD_TLBI_NH_VA', words: COMMAND_WORDS, fields: [{ ...field('ASID', 63, 48, 5, 'ASID.', '4.4.1'), column: 'cmd.ASID' }] } : { title: 'READ', words: ['0000000000000003'], fields: [] }),
    'rows.fields': ({ list }) => (list === 'transactions' ? FIELDS.transactions : FIELDS.records).map((one) => ({ bits: 32, doc: `What ${one.name} is.`, section: '', ...one })),
    'rows.sort': ({ text, sort: { by, descending } }) => {
      const value = (row: TransactionRow): string => String((row as unknown as Record<string, unknown>)[by]).padStart(20);
      sorted = matching(TRANSACTIONS.slice(0, state.transactions), text).sort((a, b) => (descending ? -1 : 1) * value(a).localeCompare(value(b)));
      return { order: 1, total: sorted.length };
    },
    'path.window': ({ step, from, count }) => {
      const rows = state.transactions === 0 ? [] : PATH.filter((one) => step === undefined || one.step === step);
      return { total: rows.length, hops: rows.length === 0 ? 0 : PATH.length, rows: rows.slice(from, from + count) };
    },
    'path.locate': ({ txn }) => ({ step: TRANSACTIONS[txn - 1]?.step ?? 0, index: 0 }),
    'rings.list': () => (state.transactions === 0 ? [] : [RING]),
    'rings.window': ({ from, count }) => ({ total: RING.size, rows: Array.from({ length: Math.min(count, RING.size - from) }, (_, n) => (from + n === 0 ? { slot: 0, state: 'waiting' as const, crossing: CROSSED } : { slot: from + n, state: 'empty' as const, crossing: null })) }),
    'faults.window': ({ from, count }) => ({ total: state.events, rows: FAULTS.slice(from, Math.min(state.events, from + count)) }),
    'caches.window': (query) => {
      if (state.position === 0) throw new RpcError({ code: 'no-machine', message: 'there is no machine to look at' });
      return cachesSeen(query);
    },
    'statistics.get': () => ({
      ...(state.transactions === 0
        ? { all: { transactions: 0, faults: 0, reads: 0, hits: 0, latency: { median: 0, most99: 0, most: 0 } }, streams: [], vms: [], otherStreams: 0 }
        : {
            all: { transactions: 4, faults: 1, reads: 62, hits: 1, latency: { median: 1, most99: 2, most: 2 } },
            streams: [{ sid: 16, device: 'nic0', vmid: 1, transactions: 3, faults: 1, reads: 40, hits: 1, latency: { median: 1, most99: 2, most: 2 } }, { sid: 17, vmid: 1, transactions: 1, faults: 0, reads: 22, hits: 0, latency: { median: 1, most99: 1, most: 1 } }],
            vms: [{ vmid: 1, transactions: 4, faults: 1, reads: 62, hits: 1, latency: { median: 1, most99: 2, most: 2 } }],
            otherStreams: 7,
          }),
      caches: [{ name: 'TLB', hits: 1 }],
      histogram: [1, 0, 3],
      width: 1,
      stretches: [{ transactions: 1, faults: 0, reads: 22, hits: 0 }, { transactions: 1, faults: 1, reads: 18, hits: 0 }],
    }),
    'memory.map': ({ space }) => ({ spaces: [{ id: 'pa', title: 'physical memory' }, { id: 'ipa:vm0', title: 'IPAs of vm0' }], regions: [{ from: space === 'pa' ? '0x40000000' : '0x80000000', size: '0x100' }], overlays: [OVERLAY] }),
    'memory.window': ({ space, from, count }) => ({ total: 16, rows: Array.from({ length: Math.min(count, 16 - from) }, (_, n) => memoryRow(space, from + n)) }),
    'memory.at': ({ address }) => ({ pa: address, overlay: OVERLAY, record: { title: 'STE', at: '0x40000000', words: [...STE_NODE.words], fields: STE_NODE.fields } }),
    'memory.locate': ({ address, sid }) => {
      if (sid !== undefined) throw new RpcError({ code: 'not-found', message: `IOVA ${address} of StreamID ${sid} leads nowhere: F_TRANSLATION` });
      return { space: 'pa', row: Number((BigInt(address) - 0x40000000n) / 16n), address };
    },
    'memory.search': ({ bytes }) => ({ address: bytes === '0f00' ? '0x40000010' : null, searched: '0x100', whole: true }),
    'registers.list': () => ({ machines: [{ id: '', title: 'the SMMU' }], values: [{ name: 'CR0', value: state.position > 3 ? '0xd' : '0x0' }, { name: 'CR0ACK', value: '0x0' }, { name: 'STRTAB_BASE', value: '0x40000000' }] }),
    'registers.read': ({ name }) => ({ value: name === 'CR0' ? '0xd' : '0x0', fields: [field('SMMUEN', 0, 0, 1, 'Translation is enabled.', '6.3.9.6')] }),
    'survey.mappings': () => ({ total: 1, cut: false, rows: [MAPPING] }),
    'survey.who': ({ pa }) => (pa === '0x48100123' ? { reaching: [{ ...MAPPING, at: { iova: '0x10000123', ipa: '0x80100123' } }], structures: [] } : { reaching: [], structures: [{ name: 'stage 2 level 1 table of StreamID 0x10', pa: '0x40011000', size: '0x1000' }] }),
    'survey.findings': () => ({
      rows: [{ rule: 's2.invalid', section: '7.3.13', severity: 'error', message: 'a read of IOVA 0x20000000 went somewhere once', sid: 0x10, device: null, ssid: null, at: '0x40011010', input: '0x20000000', more: 2 }],
      text: '3 errors, 0 warnings, 0 for information',
    }),
    'survey.events': () => [{ slot: 0, line: null, pending: true, ...BESIDE }],
    'survey.beside': ({ events }) => events.map(() => BESIDE),
    'survey.names': () => [{ sid: 0x10, name: '/pcie 00:02.0' }],
    'structures.children': ({ parent }) => {
      const rows = structuresBelow(parent);
      return { total: rows.length, rows: [...rows] };
    },
    'structures.find': () => ({ path: ['physical', 'physical/ste:0x10'] }),
    'structures.locate': () => ({ path: ['physical', 'physical/ste:0x10'] }),
    'bookmarks.list': () => bookmarks,
    'bookmarks.add': ({ place, note }) => {
      const id = `b${bookmarks.length + 1}`;
      bookmarks = [...bookmarks, { id, runId: null, place, note, made: '2026-11-22T12:00:00Z' }];
      return { id };
    },
    'bookmarks.note': ({ bookmark, note }) => {
      bookmarks = bookmarks.map((one) => (one.id === bookmark ? { ...one, note } : one));
      return {};
    },
    'bookmarks.remove': ({ bookmark }) => {
      bookmarks = bookmarks.filter(({ id }) => id !== bookmark);
      return {};
    },
    'sessions.list': () => [{ id: 's1', title: 'My lab', saved: '2026-11-22T12:00:00Z', tags: [], runs: 1 }],
    'sessions.save': ({ id }) => ({ id: id ?? 's1' }),
    'sessions.layout': () => ({}),
    'recording.set': (change) => Object.assign({ ...DEFAULT_RECORDING }, change),
    'sessions.open': () => ({ title: 'My lab', notes: '', tags: [], documents: DOCUMENTS, journal: { last: 0, undo: 0, redo: 0, unsaved: 0 }, layout: null, runs: [{ id: 'r1', when: '2026-11-22T12:00:00Z', digest: '3f'.repeat(32), records: 187, transactions: 4, faults: 1, level: 'steps', dropped: 0, omitted: 0, cut: false }] }),
    'runs.open': () => next({ ...DONE, readOnly: true }),
    'captures.list': () => [{ id: 'hand-nested', title: 'hand-nested', description: 'A nested stream set up by hand' }],
    'captures.open': () => {
      next({ ...fakeState(), steps: 0, readOnly: true });
      return {
        capture: { id: 'hand-nested', title: 'hand-nested', description: 'A nested stream set up by hand' },
        streams: [{ sid: 0x38, config: 'nested', translations: [{ ssid: null, iova: '0x10000000', access: 'read', pa: '0x48100000' }] }, { sid: 0x10, config: 'bypass', translations: [] }],
        notes: [],
      };
    },
    'capture.translate': () => {
      next({ transactions: 1 });
      return { txn: 1 };
    },
    'structures.at': () => [],
    'decode.file': ({ bytes }) => (bytes.byteLength === 0 ? [] : [{ kind: 'iort', type: 'RMR', words: [], fields: [] }]),
    decode: ({ text }) => (text.includes('0x') ? [{ kind: 'event', type: 'F_TRANSLATION', words: [...EVENTS[0]!.words], fields: [...EVENTS[0]!.fields], line: 1 }] : []),
  };
  const table: Record<string, unknown> = { ...handlers };
  const spied: Record<string, unknown> = {};
  const spyOn = (method: string): void => {
    spied[method] = (params: unknown, context: unknown) => {
      calls.push(method);
      return (table[method] as (params: unknown, context: unknown) => unknown)(params, context);
    };
  };
  Object.keys(handlers).forEach(spyOn);
  const server = serveRpc(far, spied as unknown as Handlers, (error) => {
    throw error;
  });
  return { port: near, server, calls, override: (over) => (Object.assign(table, over), Object.keys(over).forEach(spyOn)) };
}
