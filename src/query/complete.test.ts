import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter } from './compile.ts';
import { completeFilter } from './complete.ts';
import { registryOf } from './registry.ts';

const registry = registryOf('transactions', [[0x10, 'nic0']]);
const records = registryOf('records');

/** What the completions at the end of the text put there. */
const offered = (text: string, among = registry): string[] => completeFilter(text, text.length, among).items.map((item) => item.text);

describe('completion', () => {
  it('offers what the grammar and the type of the field allow', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['txn', 'sid', 'evt.type', 'evt.STAG', '!', 'has(']));
    expect(offered('sid ')).toEqual(['==', '!=', '<', '<=', '>', '>=', 'in']);
    expect(offered('evt.type ')).toEqual(['==', '!=', 'in', 'matches']);
    expect(offered('stall ')).toEqual(['&&', '||']);
    expect(offered('status == ')).toEqual(['success', 'fault', 'bypass', 'abort', 'stalled']);
    expect(offered('device in {')).toEqual(['nic0']);
    expect(offered('status == fault ')).toEqual(['&&', '||']);
    expect(offered('has(evt.ST')).toEqual(['evt.StreamID', 'evt.STAG', 'evt.Stall']);
    expect(offered('has(ag')[0]).toBe('age(');
    expect(offered('txn > 1 && age(')).toEqual(expect.arrayContaining(['CMD_SYNC', 'F_TRANSLATION', 'STEP']));
    expect(offered('age(sync')).toEqual(['CMD_SYNC']);
    expect(offered('age(CMD_SYNC) ')).toEqual(['==', '!=', '<', '<=', '>', '>=', 'in']);
    expect(offered('cmd.op matches ', records)).toEqual(expect.arrayContaining(['"CMD_TLBI_*"', '"CMD_CFGI_*"']));
  });

  it('puts first what begins as typed, then what has a part that does', () => {
    expect(offered('st')[0]).toBe('step');
    expect(offered('stag')).toEqual(['evt.STAG']);
    expect(offered('evt.type == tr')).toEqual(expect.arrayContaining(['F_TRANSLATION', 'F_TRANSL_FORBIDDEN']));
  });

  it('replaces the word at the cursor, in the middle of a text too', () => {
    expect(completeFilter('sid == 1 && evt.tpe == 3', 17, registry)).toMatchObject({ from: 12, to: 19 });
    expect(completeFilter('sid == 1 && ', 12, registry)).toMatchObject({ from: 12, to: 12 });
  });

  it('offers nothing where the text before is wrong, or where only a number fits', () => {
    expect(offered('sid = ')).toEqual([]);
    expect(offered('sid == ')).toEqual([]);
    expect(offered('nothing == ')).toEqual([]);
    expect(offered('sid == 1 2 ')).toEqual([]);
  });

  it('only leads to filters that can be finished', () => {
    // Follows offered completions at random: after a value the text so far must compile.
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 3, maxLength: 12 }), (choices) => {
        let text = '';
        for (const choice of choices) {
          const { items } = completeFilter(text, text.length, registry);
          if (items.length === 0) return;
          const item = items[choice % items.length]!;
          text += item.kind === 'field' && text.endsWith('has(') ? `${item.text}) ` : item.text === 'has(' || item.text === '!' ? item.text : `${item.text} `;
          if (item.kind === 'value') expect([text, compileFilter(text, registry).ok]).toEqual([text, true]);
        }
      }),
    );
  });
});
