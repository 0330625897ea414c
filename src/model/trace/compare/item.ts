/**
 * A record of a trace as it is compared with one of another run: what it is, and its fields by name. Numbers that only count (sequence,
 * transaction, path, slot of a cache or a queue) are none: one record more on one side would change them all.
 */
import { hex, hexBytes, hexWord } from '../../base/address.ts';
import { packedAttributesText } from '../../smmu/walk/attributes.ts';
import { caseOf, COMMANDS, decode, eventName, EVENTS } from '../../spec/index.ts';
import { RULES } from '../../spec/rules/registry.ts';
import { FAULT_STEP, HOPS, parseHop } from '../hop.ts';
import type { HopText } from '../hop.ts';
import { CACHE_NAMES, decodeRecord, payload64, RECORD_WORDS, RESPONSE_NAMES, STATUS, STATUS_NAMES } from '../record.ts';
import type { KindName, TraceRecord } from '../record.ts';
import { dataText, stepOf } from '../steps.ts';

export type ItemFields = Readonly<Record<string, string>>;

export interface TraceItem {
  readonly kind: KindName;
  /** What the record is of, within its kind: `CMD_TLBI_NH_VA`, `uapi VFIO_IOMMU_MAP_DMA`. */
  readonly name: string;
  readonly fields: ItemFields;
  /** The record as a sentence. */
  readonly text: string;
  /** It shows at an end of the path: the guest gets it, or something was dropped. */
  readonly shows: boolean;
  /** Position in its trace, and transaction: 0 none. */
  readonly seq: number;
  readonly transaction: number;
}

type Named = Pick<TraceItem, 'name' | 'fields'>;

const words64 = ({ payload }: TraceRecord, from: number, count: number): ItemFields =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`word${i}`, hexWord(payload[from + 2 * i + 1]!, payload[from + 2 * i]!)]));

function structureFields(table: typeof COMMANDS | typeof EVENTS, words: Uint32Array): { readonly name: string | null; readonly fields: ItemFields } {
  const record = caseOf(table, words, 0);
  // Which it is says its name.
  const told = record === null ? [] : Object.entries(decode(record, words, 0)).filter(([name]) => name !== table.tag.name);
  const fields = Object.fromEntries(told.map(([name, value]) => [name, hex(BigInt(value))]));
  return { name: record?.id ?? null, fields };
}

function queued(table: typeof COMMANDS | typeof EVENTS, words: Uint32Array): Named {
  const { name, fields } = structureFields(table, words);
  return { name: name ?? hex(BigInt(words[0]! & 0xff)), fields };
}

/** An event record by its name and its fields. */
export const eventItem = (words: Uint32Array): Pick<TraceItem, 'name' | 'fields'> => queued(EVENTS, words);

/** There is an address to go to, and what goes with it. */
const isTranslated = (verdict: number): boolean => verdict === STATUS.SUCCESS || verdict === STATUS.BYPASS;

/** What differs from the plain form, by kind. */
const FORMS: { readonly [K in KindName]?: (record: TraceRecord) => Named } = {
  TXN_BEGIN: ({ payload, address }) => ({ name: 'transaction', fields: { address: hex(address), bytes: String(payload[0]) } }),
  TXN_END: ({ payload, verdict }) => ({
    name: 'end',
    fields: {
      status: STATUS_NAMES[verdict] ?? String(verdict),
      event: payload[1] === 0 ? 'none' : eventName(payload[1]!),
      ...(isTranslated(verdict) ? { output: hex(payload64Of(payload, 2)), log2size: String(payload[4]), attributes: packedAttributesText(payload[5]!) } : {}),
      reads: String(payload[6]),
      response: RESPONSE_NAMES[payload[7]!] ?? String(payload[7]),
    },
  }),
  READ: (record) => ({ name: `stage ${record.stage} level ${record.level ?? '-'} of ${record.purpose}`, fields: { address: hex(record.address), descriptor: words64(record, 0, 1)['word0']!, ipa: hex(payload64(record, 2)) } }),
  READ_STRUCT: (record) => ({ name: `structure ${record.purpose} half ${record.level ?? 0}`, fields: { address: hex(record.address), ...words64(record, 0, 4) } }),
  LOOKUP: (record) => ({ name: CACHE_NAMES[record.payload[0]!] ?? 'cache', fields: { address: hex(record.address), held: hex(payload64(record, 2)), log2size: String(record.payload[5]) } }),
  FILL: (record) => ({ name: CACHE_NAMES[record.payload[0]!] ?? 'cache', fields: { address: hex(record.address), held: hex(payload64(record, 2)), log2size: String(record.payload[5]) } }),
  FAULT: ({ payload }) => ({ name: 'fault', fields: { event: hex(payload[0]!), recorded: String(payload[1]), at: hex(payload64Of(payload, 2)) } }),
  EVENT: ({ payload }) => queued(EVENTS, payload.slice(0, 8)),
  COMMAND: (record) => {
    const { name, fields } = queued(COMMANDS, record.payload.slice(0, 4));
    return { name, fields: { ...fields, removed: String(record.payload[4]), queue: String(record.payload[5]) } };
  },
};

const payload64Of = (payload: Uint32Array, at: number): bigint => (BigInt(payload[at + 1]!) << 32n) | BigInt(payload[at]!);

/** Everything that is no counter, of a kind without a form of its own. */
const plain = (record: TraceRecord): Named => ({ name: record.kind, fields: { address: hex(record.address), ...words64(record, 0, 4) } });

/** What can be seen of the SMMU from outside. */
const OUTCOME: readonly KindName[] = ['TXN_BEGIN', 'TXN_END', 'TXN', 'EVENT', 'COMMAND', 'STALL', 'RESUME', 'ATS', 'PPR', 'PRI_RESPONSE', 'ATOS', 'MISUSE', 'STALE', 'UPDATE'];

/** Kinds whose payload holds numbers of transactions or records: told by their sentence, without those numbers. */
const BY_SENTENCE: readonly KindName[] = ['STALL', 'RESUME', 'STALE', 'TXN', 'ATC'];
const saidBy = (text: string): ItemFields => ({ says: text.replace(/\b(transaction|record) \d+/g, 'a $1') });

function fieldsOf(record: TraceRecord, text: string): Named {
  const form = FORMS[record.kind];
  const named = form !== undefined ? form(record) : BY_SENTENCE.includes(record.kind) ? { name: record.kind, fields: saidBy(text) } : plain(record);
  const rule = record.rule === 0 ? {} : { rule: RULES[record.rule]?.id ?? String(record.rule) };
  const client = record.sid === 0 && record.ssid === null ? {} : { sid: hex(BigInt(record.sid)), ...(record.ssid === null ? {} : { ssid: hex(BigInt(record.ssid)) }) };
  const access = `${record.pnu ? 'privileged' : 'unprivileged'} ${record.ind ? 'instruction' : 'data'} ${record.rnw ? 'read' : 'write'}`;
  return { name: named.name, fields: { ...named.fields, ...client, ...(record.kind === 'TXN_BEGIN' ? { access } : {}), ...(record.kind === 'TXN_END' ? {} : { verdict: String(record.verdict) }), ...rule } };
}

const TEXT_BYTES = 32;

/** In front of the fields of a record that a hop carried. */
export const RECORD_FIELD = 'record.';
const CARRIED = { command: { table: COMMANDS, words: 4 }, event: { table: EVENTS, words: 8 } } as const;

/** Commands and events field by field; a structure of a uAPI as it lay there. */
function carried(data: HopText['data']): ItemFields {
  if (data === null) return {};
  const queue = data.type === 'command' || data.type === 'event' ? CARRIED[data.type] : null;
  const bytes = { bytes: hexBytes(data.bytes) };
  if (queue === null || data.bytes.length < queue.words * 4) return bytes;
  const view = new DataView(data.bytes.buffer, data.bytes.byteOffset);
  const { name, fields } = structureFields(queue.table, Uint32Array.from({ length: queue.words }, (_, word) => view.getUint32(word * 4, true)));
  return name === null ? bytes : { [RECORD_FIELD + data.type]: name, ...Object.fromEntries(Object.entries(fields).map(([field, value]) => [RECORD_FIELD + field, value])) };
}

function hopItem(record: TraceRecord, data: readonly TraceRecord[]): TraceItem {
  const hop = HOPS[record.payload[0]!] ?? 'guest';
  const { action, detail, dropped, data: bytes } = parseHop(data.map(dataText).join(''));
  const result = record.payload[3] === 1 ? String(record.payload[2]! | 0) : null;
  const fields = { ...Object.fromEntries(detail), ...(result === null ? {} : { result }), ...(dropped === null ? {} : { dropped }), ...carried(bytes) };
  const shown = detail.map(([name, value]) => ` ${name} ${value}`).join(',');
  return { kind: 'HOP', name: `${hop} ${action}`, fields, text: `${hop}: ${action}${shown}${result === null || result === '0' ? '' : ` -> ${result}`}${dropped === null ? '' : `; dropped: ${dropped}`}`, shows: dropped !== null || record.payload[6] === FAULT_STEP.injected, seq: record.seq, transaction: record.transaction };
}

/** Records of one step; `index` counts from 1, 0 is what came before the first. */
export interface ItemStretch {
  readonly index: number;
  readonly items: readonly TraceItem[];
  /** False: more of this step follows. */
  readonly last: boolean;
}

/** A step of more records comes in stretches of so many, so that a long one is never in memory as a whole. */
export const STRETCH = 8192;

/** A trace in pieces, made into steps as it arrives. */
export class ItemReader {
  #index = 0;
  #items: TraceItem[] = [];
  /** A hop whose text has not all arrived. */
  #left = new Int32Array(0);

  /** Whole records, those that follow the ones before. */
  *push(words: Int32Array): Generator<ItemStretch, void, void> {
    const records = this.#joined(words);
    for (let at = 0; at < records.length; at += RECORD_WORDS) {
      const record = decodeRecord(records, at);
      if (record.kind === 'HOP') {
        const parts = Math.ceil(record.payload[5]! / TEXT_BYTES);
        if (at + (parts + 1) * RECORD_WORDS > records.length) {
          this.#left = records.slice(at);
          return;
        }
        const data = Array.from({ length: parts }, (_, i) => decodeRecord(records, at + (i + 1) * RECORD_WORDS));
        this.#items.push(hopItem(record, data));
        at += parts * RECORD_WORDS;
      } else if (record.kind === 'STEP') {
        yield this.#taken(true);
        this.#index = record.payload[0]! + 1;
      } else this.#items.push(itemOf(record));
      if (this.#items.length >= STRETCH) yield this.#taken(false);
    }
  }

  /** After the last piece. A hop whose text was cut off is told record by record. */
  end(): ItemStretch {
    for (let at = 0; at < this.#left.length; at += RECORD_WORDS) this.#items.push(itemOf(decodeRecord(this.#left, at)));
    this.#left = new Int32Array(0);
    return this.#taken(true);
  }

  #taken(last: boolean): ItemStretch {
    const items = this.#items;
    this.#items = [];
    return { index: this.#index, items, last };
  }

  #joined(words: Int32Array): Int32Array {
    if (this.#left.length === 0) return words;
    const both = new Int32Array(this.#left.length + words.length);
    both.set(this.#left);
    both.set(words, this.#left.length);
    this.#left = new Int32Array(0);
    return both;
  }
}

function itemOf(record: TraceRecord): TraceItem {
  const { text } = stepOf(record);
  const { name, fields } = fieldsOf(record, text);
  return { kind: record.kind, name, fields, text, shows: OUTCOME.includes(record.kind) && name !== 'CMD_SYNC', seq: record.seq, transaction: record.transaction };
}
