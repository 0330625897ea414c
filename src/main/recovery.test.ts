import { EventEmitter } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import { Complaints } from './complaints.ts';
import { recover } from './recovery.ts';

let contents: EventEmitter & { reload: ReturnType<typeof vi.fn>; forcefullyCrashRenderer: ReturnType<typeof vi.fn> };
let window: EventEmitter;
let now = 0;
let answer = 0;
const ask = vi.fn(async (_question: { readonly message: string }) => answer);
const report = vi.fn();
const lose = (reason = 'crashed') => contents.emit('render-process-gone', {}, { reason, exitCode: 139 });

beforeEach(() => {
  [now, answer] = [0, 0];
  ask.mockClear();
  report.mockClear();
  contents = Object.assign(new EventEmitter(), { reload: vi.fn(), forcefullyCrashRenderer: vi.fn() });
  window = Object.assign(new EventEmitter(), { webContents: contents, isDestroyed: () => false });
  recover(window as never, { report, ask, now: () => now });
});

it('loads a lost page again, three times in a minute, and then asks', async () => {
  for (let n = 0; n < 3; n++) lose(n === 1 ? 'oom' : 'crashed');
  expect([contents.reload.mock.calls.length, ask.mock.calls.length]).toEqual([3, 0]);
  expect(report.mock.calls.map(([text]) => text)).toEqual(expect.arrayContaining(["the page's process is gone: oom, status 139"]));
  lose();
  await vi.waitFor(() => expect(ask).toHaveBeenCalledOnce());
  expect(contents.reload).toHaveBeenCalledTimes(3);
  answer = 1;
  lose();
  await vi.waitFor(() => expect(contents.reload).toHaveBeenCalledTimes(4));
});

it('forgets after a minute', () => {
  for (let n = 0; n < 9; n++) {
    now = n * 30_000;
    lose();
  }
  expect([contents.reload.mock.calls.length, ask.mock.calls.length]).toEqual([9, 0]);
});

it('leaves a page that ended as it should', () => {
  lose('clean-exit');
  expect(contents.reload).not.toHaveBeenCalled();
});

it('asks once about a page that does not respond, and ends its process only when told to', async () => {
  let decide: (button: number) => void = () => undefined;
  ask.mockImplementationOnce(() => new Promise((resolve) => (decide = resolve)));
  window.emit('unresponsive');
  window.emit('unresponsive');
  expect(ask).toHaveBeenCalledOnce();
  decide(0);
  await vi.waitFor(() => expect(contents.forcefullyCrashRenderer).not.toHaveBeenCalled());
  answer = 1;
  await vi.waitFor(() => {
    window.emit('unresponsive');
    expect(contents.forcefullyCrashRenderer).toHaveBeenCalled();
  });
});

it('keeps the last complaints, cut to a length that can be sent', () => {
  const complaints = new Complaints(() => undefined);
  for (let n = 0; n < 300; n++) complaints.take(`complaint ${n}`);
  complaints.take(new Error('x'.repeat(10_000)));
  expect(complaints.all).toHaveLength(200);
  expect(complaints.all.at(-2)).toMatch(/complaint 299$/);
  expect(complaints.all.at(-1)!.length).toBeLessThan(4100);
});
