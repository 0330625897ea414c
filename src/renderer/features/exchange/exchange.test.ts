// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RpcError, type BundleCheck, type BundleReport, type Params } from '../../../protocol/contract.ts';
import type { ChosenFile } from '../../services/files/files.ts';
import { useRun } from '../../services/run.ts';
import { useSessions } from '../../services/sessions.ts';
import type { FakeLab } from '../../testing/fake-lab.ts';
import { DOCUMENTS } from '../../testing/fake-run.ts';
import { fakePage, settle } from '../../testing/fake-page.ts';
import ExportDialog from './ExportDialog.vue';
import ImportDialog from './ImportDialog.vue';
import { bundleWords, replayWords, runWords, stepsIn, traceWords } from './words.ts';

const RUN: NonNullable<BundleReport['run']> = { level: 'steps', records: 187, dropped: 0, omitted: 0, cut: false, digest: '3f'.repeat(32), steps: 5, transactions: 4, faults: 1, uapi: null };
const REPORT: BundleReport = { title: 'Mine', tags: [], engine: '0.1.0', made: '2026-11-22T12:00:00Z', parts: [{ name: 'trace.bin', bytes: 11968 }], run: RUN, states: [{ step: 2, bytes: 9 }, { step: 5, bytes: 9 }] };
const CHECK: BundleCheck = { ...REPORT, documents: DOCUMENTS, notes: '', bookmarks: 0, screenshots: [] };
const MADE = { transfer: 't1', name: 'mine.smmulab', bytes: 1 };

let lab: FakeLab;
const asked: { bundles: Params<'bundles.export'>[]; traces: Params<'traces.export'>[]; ended: string[] } = { bundles: [], traces: [], ended: [] };
beforeEach(async () => {
  Object.assign(asked, { bundles: [], traces: [], ended: [] });
  lab = await fakePage();
  lab.override({
    'bundles.export': (params) => (asked.bundles.push(params), { ...MADE, report: REPORT }),
    'traces.export': (params) => (asked.traces.push(params), { ...MADE, records: 187, written: 1, dropped: 0, omitted: 0, cut: false }),
    'bundles.verify': () => CHECK,
    'transfers.begin': () => ({ transfer: 't2' }),
    'transfers.write': ({ bytes }) => ({ bytes: bytes.byteLength }),
    'transfers.read': () => ({ bytes: new Uint8Array(1) }),
    'transfers.end': ({ transfer }) => (asked.ended.push(transfer), {}),
  });
});

describe('what is exported', () => {
  const open = () => mount(ExportDialog, { attachTo: document.body });
  async function make(dialog: ReturnType<typeof open>): Promise<void> {
    await dialog.find('form').trigger('submit');
    await settle();
  }

  it('is the session with its newest run; of a stored run on screen that one, and of the one that is then run the newest again', async () => {
    await useSessions().openStoredRun('s1', 'r1');
    await make(open());
    await useRun().run();
    await make(open());
    expect(asked.bundles.map(({ from }) => from)).toEqual([{ session: 's1', run: 'r1' }, { session: 's1' }]);
    expect(asked.bundles[0]!.with).toEqual({ trace: true, states: true, notes: true, journal: true, bookmarks: true, statesAt: [], statesAround: '' });
  });

  it('is the run on screen where nothing is saved, as another format with what a filter selects', async () => {
    await useSessions().openSample('first-nested');
    const dialog = open();
    await dialog.find('select').setValue('parquet');
    await dialog.find('input[type=text]').setValue('kind == EVENT');
    await make(dialog);
    expect(asked.traces).toMatchObject([{ from: { shown: true }, format: 'parquet', filter: 'kind == EVENT' }]);
  });

  it('has a picture of the window, taken without the dialog, where the desktop can take one', async () => {
    await useSessions().openSession('s1');
    expect(open().text()).toContain("No screenshot: only the desktop's window can photograph itself.");
    document.body.replaceChildren();
    const seen: (boolean | undefined)[] = [];
    const isAway = () => document.querySelector('dialog')?.classList.contains('away');
    vi.stubGlobal('smmuLab', { desktop: { onMessage: () => undefined, call: (method: string) => Promise.resolve(method === 'window.picture' ? (seen.push(isAway()), new Uint8Array([7])) : null) } });
    try {
      const dialog = open();
      await make(dialog);
      await dialog.findAll('label').find((label) => label.text() === 'Screenshot of the window')!.find('input').setValue(true);
      await dialog.find('form').trigger('submit');
      await vi.waitFor(() => expect(asked.bundles).toHaveLength(2));
      expect([asked.bundles.map((one) => one.with.screenshot), seen, isAway()]).toEqual([[undefined, new Uint8Array([7])], [true], false]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('has registers and memory after the steps that are named, and is not made of what is no number', async () => {
    await useSessions().openSession('s1');
    const dialog = open();
    const [steps, around] = dialog.findAll('.points input');
    await steps!.setValue('1, 3');
    await around!.setValue('kind == FAULT');
    await make(dialog);
    expect(asked.bundles[0]!.with).toMatchObject({ statesAt: [1, 3], statesAround: 'kind == FAULT' });
    await steps!.setValue('three');
    await make(dialog);
    expect([asked.bundles.length, dialog.text()]).toEqual([1, expect.stringContaining('expected numbers of steps, such as 3, 5; got three')]);
  });
});

describe('a bundle that came', () => {
  const file = (): ChosenFile => ({ name: 'theirs.smmulab', size: 3, read: (from, count) => Promise.resolve(new Uint8Array(Math.min(count, 3 - from))), close: () => Promise.resolve() });

  it('is offered once it is checked, and replayed', async () => {
    lab.override({ 'bundles.replay': () => ({ same: true, digest: RUN.digest, expected: RUN.digest!, engine: '0.1.0', steps: 5 }) });
    const dialog = mount(ImportDialog, { props: { file: file() }, attachTo: document.body });
    await settle();
    expect(dialog.text()).toContain('2 parts, each as its hash says');
    await dialog.findAll('button').find((button) => button.text() === 'Replay')!.trigger('click');
    await settle();
    expect(dialog.text()).toContain('✓ The same trace: digest 3f3f3f3f3f3f.');
    dialog.unmount();
    await settle();
    expect(asked.ended).toEqual(['t2']);
  });

  it('shows the pictures that came with it', async () => {
    lab.override({ 'bundles.verify': () => ({ ...CHECK, screenshots: [{ name: 'screenshots/window.png', png: new Uint8Array([1, 2, 3]) }] }) });
    const dialog = mount(ImportDialog, { props: { file: file() }, attachTo: document.body });
    await settle();
    expect(dialog.find('img').attributes()).toMatchObject({ src: 'data:image/png;base64,AQID', alt: 'Screenshot screenshots/window.png' });
  });

  it('is refused with what is wrong, and offers nothing', async () => {
    lab.override({ 'bundles.verify': () => { throw new RpcError({ code: 'bundle-bad', message: 'trace.bin is damaged', at: { file: 'theirs.smmulab' } }); } });
    const dialog = mount(ImportDialog, { props: { file: file() }, attachTo: document.body });
    await settle();
    expect([dialog.text().includes('trace.bin is damaged'), dialog.findAll('.actions button').length]).toEqual([true, 0]);
  });
});

it('says what was made in sentences with their counts', () => {
  expect(runWords({ ...RUN, dropped: 1, omitted: 2 })).toBe('187 records of 5 steps: 4 transactions, 1 fault, 1 record dropped, 2 records left out');
  expect(bundleWords(REPORT)).toBe('2 parts; 187 records of 5 steps: 4 transactions, 1 fault; registers and memory after step 2, 5; digest 3f3f3f3f3f3f.');
  expect(bundleWords({ ...REPORT, run: null, states: [] })).toBe('2 parts; no run.');
  expect(traceWords({ written: 1, records: 187, dropped: 0, omitted: 3, cut: false })).toBe('1 of 187 records written; when it ran 3 records left out.');
  expect(replayWords({ same: false, digest: '00'.repeat(32), expected: RUN.digest!, engine: '0.0.9', steps: 5 })).toBe('✗ Another trace: digest 000000000000; the bundle, made by smmu-lab 0.0.9, has 3f3f3f3f3f3f.');
  expect(replayWords({ same: false, digest: '00'.repeat(32), expected: RUN.digest!, engine: '0.0.9', steps: 5, differs: { position: 1041, before: 'step 2', now: null } })).toMatch(/has 3f3f3f3f3f3f\. They part at record 1,041: the bundle has “step 2”; run anew it is nothing: it has ended\.$/);
  expect([stepsIn(''), stepsIn(' 3, 5;7 '), stepsIn('3 to 5'), stepsIn('-1')]).toEqual([[], [3, 5, 7], null, null]);
});
