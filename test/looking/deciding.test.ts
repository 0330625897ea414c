import { expect, it } from 'vitest';
import { walkView } from '../../src/host/rows/walk.ts';
import { RunRecord } from '../../src/host/run/run-record.ts';
import { TraceLog } from '../../src/host/trace/trace-log.ts';
import type { DecidingField, WalkView } from '../../src/protocol/contract.ts';
import { openSample } from './subjects.ts';

function viewsOf(sample: string, steps: number): (txn: number) => WalkView {
  const looked = openSample(sample, steps);
  const run = new RunRecord(new TraceLog({ spoolFolder: '' }));
  run.log.append(looked.words());
  run.describe({ title: '', steps: 0, devices: [], id: looked.subject.smmu.features.id, uapi: null });
  looked.release();
  return (txn) => walkView(run, txn);
}

/** What a click on the field shows. */
function shown(view: WalkView, { cell, source, field }: DecidingField): string {
  const { words = [], fields = [] } = source ?? (cell === undefined ? {} : (view.rows[cell[0]]?.cells[cell[1]] ?? {}));
  const found = fields.find(({ name }) => name === field);
  if (found === undefined) return 'nothing';
  const [hi, lo] = found.bits;
  const bits = (BigInt(`0x${words[lo >> 6]}`) >> BigInt(lo & 63)) & ((1n << BigInt(hi - lo + 1)) - 1n);
  return `${field} ${BigInt(found.raw) === bits << (found.space === undefined ? 0n : BigInt(lo & 63)) ? found.value : 'other bits'}`;
}

const told = (view: WalkView): string[] => (view.decided ?? []).map((one) => `${one.name} ${one.value ?? '?'}: ${one.register ?? shown(view, one)}`);

it('names the field of the descriptor that decided, in its cell [rule.s2.invalid] [rule.s1.invalid]', () => {
  const view = viewsOf('first-nested', 11)(5);
  expect(told(view)).toEqual(['S2 L2 Valid 0: Valid 0']);
  expect(view.decided?.[0]?.cell).toEqual(view.faultCell);
});

it('names fields of an STE, a CD and their level 1 descriptors, and registers [rule.sid.l1std] [rule.l1cd.invalid] [rule.cd.v] [rule.ste.abort]', () => {
  const views = viewsOf('who-must-be-told', 200);
  expect(told(views(36))).toEqual(['L1STD.Span 0: Span 0', 'STRTAB_BASE_CFG.SPLIT ?: STRTAB_BASE_CFG', 'CR2.RECINVSID ?: CR2']);
  expect(told(views(39))).toEqual(['L1CD.V 0: V 0']);
  expect(told(views(3))).toEqual(['CD.V 0: V 0']);
  expect(told(views(32))).toEqual(['STE.Config abort: Config abort']);
});

it('where a cache answered, has the words its entry was made from [rule.s1.permission-write] [rule.ssid.range]', () => {
  const stale = viewsOf('your-turn', 200)(3);
  expect(told(stale)).toEqual(['S1 L3 AP R: AP R']);
  expect(stale.decided?.[0]).toMatchObject({ source: { title: 'S1 L3', address: expect.stringMatching(/^0x/) } });
  expect(told(viewsOf('substreams', 200)(6))).toEqual(['STE.S1CDMax 3: S1CDMax 3']);
});

it('of a nested walk has the stage 2 of the read that it was for [rule.s2.permission-update]', () => {
  const view = viewsOf('dirty-tracking', 200)(9);
  expect(told(view)).toEqual(['S2 L2 S2AP R: S2AP R', 'CD.HA 1: HA 1', 'CD.HD 1: HD 1']);
  expect(view.rows[view.faultCell![0]]?.label).toMatch(/^S1/);
});

it('says nothing of what succeeded', () => {
  expect(viewsOf('first-nested', 11)(1).decided).toBeUndefined();
});
