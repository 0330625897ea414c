import { expect, it } from 'vitest';
import type { Action, AskedCase } from './case.ts';
import { minimise } from './minimise.ts';

const mem = (at: bigint): Action => ['mem', at, new Uint8Array(8)];
const tx = (iova: bigint, ...pre: Action[]): AskedCase['tx'][number] => ({ pre, op: 'R', sid: 8, iova, len: 4 });
const CASE: AskedCase = { seed: 7, setup: [['reg32', 0x20n, 0n], mem(1n), mem(2n), mem(3n), ['reg32', 0x98n, 1n]], tx: [tx(0x10n), tx(0x20n, mem(4n), mem(5n)), tx(0x30n, mem(6n)), tx(0x40n)] };

const writes = (one: AskedCase): bigint[] => [...one.setup, ...one.tx.flatMap(({ pre }) => pre)].filter(([kind]) => kind === 'mem').map(([, at]) => at);

it('keeps only what shows it, and what programs the SMMU', async () => {
  const small = await minimise(CASE, (one) => Promise.resolve(writes(one).includes(2n) && writes(one).includes(5n) && one.tx.some(({ iova }) => iova === 0x30n)));
  expect(small.seed).toBe(7);
  expect(small.tx.map(({ iova }) => iova)).toEqual([0x30n]);
  expect(small.setup).toEqual([['reg32', 0x20n, 0n], mem(2n), mem(5n)]);
});

it('keeps the order of what is done between transactions', async () => {
  const small = await minimise(CASE, (one) => Promise.resolve(one.tx.length >= 2 && one.tx.at(-1)!.pre.some(([, at]) => at === 6n)));
  expect(small.tx.map(({ pre }) => pre.map(([, at]) => at))).toEqual([[], [6n]]);
});
