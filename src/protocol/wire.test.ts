import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './wire.ts';

describe('frames of a WebSocket', () => {
  it('is JSON text without bytes', () => {
    expect(encodeFrame({ id: 1, method: 'hello', params: { a: undefined } })).toBe('{"id":1,"method":"hello","params":{}}');
  });

  it('brings bytes back where they were', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), bytes: fc.uint8Array({ maxLength: 40 }) })), (files) => {
        const back = decodeFrame(encodeFrame({ id: 1, params: { files } })) as { params: { files: { name: string; bytes: Uint8Array }[] } };
        expect(back.params.files.map((file) => [file.name, [...file.bytes]])).toEqual(files.map((file) => [file.name, [...file.bytes]]));
      }),
    );
  });

  it.each([
    ['text that is no JSON', '{'],
    ['a frame shorter than its header', new Uint8Array([1, 0])],
    ['JSON beyond the end', new Uint8Array([200, 0, 0, 0, 0x7b, 0x7d])],
    ['bytes outside the frame', withJson('{"a":{"$bytes":[0,9]}}', 4)],
    ['bytes at a negative offset', withJson('{"a":{"$bytes":[-1,1]}}', 4)],
    ['a reference that is no pair', withJson('{"a":{"$bytes":7}}', 4)],
    ['text that is no UTF-8', new Uint8Array([1, 0, 0, 0, 0xff])],
  ])('refuses %s', (_name, frame) => {
    expect(() => decodeFrame(frame)).toThrow(/not a frame of this protocol/);
  });
});

function withJson(json: string, bytes: number): Uint8Array {
  const frame = new Uint8Array(4 + json.length + bytes);
  new DataView(frame.buffer).setUint32(0, json.length, true);
  frame.set(new TextEncoder().encode(json), 4);
  return frame;
}
