import { afterEach, expect, it } from 'vitest';
import { commandWords } from '../../src/model/smmu/coherence/removal.ts';
import { wastedText } from '../../src/model/smmu/coherence/stale-hit-text.ts';
import { fromWords } from '../../src/model/base/address.ts';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import { IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE } from './nested-machine.ts';

/** Invalidations that removed nothing though something is out of date, or far more than that (IHI 0070 4.3, 4.4). */

let m: NestedMachine;
afterEach(() => m.memory.release());

const PAGES = [0n, 1n, 2n, 3n].map((n) => n * 0x1000n);
const VMID = 3n;

/** Four pages that are all cached. */
function warm(): void {
  m = new NestedMachine({ caches: DEFAULT_CACHES, checkCoherence: true });
  for (const page of PAGES) {
    m.mapStage1(IOVA + page, (IPA + page) | S1_PAGE);
    m.mapStage2(IPA + page, (PA + page) | S2_PAGE);
  }
  for (const page of PAGES) expect(m.access('read', { iova: IOVA + page }).status).toBe('success');
}

function command(name: string, fields: Readonly<Record<string, bigint>> = {}): void {
  const [a, b, c, d] = commandWords({ name, fields });
  m.command(fromWords(b!, a!), fromWords(d!, c!));
}

const told = (): string[] => m.smmu.coherence!.wasted.map(wastedText);
const pageOnly = (ASID: bigint): void => command('CMD_TLBI_NH_VA', { VMID, ASID, Address: IOVA, Leaf: 1n });

it('everything for the sake of one page [command.CMD_TLBI_NSNH_ALL]', () => {
  warm();
  m.mapStage1(IOVA, 0n);
  command('CMD_TLBI_NSNH_ALL');
  command('CMD_SYNC');
  expect(told()).toEqual([expect.stringMatching(/^wide: CMD_TLBI_NSNH_ALL removed \d+ cache entries, of which 1 was out of date; 1 would have done: CMD_TLBI_NH_VA VMID=3 ASID=5 Address=0x123456000000 Leaf=1$/)]);
});

it('the command of that page alone is silent', () => {
  warm();
  m.mapStage1(IOVA, 0n);
  pageOnly(5n);
  command('CMD_SYNC');
  expect(told()).toEqual([]);
});

it('every STE for the sake of one CD [command.CMD_CFGI_STE_RANGE]', () => {
  warm();
  for (const sid of [9, 10, 11]) {
    m.ste({}, sid);
    m.access('read', { sid });
  }
  m.ste({ V: false }, 9);
  command('CMD_CFGI_STE_RANGE', { Range: 31n });
  expect(told()).toEqual([expect.stringMatching(/^wide: CMD_CFGI_STE_RANGE .* CMD_CFGI_STE StreamID=9 Leaf=1$/)]);
});

it('another ASID than that of the page: told at the CMD_SYNC, once', () => {
  warm();
  m.mapStage1(IOVA, 0n);
  pageOnly(4n);
  expect(told()).toEqual([]);
  command('CMD_SYNC');
  command('CMD_SYNC');
  expect(told()).toEqual([
    'missed: CMD_TLBI_NH_VA VMID 3, ASID 4, Leaf 1, Address 0x123456000000 removed no cache entry, and 1 is out of date: CMD_TLBI_NH_VA VMID=3 ASID=5 Address=0x123456000000 Leaf=1',
  ]);
});

it('one that removed nothing is no waste where a later one before the CMD_SYNC does the rest', () => {
  warm();
  m.mapStage2(IPA, 0n);
  m.mapStage1(IOVA, 0n);
  command('CMD_TLBI_NH_VA', { VMID, ASID: 4n, Address: IOVA, Leaf: 1n });
  command('CMD_TLBI_S2_IPA', { VMID, Address: IPA, Leaf: 1n });
  command('CMD_TLBI_NH_ALL', { VMID });
  command('CMD_SYNC');
  expect(told().filter((line) => line.startsWith('missed'))).toEqual([]);
});

it('configuration is not to be removed by a TLBI, nor does it make one a miss', () => {
  warm();
  m.cd({ V: false });
  pageOnly(4n);
  command('CMD_SYNC');
  expect(told()).toEqual([]);
});

it('routine: at boot, at the end of an address space, twice', () => {
  m = new NestedMachine({ caches: DEFAULT_CACHES, checkCoherence: true });
  const all = (): void => {
    command('CMD_CFGI_STE_RANGE', { Range: 31n });
    command('CMD_TLBI_NSNH_ALL');
    command('CMD_SYNC');
  };
  all();
  m.access();
  all();
  all();
  m.access();
  command('CMD_TLBI_NH_ASID', { VMID, ASID: 5n });
  command('CMD_SYNC');
  expect(told()).toEqual([]);
});

it('a refused command is not told, and a reset forgets', () => {
  warm();
  m.mapStage1(IOVA, 0n);
  command('CMD_TLBI_S_EL2_ALL');
  expect(told()).toEqual([]);
  warm();
  m.mapStage1(IOVA, 0n);
  command('CMD_TLBI_NSNH_ALL');
  expect(told()).toHaveLength(1);
  m.smmu.reset();
  expect(told()).toEqual([]);
});
