import type { DecodedRecord } from '../words/decoded.ts';

/** StreamIDs that firmware gives to a device: `count` of them from `first`. */
export interface NamedStream {
  /** The path of a node, or the name of a named component. */
  readonly name: string;
  readonly first: number;
  readonly count: number;
  /** What the device sends, where it is a PCI function: its requester id for `first`. */
  readonly input: number;
  readonly isPci: boolean;
}

/** `/pcie@40000000 00:04.0`, or null where no device has this StreamID. The narrowest range names it. */
export function nameOfStream(streams: readonly NamedStream[], sid: number): string | null {
  const fitting = streams.filter(({ first, count }) => sid >= first && sid < first + count).sort((a, b) => a.count - b.count);
  const found = fitting[0];
  if (found === undefined) return null;
  return found.isPci ? `${found.name} ${bdf(found.input + sid - found.first)}` : found.name;
}

/** `02:00.0` of a requester id. */
export function bdf(rid: number): string {
  const digits = (value: number): string => value.toString(16).padStart(2, '0');
  return `${digits((rid >> 8) & 0xff)}:${digits((rid >> 3) & 0x1f)}.${rid & 7}`;
}

/** A record with a note of whose its StreamID is, where the names tell. */
export function named(record: DecodedRecord, streams: readonly NamedStream[]): DecodedRecord {
  if (record.kind === 'device') return record;
  const sid = record.fields.find(({ name }) => name === 'StreamID' || name === 'SID' || name === 'sid');
  const name = sid === undefined ? null : nameOfStream(streams, Number(sid.raw));
  return name === null ? record : { ...record, notes: [...(record.notes ?? []), `StreamID ${sid!.raw} is ${name}`] };
}
