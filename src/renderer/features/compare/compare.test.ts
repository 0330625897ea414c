import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ComparedRecord, Comparison, Difference, Params } from '../../../protocol/contract.ts';
import { useCompared } from '../../services/compared.ts';
import { useDocuments } from '../../services/documents.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { fakeLab, type FakeLab } from '../../testing/fake-lab.ts';
import { DOCUMENTS } from '../../testing/fake-run.ts';
import { fieldLines, reportText, summaryOf } from './report-text.ts';
import { useSides } from './sides-store.ts';
import { newSide, sideOf } from './sides.ts';

const record = (name: string, fields: Record<string, string> = {}, seq = 1): ComparedRecord => ({ kind: 'EVENT', name, fields, text: `event ${name}`, shows: true, seq, transaction: 1 });
const NONE = { missing: 0, extra: 0, changed: 0, reordered: 0 };
const changed: Difference = { class: 'changed', step: 2, a: record('x', { RnW: '0x0', Class: '0x2' }), b: record('x', { RnW: '0x1', Class: '0x2', S2: '0x1' }), fields: [{ name: 'RnW', a: '0x0', b: '0x1' }, { name: 'S2', a: null, b: '0x1' }], times: 1 };
const moved: Difference = { class: 'reordered', step: 3, a: record('y', {}, 4), b: record('y', {}, 9), fields: [], times: 1 };
const missing: Difference = { class: 'missing', step: 3, a: record('z'), b: null, fields: [], times: 12 };
const said = (text: string) => ({ verb: 'dma', text });
const REPORT: Comparison = {
  a: 'Mine', b: 'Mine, qemu-11', depth: 'all', differing: 3, counts: { missing: 13, extra: 0, changed: 1, reordered: 1 },
  steps: [
    { step: 2, a: said('a read'), b: said('a fault'), reasons: [{ id: 'event-access', section: '7.3', text: 'QEMU leaves RnW out.' }], differences: [changed], counts: { ...NONE, changed: 1 } },
    { step: 3, a: said('a read'), b: said('a read'), reasons: [], differences: [moved, missing], counts: { ...NONE, missing: 13, reordered: 1 } },
  ],
};

describe('the report as text', () => {
  it('says each step once, alike differences as one, and how much it leaves out', () => {
    expect(reportText(REPORT)).toBe(`A: Mine
B: Mine, qemu-11
step 2 dma
  A: a read
  B: a fault
  why      event-access (7.3): QEMU leaves RnW out.
  changed  event x
             RnW: A 0x0, B 0x1
             S2: A none, B 0x1
step 3 dma: a read
  moved    event y (record 4 of A, 9 of B)
  only A   12 times: event z
  and 1 difference more
and 1 step more that differs
3 steps differ, the first is step 2: 13 missing, 1 changed, 1 reordered.
`);
    expect(summaryOf({ ...REPORT, differing: 0, steps: [], counts: NONE })).toBe('No difference.');
  });

  it('puts the fields that differ first', () => {
    expect(fieldLines(changed).map(({ name, mark }) => `${name} ${mark}`)).toEqual(['RnW changed', 'S2 only B', 'what same', 'Class same']);
    expect(fieldLines(missing)).toEqual([{ name: 'what', a: 'z', b: null, mark: 'only A' }]);
  });
});

describe('the sides', () => {
  it('ask for what is chosen, or for nothing while something is missing', () => {
    expect(sideOf(newSide('shown'), DOCUMENTS)).toEqual({ shown: true });
    expect(sideOf({ ...newSide('documents'), uapi: 'iommufd', profile: 'qemu-11' }, DOCUMENTS)).toEqual({ documents: DOCUMENTS, uapi: 'iommufd', profile: 'qemu-11' });
    expect([sideOf(newSide('stored'), DOCUMENTS), sideOf(newSide('bundle'), DOCUMENTS)]).toEqual([null, null]);
    expect([sideOf({ ...newSide('stored'), session: 's1', run: 'r1' }, DOCUMENTS), sideOf({ ...newSide('bundle'), transfer: 't1' }, DOCUMENTS)]).toEqual([{ session: 's1', run: 'r1' }, { transfer: 't1' }]);
  });
});

describe('a comparison', () => {
  let lab: FakeLab;
  let asked: Params<'runs.compare'>[];
  beforeEach(async () => {
    setActivePinia(createPinia());
    lab = fakeLab();
    asked = [];
    lab.override({ 'runs.compare': (params) => (asked.push(params), REPORT) });
    await useLabClient().connect(lab.port);
    useDocuments().open('Mine', DOCUMENTS);
  });

  it('selects the first difference, goes on and back, and no further than there are', async () => {
    const [compared, sides] = [useCompared(), useSides()];
    await sides.compare();
    expect(asked[0]).toMatchObject({ a: { shown: true }, b: { documents: DOCUMENTS, profile: 'qemu-11' }, ignore: [] });
    expect([compared.at, compared.canMove(-1), compared.chosen?.difference]).toEqual([0, false, changed]);
    for (let n = 0; n < 5; n++) compared.move(1);
    expect([compared.at, compared.chosen?.difference]).toEqual([2, missing]);
  });

  it('leaves out what is ignored the next time, each once, and takes it back', async () => {
    const [compared, sides] = [useCompared(), useSides()];
    for (const name of [' LOOKUP ', 'LOOKUP', '', 'EVENT.RnW']) compared.leaveOut(name);
    compared.depth = 'outcome';
    sides.swap();
    await sides.compare();
    expect(asked[0]).toMatchObject({ a: { documents: DOCUMENTS }, b: { shown: true }, ignore: ['LOOKUP', 'EVENT.RnW'], depth: 'outcome' });
    compared.takeBack('LOOKUP');
    expect(compared.ignore).toEqual(['EVENT.RnW']);
  });
});
