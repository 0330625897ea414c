import { expect, test } from 'vitest';
import { StackJournal } from './journal.ts';

test('records keep their order, their path and the reason of a drop', () => {
  const journal = new StackJournal();
  journal.record('guest', 'boot');
  const answer = journal.path(() => {
    journal.record('vmm', 'CMD_CFGI_CD', { StreamID: 8 }, { dropped: 'only the cache of the virtual SMMU is flushed' });
    return journal.path(() => {
      journal.record('host-driver', 'cache_invalidate', {}, { result: -22 });
      return 7;
    });
  });
  journal.path(() => journal.record('device', 'dma'));
  expect(answer).toBe(7);
  expect(journal.records.map(({ seq, path }) => [seq, path])).toEqual([[0, 0], [1, 1], [2, 1], [3, 2]]);
  expect(journal.records[1]).toMatchObject({ detail: { StreamID: 8 }, dropped: 'only the cache of the virtual SMMU is flushed' });
  expect(journal.records[2]).toMatchObject({ result: -22 });
  expect(journal.records[0]).not.toHaveProperty('result');
});

test('once all is built, a record outside a path is a bug', () => {
  const journal = new StackJournal();
  journal.booted();
  expect(() => journal.record('guest', 'dma_map')).toThrow('guest dma_map belongs to a path');
  expect(() => journal.path(() => { throw new Error('a step that breaks'); })).toThrow('a step that breaks');
  expect(() => journal.record('guest', 'dma_map')).toThrow('belongs to a path');
});

test('a hop that began before what it caused comes before it, though it is done later', () => {
  const journal = new StackJournal();
  const since = journal.mark();
  journal.record('host-core', 'sent on');
  journal.record('host-driver', 'done', {}, { since });
  expect([...journal.records].sort((a, b) => a.order - b.order).map(({ action }) => action)).toEqual(['done', 'sent on']);
});

test('what was taken is let go, and those that follow go on counting', () => {
  const journal = new StackJournal();
  journal.record('guest', 'boot');
  expect(journal.take().map(({ action }) => action)).toEqual(['boot']);
  expect(journal.records).toEqual([]);
  journal.record('device', 'dma');
  expect(journal.take().map(({ seq, action }) => [seq, action])).toEqual([[1, 'dma']]);
});
