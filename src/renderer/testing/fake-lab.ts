/** A lab host made of plain data, for tests of the window: four transactions, of which the third faults at stage 2. */
import type { Bookmark, CacheEntry, CacheWindow, Documents, EventBeside, EventRow, FaultLevel, FaultRow, Field, MappedRange, Method, MemoryRow, Overlay, Params, PathRow, RecordRow, Ring, RunState, StalledRow, StructureNode, TransactionRow, WalkCell, WalkView } from '../../protocol/contract.ts';
import { DEFAULT_RECORDING, PROTOCOL_VERSION, RpcError } from '../../protocol/contract.ts';
import { portPair, type Port } from '../../protocol/port.ts';
import { serveRpc, type Handlers, type RpcServer } from '../../protocol/rpc.ts';

export const DOCUMENTS: Documents = {
  host: `title: A guest's DMA through both stages
smmu: { preset: v3.2, streamTable: { format: linear, log2size: 8 } }
memory: { base: 0x40000000, size: 256M }
vms:
  - name: vm0
    vmid: 1
    stage2:
      granule: 4K
      ipaBits: 40
      map:
        - { ipa: 0x80000000, pa: 0x48000000, size: 64M, access: rw }
devices:
  - { name: nic0, StreamID: 0x10, vm: vm0, Config: nested }
`,
  guest: `vm0:
  devices:
    nic0:
      cd: { ASID: 5, T0SZ: 16, TG0: 4K }
      stage1:
        granule: 4K
        vaBits: 48
        map:
          - { iova: 0x10000000, ipa: 0x80100000, size: 2M, access: rw }
          - { iova: 0x20000000, ipa: 0x90000000, size: 4K, access: rw }   # beyond the guest's memory
`,
  steps: `- note: the guest's driver rings its doorbell
- dma: { device: nic0, iova: 0x10000123, access: read, length: 4, expect: { status: success } }
- dma: { device: nic0, iova: 0x10000123, access: write, length: 4, data: 01020304 }
- dma:
    device: nic0
    iova: 0x20000000
    access: read
    length: 4
    expect: { status: fault, event: F_TRANSLATION, stage: 2, class: IN }
- dma: { device: nic0, iova: 0x10001000, access: read, length: 64 }
`,
};

const PAGE = { pageSize: '0x1000', privileged: false, access: 'read', sid: 0x10, ssid: null, device: 'nic0', length: 4, event: null, expectation: 'none' } as const;

export const TRANSACTIONS: readonly TransactionRow[] = [
  { ...PAGE, txn: 1, step: 2, iova: '0x10000123', status: 'success', pa: '0x48100123', reads: 22, rule: 'ok.translated', expectation: 'met', why: 'Stage 1 maps IOVA 0x10000123 to IPA 0x80100123, stage 2 maps that to PA 0x48100123.' },
  { ...PAGE, txn: 2, step: 3, iova: '0x10000123', access: 'write', status: 'success', pa: '0x48100123', reads: 0, rule: 'tlb.hit', why: 'The TLB held this translation: nothing was read.' },
  {
    ...PAGE, txn: 3, step: 4, iova: '0x20000000', status: 'fault', pa: null, pageSize: null, reads: 18, event: 'F_TRANSLATION', rule: 's2.invalid', expectation: 'met',
    why: 'Stage 2 has no mapping for IPA 0x90000000: the level 1 descriptor at PA 0x40011010 is invalid (bit 0 is 0), so the access ends with F_TRANSLATION, class IN.',
  },
  { ...PAGE, txn: 4, step: 5, iova: '0x10001000', length: 64, status: 'success', pa: '0x48101000', reads: 2, rule: 'ok.translated', why: 'Walk caches answered all but the last level of each stage.' },
];

const field = (name: string, hi: number, lo: number, raw: number | bigint, doc: string, section = '7.3.12', value = `0x${raw.toString(16)}`): Field => ({ name, bits: [hi, lo], value, raw: `0x${raw.toString(16)}`, doc, section });

const BESIDE: EventBeside = { words: ['0000001000000010', '0000020800000000', '0000000020000000', '0000000090000000'], type: 'F_TRANSLATION', sid: 0x10, device: '/pcie 00:02.0', ssid: null, iova: '0x20000000', access: 'read', privileged: false, now: 'same', text: 'would fault still, decided by the stage 2 level 2 descriptor at PA 0x40011010', rule: 's2.invalid', cause: '0x40011010', what: 'stage 2 level 2 descriptor' };
const MAPPING: MappedRange = { sid: 0x38, ssid: 0, iova: '0x10000000', size: '0x200000', ipa: '0x80100000', pa: '0x48100000', pageSize: '0x200000', stages: 'stages 1 and 2', rights: 'RW', attributes: 'S1 RW iWB oWB ISH nG; S2 RW iWB oWB ISH', descriptors: { stage1: '0x48201000', stage2: '0x40011000' } };

export const EVENTS: readonly EventRow[] = [
  {
    index: 0, txn: 3, type: 'F_TRANSLATION', verdict: 'written', structure: { name: 'stage 2 level 2 table of vm0', owner: 'host' }, words: ['0000001000000010', '0000028880000000', '0000000020000000', '0000000090000000'],
    fields: [
      field('Type', 7, 0, 0x10, 'Which event this is.', '7.3', 'F_TRANSLATION'),
      field('SSV', 11, 11, 0, 'SubstreamID is valid.'),
      field('SubstreamID', 31, 12, 0, 'SubstreamID of the access.'),
      field('StreamID', 63, 32, 0x10, 'StreamID of the access.'),
      field('STAG', 79, 64, 0, 'Stall tag, for CMD_RESUME.'),
      field('Stall', 95, 95, 1, 'The access waits for CMD_RESUME.'),
      field('PnU', 97, 97, 0, 'Privileged, not unprivileged.'),
      field('InD', 98, 98, 0, 'Instruction, not data.'),
      field('RnW', 99, 99, 1, 'Read, not write.', '7.3.12', 'read'),
      field('S2', 103, 103, 1, 'The fault arose at stage 2.', '7.3.12', 'stage 2'),
      field('Class', 105, 104, 2, 'What was being translated when it faulted.', '7.3.12', 'IN'),
      field('InputAddr', 191, 128, 0x20000000, 'The 64-bit address the access came with.'),
      field('IPA', 247, 204, 0x90000, 'The IPA that faulted, bits [55:12].', '7.3.12', '0x90000000'),
    ],
  },
];

const descriptor = (word: bigint): Field[] => [
  field('Valid', 0, 0, word & 1n, 'The descriptor is used.', 'D8.3'),
  field('Table', 1, 1, (word >> 1n) & 1n, 'Next level is a table, or this is a page.', 'D8.3'),
  field('AttrIndx', 4, 2, (word >> 2n) & 7n, 'Index into MAIR.', 'D8.3'),
  field('AP', 7, 6, (word >> 6n) & 3n, 'Data access permissions.', 'D8.3', 'read/write'),
  field('AF', 10, 10, (word >> 10n) & 1n, 'Access flag.', 'D8.3'),
  field('OutputAddress', 47, 12, (word >> 12n) & 0xfffffffffn, 'Address of the page or next table.', 'D8.3', `0x${(word & ~0xfffn).toString(16)}`),
];

function cell(space: 'ipa' | 'pa', stage: number, level: number, address: bigint, word: bigint, text: string, kind: WalkCell['kind'] = 'read'): WalkCell {
  return { kind, stage, level, address: `0x${address.toString(16)}`, space, word: word.toString(16).padStart(16, '0'), verdict: kind === 'fault' ? 'fault' : 'ok', text, fields: descriptor(word) };
}

const stage2 = (row: number): (WalkCell | null)[] =>
  [0, 1, 2, 3].map((level) => cell('pa', 2, level, 0x40011000n + BigInt(row * 0x10000 + level * 0x1000), 0x40012003n + BigInt(level * 0x1000), level === 3 ? `page 0x4810${row}000 RW` : `table 0x4001${level}000`));

/** The one filter that this lab understands: `status == WORD`. */
function matching(rows: readonly TransactionRow[], filter = ''): TransactionRow[] {
  const status = /status == (\w+)/.exec(filter)?.[1];
  const txn = /txn == (\d+)/.exec(filter)?.[1];
  return rows.filter((row) => filter.trim() === '' || row.status === status || row.txn === Number(txn));
}

const COLUMNS = ['S2 L0', 'S2 L1', 'S2 L2', 'S2 L3', 'read'];

/** In a cell, in what a cache entry was made from, in a register. */
const DECIDED: NonNullable<WalkView['decided']> = [
  { name: 'S2 L1 Valid', field: 'Valid', value: '0', cell: [6, 1] },
  { name: 'STE.Config', field: 'Config', value: 'nested', source: { title: 'STE', address: '0x40000400', words: ['000000008000000f'], fields: [field('V', 0, 0, 1, 'Valid.', '5.2'), field('Config', 3, 1, 7, 'Stages.', '5.2', 'nested')] } },
  { name: 'CR0.SMMUEN', field: 'SMMUEN', value: null, register: 'CR0' },
];

export function walkOf(txn: TransactionRow): WalkView {
  const faulty = txn.status === 'fault';
  const rows = [
    { label: 'STE', cells: [null, null, null, null, cell('pa', 1, 0, 0x40000400n, 0x0000000080080cfn, 'Config nested')] },
    { label: 'CD', address: '0x80080000', space: 'ipa' as const, cells: [...stage2(0), cell('pa', 1, 0, 0x48080000n, 0x80003500105510n, 'ASID 5')] },
    ...[0, 1, 2, 3].map((level) => ({ label: `S1 L${level}`, address: `0x8009${level}000`, space: 'ipa' as const, cells: [...stage2(level + 1), cell('pa', 1, level, 0x48090000n + BigInt(level * 0x1000), 0x80091003n, level === 3 ? 'page 0x80100000 RW/RW' : `table 0x4001${level}000`)] })),
    { label: 'Final IPA', address: faulty ? '0x90000000' : '0x80100000', space: 'ipa' as const, cells: faulty ? [null, cell('pa', 2, 1, 0x40011010n, 0n, 'invalid descriptor', 'fault'), null, null, null] : [...stage2(6), null] },
  ];
  return {
    txn: txn.txn, iova: txn.iova, status: txn.status, rows, columns: COLUMNS, reads: txn.reads, max: 24, why: txn.why,
    ...(faulty ? { faultCell: [6, 1] as [number, number], decided: [...DECIDED] } : {}),
  };
}

const line = (seq: number, kind: string, text: string, txn = 0): RecordRow => ({ seq, position: seq, txn, kind, text, rule: null, section: null, stage: null, level: null, address: null, space: null, word: null, verdict: 'ok' });
const COMMAND_WORDS = ['0005000100000011', '0000000010000001'];

/** Lines of the log, each with its step. */
const LOG: readonly { readonly step: number; readonly line: RecordRow }[] = [
  { step: 0, line: line(0, 'REG_WRITE', 'CR0 = 0xd') },
  { step: 1, line: line(1, 'STEP', 'step 1: the guest maps') },
  { step: 2, line: line(2, 'STEP', 'step 2') },
  { step: 2, line: line(3, 'TXN_BEGIN', 'unprivileged data read at IOVA 0x10000123 from StreamID 0x10', 1) },
  { step: 2, line: line(40, 'TXN_END', 'success PA 0x48100123', 1) },
  { step: 3, line: line(41, 'COMMAND', 'CMD_TLBI_NH_VA VMID 1, ASID 5: removed 1 cache entry') },
];

/** Everything inside a transaction. */
function insideOf(txn: number, there: number): RecordRow[] {
  const row = TRANSACTIONS[txn - 1];
  if (row === undefined || txn > there) return [];
  return walkOf(row).rows.flatMap((walked, at) =>
    walked.cells.flatMap((one, column) => (one === null ? [] : [{ ...line(100 + at * 8 + column, one.kind, `${walked.label}: ${one.text} at ${one.address}`, txn), verdict: one.verdict }])),
  );
}

const FIELDS = {
  transactions: [{ name: 'length', type: 'number' }, { name: 'evt.StreamID', type: 'number', section: '7.3' }],
  records: [{ name: 'cmd.ASID', type: 'number', section: '4.4' }],
} as const;

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

const HOP: Omit<PathRow, 'index' | 'lane' | 'action'> = { step: 4, kind: 'hop', depth: 0, inside: 0, details: [], result: null, failed: false, dropped: null, txn: 3, event: null, crossing: null };
const CROSSED = { title: 'F_TRANSLATION', section: '7.3.12', words: [...EVENTS[0]!.words], bytes: 32, fields: [...EVENTS[0]!.fields] };

/** The fault of step 4 through a stack: the host's driver keeps it. */
export const PATH: readonly PathRow[] = [
  { ...HOP, index: 0, lane: 'device', kind: 'transaction', action: 'nic0 read', details: [{ name: 'IOVA', value: '0x20000000' }], result: 'fault, F_TRANSLATION', failed: true },
  { ...HOP, index: 1, lane: 'smmu', kind: 'event', action: 'F_TRANSLATION', event: 0, crossing: CROSSED },
  { ...HOP, index: 2, lane: 'host-driver', action: 'handle_evt', inside: 1, result: '-EFAULT (bad address)', failed: true, dropped: "stage 2 is the host's" },
  { ...HOP, index: 3, lane: 'host-core', action: 'iommu_report_device_fault', depth: 1, result: '0' },
];

const RING: Ring = {
  id: 'physical-event', level: 'physical', title: 'event queue', owner: 'host', vm: null, device: null, base: { address: '0x40200000', space: 'pa' }, holds: 'event', size: 16,
  prod: { index: 1, wrap: 0 }, cons: { index: 0, wrap: 0 }, waiting: 1, enabled: true, lost: false, error: null, wrongAt: null,
};

const LEVEL: FaultLevel = { state: 'none', text: '' };
const FAULTS: readonly FaultRow[] = [
  { index: 0, txn: 3, type: 'F_TRANSLATION', sid: 0x10, device: 'nic0', physical: { state: 'there', text: 'written' }, middle: { state: 'lost', text: "stage 2 is the host's" }, guest: LEVEL, handler: LEVEL },
];

const CACHED: CacheEntry = {
  id: 'tlb-4', kind: 'tlb', sid: null, ssid: null, world: 'NS-EL1', vmid: 1, asid: 5, global: false, input: { space: 'iova', address: '0x10000000' }, size: '0x1000', output: { space: 'pa', address: '0x48100000' },
  levels: 'S1 L3, S2 L2', permissions: 'RW-/RW-', attributes: 'Normal iWB oWB NSH', origin: 1, age: 3, hits: 1, removed: false,
  stale: { now: null, words: [{ what: 'S1 L3', pa: '0x48093000', old: '0x80100003', now: '0x0', by: 'guest vm0', step: 2 }], commands: ['CMD_TLBI_NH_VA VMID=1 ASID=5 Address=0x10000000 Leaf=1'], rule: 'stale.s1-leaf' },
};
const STE_CACHED: CacheEntry = { ...CACHED, id: 'ste-16', kind: 'ste', sid: 16, vmid: null, asid: null, world: null, input: null, size: null, output: null, levels: '', permissions: null, attributes: null, stale: null };

/** One stale translation and the STE behind it; every command that names ASID 5 would remove the former. */
function cachesSeen({ command = '', kinds = [], staleOnly = false, from, count }: Params<'caches.window'>): CacheWindow {
  const removes = command.includes('ASID=5');
  const rows = [STE_CACHED, { ...CACHED, removed: removes }].filter((row) => (kinds.length === 0 || kinds.includes(row.kind)) && (!staleOnly || row.stale !== null));
  return {
    total: rows.length,
    rows: rows.slice(from, from + count),
    caches: [{ kind: 'ste', live: 1, capacity: 64, stale: 0 }, { kind: 'tlb', live: 1, capacity: 256, stale: 1 }],
    preview: command === '' ? null : { command, problem: null, removes: removes ? 1 : 0, stale: removes ? 1 : 0, left: removes ? 0 : 1 },
  };
}

const STE_NODE: StructureNode = {
  id: 'physical/ste:0x10', kind: 'ste', title: 'STE 0x10', text: 'nested, VMID 1', owner: 'host', vm: null, at: { space: 'pa', address: '0x40000400' }, pa: '0x40000400', input: null, size: null, output: null,
  words: ['000000008000000f', '0000000000000000'], fields: [field('V', 0, 0, 1, 'Valid.', '5.2'), field('Config', 3, 1, 7, 'Stages.', '5.2', 'nested'), field('S1ContextPtr', 55, 6, 0x80000000, 'CDs.', '5.2', '0x80000000')],
  illegal: [{ rule: 'ste.s2t0sz', section: '5.2', event: 'C_BAD_STE', message: 'S2T0SZ 12 gives 52 bits', fields: ['S2T0SZ'] }], children: 1,
};

const OVERLAY: Overlay = { name: 'stream table', kind: 'stream-table', owner: 'host', vm: null, from: '0x40000000', size: '0x40' };

function memoryRow(space: string, row: number): MemoryRow {
  const address = `0x${((space === 'pa' ? 0x40000000 : 0x80000000) + row * 16).toString(16)}`;
  return { address, pa: address, bytes: (row === 0 ? '0f00008041' : '').padEnd(32, '0'), overlay: row < 4 ? OVERLAY : null };
}

function structuresBelow(parent: string): readonly StructureNode[] {
  if (parent === '') return [{ ...STE_NODE, id: 'physical', kind: 'smmu', title: 'the SMMU', text: 'stream table, linear', words: [], fields: [], illegal: [] }];
  if (parent === 'physical') return [STE_NODE];
  return [{ ...STE_NODE, id: `${parent}/cd:0`, kind: 'cd', title: 'CD 0', text: 'ASID 5', owner: 'guest', vm: 'vm0', at: { space: 'ipa', address: '0x80000000' }, illegal: [], children: 0 }];
}

/** One that software knows of and one that it does not. */
const STALLED: StalledRow[] = [
  { txn: 3, sid: 0x10, ssid: null, device: 'nic0', iova: '0x2000', access: 'write', event: 'F_TRANSLATION', stag: 5, held: 'none' },
  { txn: 4, sid: 0x10, ssid: 1, device: 'nic0', iova: '0x3000', access: 'read', event: 'F_TRANSLATION', stag: 6, held: 'queue-full' },
];

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
      streams: state.transactions === 0 ? [] : [{ sid: 16, device: 'nic0', vmid: 1, transactions: 3, faults: 1, reads: 40, hits: 1 }, { sid: 17, vmid: 1, transactions: 1, faults: 0, reads: 22, hits: 0 }],
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
