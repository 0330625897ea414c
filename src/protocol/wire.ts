/**
 * Messages as the frames of a WebSocket. A message without bytes is a text frame of JSON. With bytes it is a binary frame:
 * the length of the JSON as uint32 little-endian, the JSON in UTF-8, then the bytes, to which `{"$bytes": [offset, length]}` points.
 */
import { RPC_CODES, RpcError } from './errors.ts';

const HEADER = 4;

export function encodeFrame(message: unknown): string | Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const json = JSON.stringify(message, (_key, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    const reference = { $bytes: [length, value.byteLength] };
    parts.push(value);
    length += value.byteLength;
    return reference;
  });
  if (parts.length === 0) return json;
  const head = new TextEncoder().encode(json);
  const frame = new Uint8Array(HEADER + head.byteLength + length);
  new DataView(frame.buffer).setUint32(0, head.byteLength, true);
  frame.set(head, HEADER);
  let at = HEADER + head.byteLength;
  for (const part of parts) {
    frame.set(part, at);
    at += part.byteLength;
  }
  return frame;
}

/** Throws an RpcError with code `bad-request` on a frame that is none of these. */
export function decodeFrame(frame: string | Uint8Array): unknown {
  try {
    if (typeof frame === 'string') return JSON.parse(frame) as unknown;
    if (frame.byteLength < HEADER) throw new Error('a binary frame has at least 4 bytes');
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const end = HEADER + view.getUint32(0, true);
    if (end > frame.byteLength) throw new Error('the JSON of a binary frame reaches beyond its end');
    const json = new TextDecoder('utf-8', { fatal: true }).decode(frame.subarray(HEADER, end));
    return JSON.parse(json, (_key, value: unknown) => bytesOf(value, frame.subarray(end))) as unknown;
  } catch (error) {
    throw new RpcError({ code: RPC_CODES.badRequest, message: `not a frame of this protocol: ${(error as Error).message}` });
  }
}

function bytesOf(value: unknown, bytes: Uint8Array): unknown {
  if (typeof value !== 'object' || value === null || !('$bytes' in value)) return value;
  const reference: unknown = value.$bytes;
  if (!Array.isArray(reference)) throw new Error('$bytes is not [offset, length]');
  const [offset, length] = reference as unknown[];
  const inside = Number.isInteger(offset) && Number.isInteger(length) && (offset as number) >= 0 && (length as number) >= 0;
  if (!inside || (offset as number) + (length as number) > bytes.byteLength) throw new Error('$bytes points outside the frame');
  return bytes.slice(offset as number, (offset as number) + (length as number));
}
