import { expect, it } from 'vitest';
import { offeredUnasked, withCompletion } from './completion-list.ts';

const item = (text: string) => ({ text, kind: 'field', detail: '', doc: '' }) as const;

it('puts a completion in the place of the word, with a space where more must come', () => {
  expect(withCompletion('si', { from: 0, to: 2 }, item('sid'))).toEqual({ text: 'sid ', cursor: 4 });
  expect(withCompletion('si == 4', { from: 0, to: 2 }, item('sid'))).toEqual({ text: 'sid == 4', cursor: 4 });
  expect(withCompletion('ha', { from: 0, to: 2 }, item('has('))).toEqual({ text: 'has(', cursor: 4 });
  expect(withCompletion('has(st)', { from: 4, to: 6 }, item('evt.STAG'))).toEqual({ text: 'has(evt.STAG)', cursor: 12 });
});

it('comes unasked while a word is begun, until it is whole', () => {
  const offered = { from: 0, to: 2, items: [item('sid'), item('ssid')] };
  expect([offeredUnasked('si', 2, offered), offeredUnasked('sid', 3, offered), offeredUnasked('', 0, { ...offered, to: 0 })]).toEqual([true, false, false]);
});
