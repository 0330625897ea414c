import { afterEach, expect, it } from 'vitest';
import { look } from '../../src/host/engine/looking/index.ts';
import type { LookingParams, LookingResult } from '../../src/protocol/contract.ts';
import { openCaptured, openSample } from './subjects.ts';
import type { Looked } from './subjects.ts';

let looked: Looked;
afterEach(() => looked.release());
const map = (space = 'pa'): LookingResult<'memory.map'> => look(looked.subject, 'memory.map', { space });
const locate = (query: LookingParams<'memory.locate'>): LookingResult<'memory.locate'> => look(looked.subject, 'memory.locate', query);
const rowsAt = (space: string, from: number, count = 1) => look(looked.subject, 'memory.window', { space, from, count });

it('tells physical memory and the IPAs of each VM apart, with what lies in them and whose it is', () => {
  looked = openSample('two-vms', 4);
  expect(map().spaces.map(({ id }) => id)).toEqual(['pa', 'ipa:red', 'ipa:blue']);
  const tables = map().overlays.filter(({ kind }) => kind === 'stage-1-table');
  expect(new Set(tables.map(({ owner, vm }) => `${owner} ${vm}`))).toEqual(new Set(['guest red', 'guest blue']));
  expect(map('ipa:red').overlays.every(({ vm }) => vm === 'red')).toBe(true);
  expect(() => map('ipa:vm9')).toThrow('there is no memory "ipa:vm9"');
});

it('gives rows of bytes of any part, and no record tells of it', () => {
  looked = openSample('stale-tlb', 2);
  const before = looked.records();
  const { row } = locate({ space: 'pa', address: '0x44800003' });
  const { total, rows } = rowsAt('pa', row);
  expect(total).toBe((256 << 20) / 16);
  expect(rows).toEqual([{ address: '0x44800000', pa: '0x44800000', bytes: `01010101${'00'.repeat(12)}`, overlay: expect.objectContaining({ owner: 'guest', vm: 'vm0' }) }]);
  expect(rowsAt('pa', total - 1, 8).rows).toHaveLength(1);
  const ipa = locate({ space: 'ipa:vm0', address: '0x80800000' });
  expect(rowsAt('ipa:vm0', ipa.row).rows[0]).toMatchObject({ address: '0x80800000', pa: '0x44800000', bytes: `01010101${'00'.repeat(12)}` });
  expect(looked.records()).toBe(before);
});

it('jumps by IOVA of a stream, and says where one leads nowhere', () => {
  looked = openSample('stale-tlb', 2);
  expect(locate({ space: 'ipa:vm0', address: '0x50000010', sid: 8 })).toMatchObject({ space: 'pa', address: '0x44800010' });
  expect(() => locate({ space: 'pa', address: '0x10', sid: 8 })).toThrow('IOVA 0x10 of StreamID 0x8 leads nowhere: F_TRANSLATION');
  expect(() => locate({ space: 'pa', address: '0x10' })).toThrow('nothing is at 0x10 in physical memory');
});

it('says what the byte at an address is a part of', () => {
  looked = openSample('stale-tlb', 2);
  const at = (kind: string, offset: bigint) => {
    const overlay = map().overlays.find((one) => one.kind === kind)!;
    return look(looked.subject, 'memory.at', { space: 'pa', address: `0x${(BigInt(overlay.from) + offset).toString(16)}` });
  };
  const ste = at('stream-table', 8n * 64n + 18n);
  expect(ste.record).toMatchObject({ title: 'STE', at: '0x40000200', words: { length: 8 } });
  expect(ste.record?.fields.map(({ name }) => name)).toContain('S2VMID');
  expect(at('context-descriptor', 0n).record?.title).toBe('CD');
  expect(at('command-queue', 4n).record?.title).toMatch(/^CMD_/);
  expect(at('stage-2-table', 0n).record?.title).toMatch(/^S2 L\d /);
  expect(look(looked.subject, 'memory.at', { space: 'pa', address: '0x4f000000' })).toMatchObject({ record: null });
});

it('finds bytes, one place after the other', () => {
  looked = openSample('stale-tlb', 2);
  const search = (after: string | null, bytes = '01010101') => look(looked.subject, 'memory.search', { space: 'pa', bytes, after });
  expect(search(null)).toMatchObject({ address: '0x44800000', whole: true });
  expect(search('0x44800000')).toEqual({ address: null, searched: expect.stringMatching(/^0x/), whole: true });
  expect(search(null, 'deadbeefdeadbeef').address).toBeNull();
});

it('reads a capture, of which only parts are there', () => {
  looked = openCaptured('nestedhand-6.12');
  const { regions } = map();
  expect(regions.length).toBeGreaterThan(1);
  const second = regions[1]!;
  expect(rowsAt('pa', locate({ space: 'pa', address: second.from }).row).rows[0]?.address).toBe(second.from);
});
