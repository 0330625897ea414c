/** A run as plain data: four transactions, of which the third faults at stage 2; their events, walks, records and hops. */
import type { Documents, EventRow, Field, PathRow, RecordRow, TransactionRow, WalkCell, WalkView } from '../../protocol/contract.ts';

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

export const field = (name: string, hi: number, lo: number, raw: number | bigint, doc: string, section = '7.3.12', value = `0x${raw.toString(16)}`): Field => ({ name, bits: [hi, lo], value, raw: `0x${raw.toString(16)}`, doc, section });

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
export function matching(rows: readonly TransactionRow[], filter = ''): TransactionRow[] {
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
    txn: txn.txn, iova: txn.iova, status: faulty ? 'fault' : 'success', rows, columns: COLUMNS, reads: txn.reads, max: 24, why: txn.why,
    ...(faulty ? { faultCell: [6, 1] as [number, number], decided: [...DECIDED] } : {}),
  };
}

const line = (seq: number, kind: string, text: string, txn = 0): RecordRow => ({ seq, position: seq, txn, kind, text, rule: null, section: null, stage: null, level: null, address: null, space: null, word: null, verdict: 'ok' });

export const COMMAND_WORDS = ['0005000100000011', '0000000010000001'];

/** Lines of the log, each with its step. */
export const LOG: readonly { readonly step: number; readonly line: RecordRow }[] = [
  { step: 0, line: line(0, 'REG_WRITE', 'CR0 = 0xd') },
  { step: 1, line: line(1, 'STEP', 'step 1: the guest maps') },
  { step: 2, line: line(2, 'STEP', 'step 2') },
  { step: 2, line: line(3, 'TXN_BEGIN', 'unprivileged data read at IOVA 0x10000123 from StreamID 0x10', 1) },
  { step: 2, line: line(40, 'TXN_END', 'success PA 0x48100123', 1) },
  { step: 3, line: line(41, 'COMMAND', 'CMD_TLBI_NH_VA VMID 1, ASID 5: removed 1 cache entry') },
];

/** Everything inside a transaction. */
export function insideOf(txn: number, there: number): RecordRow[] {
  const row = TRANSACTIONS[txn - 1];
  if (row === undefined || txn > there) return [];
  return walkOf(row).rows.flatMap((walked, at) =>
    walked.cells.flatMap((one, column) => (one === null ? [] : [{ ...line(100 + at * 8 + column, one.kind, `${walked.label}: ${one.text} at ${one.address}`, txn), verdict: one.verdict }])),
  );
}

export const FIELDS = {
  transactions: [{ name: 'length', type: 'number' }, { name: 'evt.StreamID', type: 'number', section: '7.3' }],
  records: [{ name: 'cmd.ASID', type: 'number', section: '4.4' }],
} as const;

const HOP: Omit<PathRow, 'index' | 'lane' | 'action'> = { step: 4, kind: 'hop', depth: 0, inside: 0, details: [], result: null, failed: false, dropped: null, txn: 3, event: null, crossing: null };

export const CROSSED = { title: 'F_TRANSLATION', section: '7.3.12', words: [...EVENTS[0]!.words], bytes: 32, fields: [...EVENTS[0]!.fields] };

/** The fault of step 4 through a stack: the host's driver keeps it. */
export const PATH: readonly PathRow[] = [
  { ...HOP, index: 0, lane: 'device', kind: 'transaction', action: 'nic0 read', details: [{ name: 'IOVA', value: '0x20000000' }], result: 'fault, F_TRANSLATION', failed: true },
  { ...HOP, index: 1, lane: 'smmu', kind: 'event', action: 'F_TRANSLATION', event: 0, crossing: CROSSED },
  { ...HOP, index: 2, lane: 'host-driver', action: 'handle_evt', inside: 1, result: '-EFAULT (bad address)', failed: true, dropped: "stage 2 is the host's" },
  { ...HOP, index: 3, lane: 'host-core', action: 'iommu_report_device_fault', depth: 1, result: '0' },
];
