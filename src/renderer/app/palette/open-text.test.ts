import { expect, it } from 'vitest';
import { parseOpen } from './open-text.ts';

it.each([
  ['sid:0x10', { prefix: 'sid', rest: '0x10', value: 0x10n }],
  ['IOVA: 0x8000_1000', { prefix: 'iova', rest: '0x8000_1000', value: 0x8000_1000n }],
  ['step#3', { prefix: 'step', rest: '3', value: 3n }],
  ['42', { prefix: null, rest: '42', value: 42n }],
  ['0x1000', { prefix: null, rest: '0x1000', value: 0x1000n }],
  ['reg:CR0', { prefix: 'reg', rest: 'CR0', value: null }],
  ['first nested', { prefix: null, rest: 'first nested', value: null }],
  ['12abc', { prefix: null, rest: '12abc', value: null }],
  ['https://x', { prefix: null, rest: 'https://x', value: null }],
])('%s', (text, parsed) => expect(parseOpen(text)).toEqual(parsed));
