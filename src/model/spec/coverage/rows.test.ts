import { expect, test } from 'vitest';
import { coverageRows } from './rows.ts';

test('every row has a name of its own and says what it is', () => {
  const rows = coverageRows();
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(rows.filter(({ what }) => what === '')).toEqual([]);
  const kinds = ['event', 'command', 'register', 'ste', 'cd', 'rule', 'order', 'gotcha'];
  expect([...new Set(rows.map(({ id }) => id.split('.')[0]!))]).toEqual(kinds);
});

test('what a Non-secure SMMUv3.2 cannot have is no row', () => {
  const ids = coverageRows().map(({ id }) => id);
  expect(ids).toContain('ste.S2S');
  expect(ids).not.toContain('ste.S2POE');
  expect(ids).not.toContain('command.CMD_TLBI_SNH_ALL');
  expect(ids).not.toContain('event.F_VMS_FETCH');
});
