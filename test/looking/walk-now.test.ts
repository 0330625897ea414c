import { expect, it } from 'vitest';
import { freshWalk } from '../../src/host/engine/looking/fresh-walk.ts';
import { look } from '../../src/host/engine/looking/index.ts';
import { foldingOf } from '../../src/host/rows/folding.ts';
import { decodeRecords, recordsOf } from '../../src/host/rows/records.ts';
import { accessOf, walkNow } from '../../src/host/rows/walk-now.ts';
import { walkView } from '../../src/host/rows/walk.ts';
import { RunRecord } from '../../src/host/run/run-record.ts';
import { TraceLog } from '../../src/host/trace/trace-log.ts';
import type { WalkNow } from '../../src/protocol/contract.ts';
import { openSample } from './subjects.ts';
import type { Looked } from './subjects.ts';

/** The run of a sample as the host keeps it. */
function runOf(looked: Looked): RunRecord {
  const run = new RunRecord(new TraceLog({ spoolFolder: '' }));
  run.log.append(looked.words());
  const { id } = looked.subject.smmu.features;
  run.describe({ title: '', steps: 0, devices: [], id, uapi: null });
  return run;
}

function walkedNow(looked: Looked, txn: number): WalkNow {
  const run = runOf(looked);
  const access = accessOf(run, txn);
  const stale = look(looked.subject, 'caches.window', { sid: access.sid, address: `0x${access.iova.toString(16)}`, staleOnly: true, from: 0, count: 16 });
  return walkNow(run, txn, decodeRecords(freshWalk(looked.subject, access)), stale.rows);
}

it('puts a walk of now beside what the TLB held: the word that differs, and the command that was missing', () => {
  const looked = openSample('stale-tlb', 5);
  const records = looked.records();
  const beside = walkedNow(looked, 2);
  expect(beside).toMatchObject({ heldBy: 1, results: ['PA 0x44800000', 'PA 0x44900000'] });
  expect(beside.stale.map(({ entry, commands }) => [entry, commands])).toEqual([['tlb IOVA 0x50000000', ['CMD_TLBI_NH_VA VMID=1 ASID=3 Address=0x50000000 Leaf=1']]]);
  expect(walkView(runOf(looked), 2).why).toContain('filled by transaction 1; a walk now gives PA 0x44900000');
  const leaf = ({ rows }: WalkNow['held']): string | null | undefined => rows.find(({ label }) => label === 'S1 L3')?.cells[4]?.word;
  expect(leaf(beside.held)).toMatch(/80800[0-9a-f]{3}$/);
  expect(leaf(beside.now)).toMatch(/80900[0-9a-f]{3}$/);
  expect(beside.held.rows.map(({ label }) => label)).toEqual(beside.now.rows.map(({ label }) => label));
  expect(looked.records()).toBe(records);
  looked.release();
});

it('is the same after the right invalidation', () => {
  const looked = openSample('stale-tlb', 16);
  const { results, stale } = walkedNow(looked, 4);
  expect(results[0]).toBe(results[1]);
  expect(stale).toEqual([]);
  looked.release();
});

it('folds the permissions and attributes of both stages, of a hit too', () => {
  const looked = openSample('stale-tlb', 5);
  const run = runOf(looked);
  const folding = foldingOf(run, recordsOf(run, 1));
  expect(folding).toMatchObject({
    stage1: { leaf: 'S1 L3', permissions: 'RW-/RWX', from: ['AP[2:1] 01'], attributes: expect.stringMatching(/^AttrIndx 0: 0x[0-9a-f]+, /) },
    stage2: { leaf: 'S2 L2', permissions: 'RWX/RWX', attributes: expect.stringMatching(/^MemAttr 0x/) },
    permissions: 'RW-/RWX',
  });
  expect(walkView(run, 2).folding).toEqual(folding);
  looked.release();
});

it('has no folding of a fault, and refuses to walk what came Translated', () => {
  const faulting = openSample('first-nested', 11);
  const run = runOf(faulting);
  const faults = Array.from({ length: run.log.index.transactions }, (_, at) => walkView(run, at + 1)).filter(({ status }) => status === 'fault');
  expect(faults.map(({ folding }) => folding)).toEqual(faults.map(() => null));
  faulting.release();
  const ats = openSample('atc-inv-forgotten', 4);
  expect(() => accessOf(runOf(ats), 2)).toThrow('came Translated');
  ats.release();
});
