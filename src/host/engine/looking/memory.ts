/** Memory as rows of bytes, what lies at an address, and where some bytes are. */
import { hex, hexBytes } from '../../../model/base/address.ts';
import { walk } from '../../../model/lab/inspect/walk.ts';
import { CD, L1CD, L1STD, STE } from '../../../model/spec/index.ts';
import type { Granule, RecordDef } from '../../../model/spec/index.ts';
import { decodeDescriptor } from '../../../formats/words/descriptor.ts';
import { decodeFields } from '../../../formats/words/decoded.ts';
import { MEMORY_ROW } from '../../../protocol/contract.ts';
import type { LookingParams, LookingResult, MemoryPlace, MemoryRow, Overlay } from '../../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import { crossingOf } from '../../rows/crossing.ts';
import { toField } from '../../rows/field.ts';
import { addressOfRow, overlayAt, overlaysOf, rowCount, rowOfAddress, spaceOf, spacesOf, toPa } from './memory-space.ts';
import { wordsOf } from './structure-node.ts';
import type { Subject } from './subject.ts';

export function memoryMap(subject: Subject, { space: id }: LookingParams<'memory.map'>): LookingResult<'memory.map'> {
  const space = spaceOf(subject, id);
  return {
    spaces: spacesOf(subject).map(({ id: one, title }) => ({ id: one, title })),
    regions: space.regions.map(({ from, size }) => ({ from: hex(from), size: hex(size) })),
    overlays: overlaysOf(subject, space),
  };
}

export function memoryWindow(subject: Subject, { space: id, from, count }: LookingParams<'memory.window'>): LookingResult<'memory.window'> {
  const space = spaceOf(subject, id);
  const overlays = overlaysOf(subject, space);
  const total = rowCount(space);
  const rows = Array.from({ length: Math.max(0, Math.min(count, total - from)) }, (_, n): MemoryRow => {
    const address = addressOfRow(space, from + n)!;
    const pa = toPa(space, address);
    const bytes = pa === null ? null : subject.smmu.memory.readBytes(pa, MEMORY_ROW);
    return { address: hex(address), pa: pa === null ? null : hex(pa), bytes: bytes === null ? null : hexBytes(bytes), overlay: overlayAt(overlays, address) };
  });
  return { total, rows };
}

const RECORDS: Readonly<Record<string, RecordDef>> = { 'stream-table': STE, 'stream-table-level-2': STE, 'context-descriptor': CD, 'cd-table': CD, 'cd-table-leaf': CD };
const QUEUES: Readonly<Record<string, readonly [type: 'command' | 'event' | 'page-request', bytes: number]>> = { 'command-queue': ['command', 16], 'event-queue': ['event', 32], 'pri-queue': ['page-request', 16] };
const GRANULES: Readonly<Record<string, Granule>> = { '0x4000': '16K', '0x10000': '64K' };

/** A level-1 table is smaller than one record of level 2 for each that it leads to: its descriptors have 8 bytes. */
const recordOf = ({ kind, name }: Overlay): RecordDef | undefined => (name.startsWith('level 1') ? (kind === 'stream-table' ? L1STD : L1CD) : RECORDS[kind]);

/** `guests`: the memory is that of a VM, as it sees it. */
function recordAt(overlay: Overlay, address: bigint, read: (at: bigint, bytes: number) => Uint8Array | null, guests: boolean): MemoryPlace['record'] {
  const aligned = (bytes: number): bigint => address - ((address - BigInt(overlay.from)) % BigInt(bytes));
  const queue = QUEUES[overlay.kind];
  if (queue !== undefined) {
    const [type, length] = queue;
    const bytes = read(aligned(length), length);
    if (bytes === null) return null;
    const { title, words, fields } = crossingOf(type, Uint8Array.from(bytes));
    return { title, at: hex(aligned(length)), words, fields };
  }
  const record = recordOf(overlay);
  if (record !== undefined) {
    const bytes = read(aligned(record.bytes), record.bytes);
    if (bytes === null) return null;
    const words = new Uint32Array(Uint8Array.from(bytes).buffer);
    const around = { guests, ...(guests ? { stage1: 'ipa' } as const : {}) };
    return { title: record.id, at: hex(aligned(record.bytes)), words: wordsOf(words), fields: decodeFields(record, words, around).map(toField) };
  }
  return overlay.kind.endsWith('table') ? descriptorAt(overlay, aligned(8), read, guests) : null;
}

function descriptorAt({ kind, name, size }: Overlay, at: bigint, read: (at: bigint, bytes: number) => Uint8Array | null, guests: boolean): MemoryPlace['record'] {
  const bytes = read(at, 8);
  if (bytes === null) return null;
  const words = wordsOf(new Uint32Array(Uint8Array.from(bytes).buffer));
  const stage = kind === 'stage-1-table' ? 1 : 2;
  const level = Number(/level (\d)/.exec(name)?.[1] ?? 3);
  const { title, fields } = decodeDescriptor(BigInt(`0x${words[0]!}`), { stage, level, granule: GRANULES[size] ?? '4K', stage1: guests ? 'ipa' : undefined });
  return { title: `S${stage} L${level} ${title.toLowerCase()}`, at: hex(at), words, fields: fields.map(toField) };
}

export function memoryAt(subject: Subject, { space: id, address: text }: LookingParams<'memory.at'>): MemoryPlace {
  const space = spaceOf(subject, id);
  const address = BigInt(text);
  const pa = toPa(space, address);
  const overlay = overlayAt(overlaysOf(subject, space), address);
  const read = (at: bigint, bytes: number): Uint8Array | null => {
    const place = toPa(space, at);
    return place === null ? null : subject.smmu.memory.readBytes(place, bytes);
  };
  return { pa: pa === null ? null : hex(pa), overlay, record: overlay === null ? null : recordAt(overlay, address, read, id !== 'pa') };
}

export function memoryLocate(subject: Subject, { space: id, address: text, sid, ssid }: LookingParams<'memory.locate'>): LookingResult<'memory.locate'> {
  const address = sid === undefined ? BigInt(text) : outputOf(subject, sid, ssid, BigInt(text));
  const space = spaceOf(subject, sid === undefined ? id : 'pa');
  const row = rowOfAddress(space, address);
  if (row === null) throw new RpcError({ code: RPC_CODES.notFound, message: `nothing is at ${hex(address)} in ${space.title}` });
  return { space: space.id, row, address: hex(address) };
}

/** Where a read by the stream would go. */
function outputOf({ smmu }: Subject, sid: number, ssid: number | undefined, iova: bigint): bigint {
  const { outcome } = walk({ smmu, memory: smmu.memory }, { sid, iova, access: 'read', ...(ssid === undefined ? {} : { ssid }) });
  if (outcome.pa === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `IOVA ${hex(iova)} of StreamID ${hex(sid)} leads nowhere: ${outcome.fault?.name ?? outcome.status}` });
  return outcome.pa;
}

/** Looked through at once, and the most that a search looks through. */
const CHUNK = 1 << 20;
const MOST = 512 << 20;

export function memorySearch(subject: Subject, { space: id, bytes, after }: LookingParams<'memory.search'>): LookingResult<'memory.search'> {
  const space = spaceOf(subject, id);
  const wanted = Buffer.from(bytes, 'hex');
  const start = after === null ? -1n : BigInt(after);
  let searched = 0;
  for (const { from, size, pa } of space.regions) {
    for (let offset = start >= from ? start - from + 1n : 0n; offset < size; offset += BigInt(CHUNK)) {
      if (searched >= MOST) return { address: null, searched: hex(searched), whole: false };
      const length = Math.min(CHUNK + wanted.length - 1, Number(size - offset));
      const chunk = subject.smmu.memory.readBytes(pa + offset, length);
      const at = chunk === null ? -1 : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).indexOf(wanted);
      if (at >= 0) return { address: hex(from + offset + BigInt(at)), searched: hex(searched), whole: true };
      searched += length;
    }
  }
  return { address: null, searched: hex(searched), whole: true };
}
