import { expect, test } from 'vitest';
import { StackJournal } from './journal.ts';

test('records keep their order, their path and the reason of a drop', () => {
  const journal = new StackJournal();
  journal.record('guest', 'boot');
  const path = journal.startPath();
  journal.record('vmm', 'CMD_CFGI_CD', { StreamID: 8 }, { dropped: 'only the cache of the virtual SMMU is flushed' });
  journal.record('host-driver', 'cache_invalidate', {}, { result: -22 });
  expect(journal.records.map((record) => record.seq)).toEqual([0, 1, 2]);
  expect(journal.ofPath(path).map((record) => record.hop)).toEqual(['vmm', 'host-driver']);
  expect(journal.records[1]).toMatchObject({ detail: { StreamID: 8 }, dropped: 'only the cache of the virtual SMMU is flushed' });
  expect(journal.records[2]).toMatchObject({ result: -22 });
  expect(journal.records[0]).not.toHaveProperty('result');
});
