/**
 * Hops of the nested stack in the trace: who, in which path, with which answer is a record of its own; what it was about is
 * text (JSON, ASCII) in the HOP_DATA records right behind it.
 */
import { hexBytes } from '../base/address.ts';

export const HOPS = ['guest', 'vmm', 'uapi', 'host-core', 'host-driver', 'smmu', 'device'] as const;

/** Steps of a fault from the SMMU to the guest's handler, as the `fault` of a hop says which it is. */
export const FAULT_STEP = {
  /** A driver worked on the record at the head of its event queue. */
  handled: 1,
  /** The queue between host and VMM (DMA FAULT region, vEVENTQ) took it, or did not. */
  queued: 2,
  /** The VMM took it from there and gave it to the guest's event queue, or did not. */
  injected: 3,
} as const;

/** A device in one word: FNV-1a of its name; 0 without one. */
export function nameKey(name: string | null): number {
  if (name === null) return 0;
  let key = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) key = Math.imul(key ^ name.charCodeAt(i), 0x01000193);
  return key;
}

type Value = string | number | bigint | boolean | null;

export interface HopMessage {
  readonly action: string;
  readonly detail: Readonly<Record<string, Value>>;
  readonly dropped?: string;
  readonly data?: { readonly type: string; readonly bytes: Uint8Array };
}

/** As it is read back: values as they are shown. */
export interface HopText {
  readonly action: string;
  readonly detail: readonly (readonly [name: string, value: string])[];
  readonly dropped: string | null;
  readonly data: { readonly type: string; readonly bytes: Uint8Array } | null;
}

const valueText = (value: Value): string => (typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value));

/** Details that are null or empty say nothing. */
const shown = (detail: HopMessage['detail']): [string, string][] =>
  Object.entries(detail).flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, valueText(value)]]));

export function hopText({ action, detail, dropped, data }: HopMessage): string {
  const parts = [action, shown(detail), dropped ?? null, ...(data === undefined ? [] : [data.type, hexBytes(data.bytes)])];
  return JSON.stringify(parts).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Numbers that kernel logs have in hex. */
const IN_HEX: readonly string[] = ['StreamID', 'event'];
const shownValue = (name: string, value: string): string => (IN_HEX.includes(name) && /^\d+$/.test(value) ? `0x${Number(value).toString(16)}` : value);

export function parseHop(text: string): HopText {
  const [action, texts, dropped, type, hex] = JSON.parse(text) as [string, [string, string][], string | null, string?, string?];
  const detail = texts.map(([name, value]) => [name, shownValue(name, value)] as const);
  const data = type === undefined || hex === undefined ? null : { type, bytes: Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16)) };
  return { action, detail, dropped, data };
}
