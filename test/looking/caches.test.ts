import { afterEach, describe, expect, it } from 'vitest';
import { look } from '../../src/host/engine/looking/index.ts';
import type { CacheWindow, LookingParams } from '../../src/protocol/contract.ts';
import { openCaptured, openSample } from './subjects.ts';
import type { Looked } from './subjects.ts';

let looked: Looked;
afterEach(() => looked.release());

const seen = (query: Partial<LookingParams<'caches.window'>> = {}): CacheWindow => look(looked.subject, 'caches.window', { from: 0, count: 512, ...query });
const liveOf = (window: CacheWindow): Record<string, number> => Object.fromEntries(window.caches.map(({ kind, live }) => [kind, live]));

describe('what the caches hold', () => {
  it('names tags, result, origin, age and hits of an entry, and no record tells of the look', () => {
    looked = openSample('stale-tlb', 5);
    const before = looked.records();
    const window = seen();
    expect(liveOf(window)).toEqual({ config: 1, ste: 1, tlb: 1, 's2-tlb': 1, 's1-walk': 1, 's2-walk': 0 });
    const entry = window.rows.find(({ kind }) => kind === 'tlb');
    expect(entry).toMatchObject({
      world: 'NS-EL1', vmid: 1, asid: 3, global: false, input: { space: 'iova', address: '0x50000000' }, size: '0x1000', output: { space: 'pa', address: '0x44800000' },
      levels: 'S1 L3, S2 L2', permissions: 'RW-/RWX', origin: 1, age: 1, hits: 1,
    });
    expect(looked.records()).toBe(before);
    expect(seen()).toEqual(window);
  });

  it('marks what a walk would not find any more, with the word and the command that was missing', () => {
    looked = openSample('stale-tlb', 2);
    expect(seen({ staleOnly: true }).total).toBe(0);
    looked.step(2);
    const { rows } = seen({ staleOnly: true });
    expect(rows.map(({ kind }) => kind)).toEqual(['tlb']);
    expect(rows[0]?.stale).toMatchObject({
      words: [{ what: 'S1 L3', by: 'guest vm0', step: 4 }],
      commands: ['CMD_TLBI_NH_VA VMID=1 ASID=3 Address=0x50000000 Leaf=1'],
      rule: 'stale.s1-leaf',
    });
  });

  it("compares a device's ATC with a walk of now [rule.stale.atc]", () => {
    looked = openSample('atc-inv-forgotten', 8);
    const atc = seen({ kinds: ['atc'] });
    expect(atc.rows.map(({ sid, input, stale }) => [sid, input?.address, stale?.now ?? null])).toEqual([
      [8, '0x50000000', 'F_TRANSLATION'],
      [8, '0x50001000', null],
    ]);
    expect(atc.rows[0]?.stale).toMatchObject({ commands: ['CMD_ATC_INV StreamID=8 Address=0x50000000 Size=0'], rule: 'stale.atc' });
  });

  it('shows what an access could meet', () => {
    looked = openSample('two-vms', 12);
    const all = seen();
    const sid = all.rows.find(({ kind }) => kind === 'config')!.sid!;
    const met = seen({ sid, address: all.rows.find(({ kind }) => kind === 'tlb')!.input!.address });
    expect(met.total).toBeGreaterThan(2);
    expect(met.total).toBeLessThan(all.total);
    expect(met.rows.every((row) => row.sid === null || row.sid === sid)).toBe(true);
    expect(new Set(met.rows.flatMap(({ vmid }) => (vmid === null ? [] : [vmid]))).size).toBe(1);
  });

  it('of a capture too', () => {
    const opened = openCaptured('nestedhand-6.12');
    looked = opened;
    const { sid, translations } = opened.streams.find((stream) => stream.translations.length > 0)!;
    const { ssid, iova } = translations[0]!;
    opened.capture.translate({ sid, ssid, iova: BigInt(iova), access: 'read', privileged: false });
    expect(seen().rows.map(({ kind, stale }) => [kind, stale])).toContainEqual(['tlb', null]);
  });
});

describe('the preview of a command', () => {
  it('marks what it would remove, and sends nothing', () => {
    looked = openSample('stale-tlb', 4);
    const total = seen().total;
    const wrong = seen({ command: 'CMD_TLBI_NH_VA VMID=1 ASID=4 Address=0x50000000 Leaf=1' });
    expect(wrong.preview).toEqual({ command: 'CMD_TLBI_NH_VA VMID 1, ASID 4, Leaf 1, Address 0x50000000', problem: null, removes: 0, stale: 0, left: 1 });
    const right = seen({ command: 'tlbi_nh_va vmid 1, asid 3, address 0x50000000, leaf 1' });
    expect(right.preview).toMatchObject({ removes: 1, stale: 1, left: 0 });
    expect(right.rows.filter(({ removed }) => removed).map(({ kind }) => kind)).toEqual(['tlb']);
    expect(seen({ command: 'CMD_CFGI_ALL' }).rows.filter(({ removed }) => removed).map(({ kind }) => kind)).toEqual(['config', 'ste']);
    expect(seen().total).toBe(total);
  });

  it('reaches the ATC of its device alone', () => {
    looked = openSample('atc-inv-forgotten', 4);
    const removed = (command: string): number => seen({ command }).preview!.removes;
    expect([removed('CMD_ATC_INV StreamID=8 Address=0x50000000 Size=0'), removed('CMD_ATC_INV StreamID=8 Size=52'), removed('CMD_ATC_INV StreamID=9 Size=52')]).toEqual([1, 2, 0]);
  });

  it.each([
    ['CMD_TLBI_NH_AV', 'there is no command CMD_TLBI_NH_AV; did you mean CMD_TLBI_NH_VA?'],
    ['CMD_TLBI_NH_VA VIMD=1', 'CMD_TLBI_NH_VA has no field VIMD; did you mean VMID?'],
    ['CMD_TLBI_NH_VA VMID', 'VMID: expected a number, such as VMID=0x10'],
    ['CMD_TLBI_NH_VA VMID=0x10000', 'CMD_TLBI_NH_VA.VMID does not fit into 16 bits: 0x10000'],
    ['CMD_SYNC', 'CMD_SYNC removes nothing from a cache: CMD_CFGI, CMD_TLBI and CMD_ATC_INV do'],
    ['CMD_CFGI_STE SSec=1', 'the command queue would stop at it: CERROR_ILL'],
    ['0x0000000000000003', 'a command has 2 words of 64 bits, not 1'],
  ])('says of %s what is wrong', (command, problem) => {
    looked = openSample('stale-tlb', 2);
    expect(seen({ command }).preview).toMatchObject({ problem, removes: 0 });
  });
});

it('says that there is nothing to look at', () => {
  looked = openSample('stale-tlb', 0);
  expect(() => look(null, 'caches.window', { from: 0, count: 1 })).toThrow('there is no machine to look at');
});
