/** The services together, over the real protocol, with a host of plain data. */
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RpcError } from '../../protocol/contract.ts';
import { fakeLab, fakeState, type FakeLab } from '../testing/fake-lab.ts';
import { DOCUMENTS } from '../testing/fake-run.ts';
import { useCapture } from './capture.ts';
import { useDocuments } from './documents.ts';
import { MOMENT, useJobs } from './jobs.ts';
import { useLabClient } from './lab-client.ts';
import { textOf, useMessages } from './messages.ts';
import { useRun } from './run.ts';
import { useSelection } from './selection.ts';
import { FIRST_SAMPLE, useSessions } from './sessions.ts';
import { useTrace } from './trace.ts';

let lab: FakeLab;

beforeEach(async () => {
  setActivePinia(createPinia());
  lab = fakeLab();
  await useLabClient().connect(lab.port);
});
afterEach(() => vi.useRealTimers());

describe('connecting', () => {
  it('knows when the host is there and when it is gone', () => {
    const client = useLabClient();
    expect([client.status, client.hello?.canSave]).toEqual(['open', true]);
    lab.port.close();
    expect(client.status).toBe('closed');
  });

  it('keeps listening to streams over a new connection', async () => {
    const run = useRun();
    lab.port.close();
    const other = fakeLab();
    await useLabClient().connect(other.port);
    other.server.emit('run.changed', fakeState({ revision: 1, state: 'running' }));
    await vi.waitFor(() => expect(run.isRunning).toBe(true));
    expect(useLabClient().status).toBe('open');
  });

  it('refuses a host that speaks another protocol', async () => {
    const other = fakeLab();
    other.override({ hello: () => { throw new RpcError({ code: 'protocol-mismatch', message: 'this lab speaks protocol 2' }); } });
    await expect(useLabClient().connect(other.port)).rejects.toThrow('protocol 2');
  });
});

it('what is on screen is of the last good run while the documents have errors', async () => {
  await useSessions().openSample(FIRST_SAMPLE);
  const run = useRun();
  expect(run.isOfBefore).toBe(false);
  const problem = { document: 'host', line: 1, column: 1, endLine: 1, endColumn: 2, severity: 'error', code: 'unknown-key', message: 'unknown key' } as const;
  lab.override({ 'run.load': () => { throw new RpcError({ code: 'bad-document', message: 'unknown key', problems: [problem] }); } });
  expect(await run.load()).toBe(false);
  expect([run.isOfBefore, run.state?.state]).toEqual([true, 'done']);
  useDocuments().report([]);
  expect(run.isOfBefore).toBe(false);
});

describe('a capture that is opened while the first sample loads', () => {
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  };

  it.each(['samples.open', 'run.load'] as const)('stays when %s takes longer', async (slow) => {
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const answers = { 'samples.open': { title: 'First', documents: DOCUMENTS }, 'run.load': fakeState({ revision: 0 }) } as const;
    lab.override({ [slow]: () => gate.then(() => answers[slow]) });
    const sample = useSessions().openSample(FIRST_SAMPLE);
    await settle();
    const capture = useCapture().open({ id: 'hand-nested' });
    await settle();
    goOn();
    expect(await Promise.all([sample, capture])).toEqual([true, true]);
    expect([useCapture().opened?.capture.id, useRun().state?.readOnly, lab.calls.includes('run.run')]).toEqual(['hand-nested', true, false]);
  });

  it('leaves the sample to go on when it cannot be opened', async () => {
    lab.override({ 'captures.open': () => { throw new RpcError({ code: 'bad-capture', message: 'no registers' }); } });
    const [sample, capture] = await Promise.all([useSessions().openSample(FIRST_SAMPLE), useCapture().open({ id: 'broken' })]);
    expect([sample, capture, useRun().state?.state, useDocuments().texts.guest]).toEqual([true, false, 'done', DOCUMENTS.guest]);
  });
});

describe('the first sample', () => {
  it('is opened, run, and its fault selected with its event', async () => {
    expect(await useSessions().openSample(FIRST_SAMPLE)).toBe(true);
    expect(useDocuments().texts.guest).toBe(DOCUMENTS.guest);
    expect(useRun().state?.state).toBe('done');
    expect([useSelection().txn, useSelection().event]).toEqual([3, 0]);
  });

  it('keeps the name that its session was given, until its own title changes', async () => {
    const given: unknown[] = [];
    lab.override({ 'sessions.save': ({ id, title }) => (given.push(title), { id: id ?? 's1' }) });
    await useSessions().openSession('s1');
    useDocuments().edit('guest', 'vm0: {}');
    await useSessions().save();
    const { state } = useRun();
    lab.override({ 'run.load': () => ({ ...state!, lab: { ...state!.lab, title: 'Another title' } }) });
    await useRun().load();
    await useSessions().save();
    await useSessions().save();
    expect(given).toEqual([undefined, 'Another title', undefined]);
  });

  it('says when another window changed it: what is here goes on as a session of its own', async () => {
    lab.override({ 'sessions.save': () => ({ id: 's2' }) });
    await useSessions().openSession('s1');
    await useSessions().save();
    expect([useSessions().current, useMessages().byPlace.get('app')]).toEqual(['s2', expect.stringContaining('Another window changed this session')]);
  });

  it('is not saved until somebody edits it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await useSessions().openSample(FIRST_SAMPLE);
    expect(lab.calls).not.toContain('sessions.save');
    useDocuments().edit('guest', 'vm0: {}');
    await vi.advanceTimersByTimeAsync(2000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(useSessions().current).toBe('s1'));
  });

  it('says why it cannot be opened', async () => {
    expect(await useSessions().openSample('missing')).toBe(false);
    expect(useMessages().byPlace.get('sessions')).toBe('no sample missing');
  });
});

describe('a run', () => {
  beforeEach(() => useSessions().openSample(FIRST_SAMPLE));

  it('is made of the texts: an edit builds the machine again', async () => {
    lab.calls.length = 0;
    await useRun().run();
    expect(lab.calls.filter((call) => call.startsWith('run.'))).toEqual(['run.reset', 'run.run']);
    useDocuments().edit('steps', '- sync: {}');
    lab.calls.length = 0;
    await useRun().run();
    expect(lab.calls.filter((call) => call.startsWith('run.'))).toEqual(['run.load', 'run.run']);
  });

  it('brings the problems of bad documents to the editors', async () => {
    const problem = { document: 'guest', line: 4, column: 13, endLine: 4, endColumn: 17, severity: 'error', code: 'unknown-key', message: 'did you mean ASID?' } as const;
    lab.override({ 'run.load': () => { throw new RpcError({ code: 'bad-document', message: 'the guest document has 1 error', problems: [problem] }); } });
    useDocuments().edit('guest', 'broken');
    expect(await useRun().run()).toBeUndefined();
    expect(useDocuments().problems).toEqual([problem]);
    expect(useMessages().byPlace.get('run')).toBe('the guest document has 1 error');
    expect(useRun().busy).toBe(false);
  });

  it('loses no key press: steps that are asked for while the run moves are done behind it, in one go', async () => {
    const run = useRun();
    await useSessions().openSample(FIRST_SAMPLE);
    await run.seek(0);
    const before = lab.calls.length;
    await Promise.all([run.step(), run.step(), run.step(), run.step(), run.back()]);
    expect([run.state?.position, run.isMoving]).toEqual([3, false]);
    expect(lab.calls.slice(before).filter((call) => call.startsWith('run.'))).toEqual(['run.seek']);
    await run.back();
    expect(run.state?.position).toBe(2);
    // Where it stands: a step that failed is tried again from there.
    await run.seek(2);
    expect(lab.calls.slice(before).filter((call) => call.startsWith('run.'))).toEqual(['run.seek', 'run.seek', 'run.seek']);
  });

  it('takes the newer of two states, in whatever order they come', () => {
    const run = useRun();
    run.update(fakeState({ revision: 90, transactions: 9 }));
    run.update(fakeState({ revision: 80, transactions: 8 }));
    expect(run.state?.transactions).toBe(9);
  });

  it('shows the message of a run that failed', async () => {
    lab.override({ 'run.run': () => fakeState({ revision: 99, state: 'failed', message: 'the engine ran out of memory' }) });
    await useRun().run();
    expect(useMessages().byPlace.get('run')).toBe('the engine ran out of memory');
  });

  it('moves between transactions and between faults', async () => {
    const selection = useSelection();
    await selection.selectTransaction(1);
    expect(selection.event).toBeNull();
    await selection.moveToFault(1);
    expect([selection.txn, selection.event]).toEqual([3, 0]);
    await selection.moveToFault(1);
    expect(selection.txn).toBe(3);
    selection.move(1);
    selection.move(1);
    expect(selection.txn).toBe(4);
    await selection.selectEvent(0);
    expect([selection.txn, selection.lead]).toEqual([3, 'event']);
  });

  it('comes back to the selected transaction when it runs again', async () => {
    const selection = useSelection();
    expect(selection.present).toBe(3);
    await useRun().reset();
    expect([selection.txn, selection.present]).toEqual([3, null]);
    await useRun().run();
    expect(selection.present).toBe(3);
  });

  it('reads the event queue whenever the run changes', async () => {
    await vi.waitFor(() => expect(useTrace().queue?.prod).toBe(1));
    await useRun().reset();
    await vi.waitFor(() => expect(useTrace().queue?.prod).toBe(0));
    expect(useTrace().transactions.total).toBe(0);
  });
});

describe('what is not made of the documents', () => {
  beforeEach(() => useSessions().openSample(FIRST_SAMPLE));

  it('a stored run is read only; running builds the machine again', async () => {
    expect(await useSessions().openStoredRun('s1', 'r1')).toBe(true);
    expect(useRun().state?.readOnly).toBe(true);
    expect(useSelection().txn).toBe(3);
    lab.calls.length = 0;
    await useRun().run();
    expect(lab.calls[0]).toBe('run.load');
  });

  it('a capture answers translations', async () => {
    expect(await useCapture().open({ id: 'hand-nested' })).toBe(true);
    expect([useTrace().transactions.total, useSelection().txn]).toEqual([0, null]);
    await useCapture().translate({ sid: 0x38, iova: '0x10000000', access: 'read' });
    expect([useTrace().transactions.total, useSelection().txn]).toEqual([1, 1]);
    lab.override({ 'capture.translate': () => { throw new RpcError({ code: 'outside', message: 'no such stream' }); } });
    await useCapture().translate({ sid: 1, iova: '0x0', access: 'read' });
    expect(useMessages().byPlace.get('captures')).toBe('no such stream');
  });

  it('says why a session is not saved', async () => {
    lab.override({ 'sessions.save': () => { throw new RpcError({ code: 'cannot-save', message: 'the disk is full' }); } });
    await useSessions().save();
    expect(useSessions().problem).toBe('the disk is full');
  });
});

describe('jobs', () => {
  it('are shown when they take longer than a moment, and can be cancelled', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const jobs = useJobs();
    const job = jobs.track('Running', (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new RpcError({ code: 'cancelled', message: 'cancelled' })))));
    expect(jobs.visible.size).toBe(0);
    await vi.advanceTimersByTimeAsync(MOMENT);
    const [shown] = jobs.visible.values();
    expect(shown?.label).toBe('Running');
    shown?.cancel();
    await expect(job).rejects.toThrow('cancelled');
    expect(jobs.visible.size).toBe(0);
  });

  it('say how far they are, those that are shown too', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const jobs = useJobs();
    let tell: (label: string) => void = () => undefined;
    void jobs.track('Running', (_signal, relabel) => new Promise(() => (tell = relabel)));
    tell('Running, 1 of 3');
    expect(jobs.visible.size).toBe(0);
    await vi.advanceTimersByTimeAsync(MOMENT);
    const labels = (): string[] => [...jobs.visible.values()].map(({ label }) => label);
    expect(labels()).toEqual(['Running, 1 of 3']);
    tell('Running, 2 of 3');
    expect(labels()).toEqual(['Running, 2 of 3']);
  });
});

it('says where a failure is', () => {
  expect(textOf(new RpcError({ code: 'x', message: 'expected 64 words', at: { file: 'mem.bin', offset: 4096 } }))).toBe('mem.bin, byte 4096: expected 64 words');
  expect(textOf(new RpcError({ code: 'x', message: 'line 3, column 7: bad key', at: { line: 3, column: 7 } }))).toBe('line 3, column 7: bad key');
  expect(textOf('plain')).toBe('plain');
});
