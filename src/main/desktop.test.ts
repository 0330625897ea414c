import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DESKTOP_METHODS, MAX_PIECE } from '../protocol/desktop.ts';
import { DESKTOP_CHANNEL, serveDesktop } from './desktop.ts';
import type { DesktopHandlers } from './desktop.ts';

const page = { senderFrame: { url: 'app://lab/', parent: null } };
let ask: (event: unknown, method: unknown, params: unknown) => Promise<unknown>;
let problems: string[];
const handler = vi.fn((_params: unknown): unknown => ({}));

beforeEach(() => {
  handler.mockReset().mockReturnValue({});
  problems = [];
  const ipc = { handle: (channel: string, listener: typeof ask) => (expect(channel).toBe(DESKTOP_CHANNEL), (ask = listener)) };
  const handlers = Object.fromEntries(Object.keys(DESKTOP_METHODS).map((method) => [method, handler]));
  serveDesktop(ipc as never, handlers as unknown as DesktopHandlers, (problem) => void problems.push(problem));
});

describe('a call to the desktop', () => {
  it('reaches its handler, parsed', async () => {
    handler.mockReturnValue([]);
    expect(await ask(page, 'files.open', { title: 'Open', kinds: [], many: false, path: '/etc/passwd' })).toEqual({ result: [] });
    expect(handler).toHaveBeenCalledExactlyOnceWith({ title: 'Open', kinds: [], many: false });
  });

  it('is refused from a frame, a page of the web or one that is gone, and that is reported', async () => {
    for (const senderFrame of [{ url: 'app://lab/', parent: {} }, { url: 'https://example.org/', parent: null }, null]) {
      expect(await ask({ senderFrame }, 'files.close', { handle: 'x' })).toEqual({ error: 'refused' });
    }
    expect(handler).not.toHaveBeenCalled();
    expect(problems).toHaveLength(3);
  });

  it.each([
    ['an unknown method', 'files.delete', {}],
    ['a method of every object', 'toString', {}],
    ['no method', 7, {}],
    ['no parameters', 'files.close', undefined],
    ['a handle that is no text', 'files.close', { handle: ['x'] }],
    ['a negative place', 'files.read', { handle: 'x', from: -1, count: 1 }],
    ['too many bytes asked for', 'files.read', { handle: 'x', from: 0, count: MAX_PIECE + 1 }],
    ['too many bytes given', 'files.write', { handle: 'x', bytes: new Uint8Array(MAX_PIECE + 1) }],
    ['an extension that is a pattern', 'files.open', { title: 'Open', kinds: [{ title: 'x', extensions: ['../*'] }], many: false }],
  ])('is refused with %s', async (_what, method, params) => {
    expect(await ask(page, method, params)).toEqual({ error: expect.stringMatching(/.{5}/) });
    expect(handler).not.toHaveBeenCalled();
  });

  it('says why a handler failed', async () => {
    handler.mockImplementation(() => {
      throw new Error('This file is not open.');
    });
    expect(await ask(page, 'files.close', { handle: 'x' })).toEqual({ error: 'This file is not open.' });
  });
});
