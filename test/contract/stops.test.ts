/** Stepping back and stopping at filters, over every transport: a run that is taken back is the same run. */
import { describe, expect, it } from 'vitest';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { useConnectedHost } from './connected-host.ts';
import { ILLEGAL, long, SMALL } from './labs.ts';
import { TRANSPORTS } from './transports.ts';

describe.each(TRANSPORTS)('stops over $name', (transport) => {
  let client: RpcClient;
  useConnectedHost(transport, (made) => {
    client = made;
  });

  it('goes back and forth: each position has the trace that stepping to it had', async () => {
    await client.call('run.load', { documents: SMALL });
    const states = [];
    for (let step = 0; step < 4; step++) states.push(await client.call('run.step', {}));
    for (const position of [2, 1, 3, 4]) {
      const { digest, records, transactions, expectations } = states[position - 1]!;
      expect(await client.call('run.seek', { position })).toMatchObject({ position, digest, records, transactions, expectations, state: position === 4 ? 'done' : 'paused' });
    }
    expect(await client.call('run.seek', { position: 0 })).toMatchObject({ position: 0, transactions: 0, state: 'ready' });
  });

  it('stops before the step of a fault, passes over it when it goes on, and says which stop it met', async () => {
    await client.call('run.load', { documents: SMALL });
    const stops = [{ text: 'status == fault', when: 'before' as const }];
    const stopped = await client.call('run.run', { stops });
    expect(stopped).toMatchObject({ position: 2, transactions: 1, faults: 0, state: 'paused', stopped: { text: 'status == fault', step: 3, txn: 2 } });
    const rest = await client.call('run.run', { stops });
    expect(rest).toMatchObject({ position: 4, faults: 1, state: 'done' });
    expect(rest.stopped).toBeUndefined();
  });

  it('stops behind the step of the next fault', async () => {
    await client.call('run.load', { documents: SMALL });
    expect(await client.call('run.run', { stops: [{ text: 'status == fault', when: 'after' }] })).toMatchObject({ position: 3, faults: 1, stopped: { step: 3 } });
  });

  it('stops before a command, which only the records know', async () => {
    await client.call('run.load', { documents: ILLEGAL });
    expect(await client.call('stops.check', { text: 'cmd.op == CMD_TLBI_NH_VA' })).toEqual({ error: null, warnings: [], list: 'records' });
    const state = await client.call('run.run', { stops: [{ text: 'cmd.op == CMD_TLBI_NH_VA', when: 'before' }] });
    expect(state).toMatchObject({ position: 7, stopped: { step: 8, txn: null } });
  });

  const back = (client: RpcClient, ...stops: { text: string; when: 'before' | 'after' }[]) => client.call('run.back', { stops });
  const FAULT = { text: 'status == fault', when: 'after' } as const;
  const CFGI = { text: 'cmd.op == CMD_CFGI_STE', when: 'before' } as const;

  it('goes back to where one of its stops was met last before, and to the start where none was', async () => {
    await client.call('run.load', { documents: ILLEGAL });
    const { digest } = await client.call('run.run', {});
    expect(await back(client, FAULT)).toMatchObject({ position: 7, state: 'paused', stopped: { text: FAULT.text, step: 7, txn: 2 } });
    expect(await back(client, FAULT)).toMatchObject({ position: 3, stopped: { step: 3, txn: 1 } });
    const start = await back(client, FAULT);
    expect(start).toMatchObject({ position: 0, state: 'ready' });
    expect(start.stopped).toBeUndefined();
    expect(await client.call('run.run', {})).toMatchObject({ digest });
    // What only records know; the last of several counts; and on again it passes over the step that it stands before.
    expect(await back(client, CFGI)).toMatchObject({ position: 5, stopped: { step: 6, txn: null } });
    expect(await back(client, CFGI, FAULT)).toMatchObject({ position: 3, stopped: { text: FAULT.text } });
    expect(await back(client, CFGI, FAULT)).toMatchObject({ position: 1, stopped: { step: 2 } });
    expect(await client.call('run.run', { stops: [CFGI] })).toMatchObject({ position: 5, stopped: { step: 6 } });
    expect(await client.call('run.run', {})).toMatchObject({ digest });
    await expect(back(client, { text: 'nonsense ==', when: 'before' })).rejects.toMatchObject({ code: 'filter-syntax' });
    expect(await client.call('run.state', {})).toMatchObject({ position: 8, digest });
  });

  it('finds what was met far back in a long trace, and before the first step nothing', async () => {
    await client.call('run.load', { documents: long(40, 256) });
    expect((await client.call('run.run', {})).records).toBeGreaterThan(40_000);
    expect(await back(client, { text: 'kind == LOOKUP && txn == 300', when: 'before' })).toMatchObject({ position: 1, stopped: { step: 2 } });
    expect(await back(client, { text: 'kind == REG_WRITE', when: 'before' })).toMatchObject({ position: 0 });
    await client.call('run.run', {});
    // Where the step begins is in a piece before that of the match.
    for (const txn of [39, 38, 31, 16, 15]) expect(await back(client, { text: `kind == LOOKUP && txn <= ${256 * txn}`, when: 'before' })).toMatchObject({ position: txn - 1 });
  });

  it('takes back what a long run did beyond the stop, and the nearest of several stops wins', async () => {
    await client.call('run.load', { documents: long(40, 64) });
    const stops = ['txn == 900', 'txn == 641', 'cmd.op == CMD_PREFETCH_CONFIG'].map((text) => ({ text, when: 'before' as const }));
    expect(await client.call('run.run', { stops })).toMatchObject({ position: 10, transactions: 640, stopped: { step: 11, txn: 641 } });
  });

  it('says what is wrong with a stop, what is odd, and what can be written', async () => {
    await client.call('run.load', { documents: SMALL });
    expect((await client.call('stops.check', { text: 'evt.tpye == 1' })).error).toMatchObject({ code: 'filter-field', column: 1 });
    expect(await client.call('stops.check', { text: 'sid == 0x10' })).toEqual({ error: null, warnings: [], list: 'transactions' });
    expect((await client.call('stops.check', { text: 'cmd.op == CMD_SYNC && pageSize == 4K' })).warnings[0]?.message).toMatch(/never true/);
    await expect(client.call('run.run', { stops: [{ text: 'nonsense ==', when: 'before' }] })).rejects.toMatchObject({ code: 'filter-syntax' });
    expect((await client.call('stops.complete', { text: 'cmd.o', cursor: 5 })).items.map(({ text }) => text)).toContain('cmd.op');
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done' });
  });
});
