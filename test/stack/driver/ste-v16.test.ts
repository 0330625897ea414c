import { describe, expect, test } from 'vitest';
import { ABORT, BYPASS, DEVICE, GOLDEN_S2TTB, HostMachine, TRANSLATE } from './host-machine.ts';
import type { HostOptions } from './host-machine.ts';

const S2 = ['044c359400000001', '0000000123456000'];
const NONE = '0000000000000000';
const CHANGE = ['CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC', 'PREFETCH_CONFIG'];
const LIVE_CHANGE = ['CFGI_STE', 'SYNC', ...CHANGE];
const ABORTED = ['CFGI_STE', 'SYNC'];

/** A machine whose first stage-2 table is where the golden words want it. */
function golden(options: HostOptions = {}) {
  const host = new HostMachine(options);
  host.driver.probeDevice(DEVICE);
  const boot = host.ste();
  host.nextPages.push(GOLDEN_S2TTB);
  host.mark();
  const domain = host.attached();
  return { host, domain, boot };
}

/** Every value that word 0 had when the SMMU was told, and the words that followed. */
function storedWords(host: HostMachine, act: () => void): string[] {
  const from = host.journal.records.length;
  act();
  return host.journal.records.slice(from).flatMap(({ action, detail }) => {
    if (action === 'write STE') return [`[${String(detail['word'])}]=${(detail['value'] as bigint).toString(16)}`];
    return action.startsWith('CMD_') ? [action.slice(4)] : [];
  });
}

describe('golden STEs (a.4)', () => {
  test('boot, disable_bypass', () => {
    expect(golden().boot).toEqual(['0000000000000001', '0000100000000000', NONE, NONE]);
  });

  test('boot without disable_bypass bypasses', () => {
    expect(golden({ choices: { disableBypass: false } }).boot).toEqual(['0000000000000009', '0000100000000000', NONE, NONE]);
  });

  test('VFIO attach (S2 only)', () => {
    const { host } = golden();
    expect(host.ste()).toEqual(['000000000000000d', '0000100000000000', ...S2]);
    expect(host.names()).toEqual(CHANGE);
  });

  test('TRANSLATE, window: word 0 is 0 and the others are the old ones when the first CFGI_STE is issued', () => {
    const { host, domain } = golden();
    const old = host.ste().slice(1);
    const seen: string[][] = [];
    const sync = host.driver.smmu.cmdq.issueSync.bind(host.driver.smmu.cmdq);
    host.driver.smmu.cmdq.issueSync = (words) => {
      seen.push(host.ste());
      return sync(words);
    };
    host.driver.attachPasidTable(domain, TRANSLATE);
    expect(seen[0]).toEqual([NONE, ...old]);
    expect(seen.map(([word0]) => word0)).toEqual([NONE, NONE, '000000084567804f']);
  });

  test('TRANSLATE, done (host without E2H): three CFGI_STE and a prefetch', () => {
    const { host, domain } = golden();
    host.mark();
    const stored = storedWords(host, () => expect(host.driver.attachPasidTable(domain, TRANSLATE)).toBe(0));
    expect(host.ste()).toEqual(['000000084567804f', '00000000080000d6', ...S2]);
    expect(host.names()).toEqual(LIVE_CHANGE);
    expect(stored).toEqual([
      '[0]=0', 'CFGI_STE', 'SYNC',
      '[1]=80000d6', '[2]=44c359400000001', '[3]=123456000', 'CFGI_STE', 'SYNC',
      '[0]=84567804f', 'CFGI_STE', 'SYNC', 'PREFETCH_CONFIG',
    ]);
  });

  test('same, VHE host: STRW is EL2', () => {
    const { host, domain } = golden({ vhe: true });
    host.driver.attachPasidTable(domain, TRANSLATE);
    expect(host.ste()).toEqual(['000000084567804f', '00000000880000d6', ...S2]);
  });

  test('then BYPASS: word 1 stays as it was', () => {
    const { host, domain } = golden({ vhe: true });
    host.driver.attachPasidTable(domain, TRANSLATE);
    expect(host.during(() => host.driver.attachPasidTable(domain, BYPASS))).toEqual(LIVE_CHANGE);
    expect(host.ste()).toEqual(['000000000000000d', '00000000880000d6', ...S2]);
  });

  test('then ABORT: S2TTB stays behind, word 0 goes first, no V = 0 step', () => {
    const { host, domain } = golden({ vhe: true });
    host.driver.attachPasidTable(domain, TRANSLATE);
    host.driver.attachPasidTable(domain, BYPASS);
    host.mark();
    const stored = storedWords(host, () => host.driver.attachPasidTable(domain, ABORT));
    expect(host.ste()).toEqual(['0000000000000001', '0000100000000000', NONE, '0000000123456000']);
    expect(host.names()).toEqual(ABORTED);
    expect(stored).toEqual(['[0]=1', '[1]=100000000000', '[2]=0', 'CFGI_STE', 'SYNC']);
  });

  test('TRANSLATE to ABORT is a live change without the V = 0 step', () => {
    const { host, domain } = golden();
    host.driver.attachPasidTable(domain, TRANSLATE);
    expect(host.during(() => host.driver.attachPasidTable(domain, ABORT))).toEqual(ABORTED);
  });

  test('the same BYPASS gives two STEs: after ABORT SHCFG is incoming', () => {
    const { host, domain } = golden();
    host.driver.attachPasidTable(domain, ABORT);
    expect(host.during(() => host.driver.attachPasidTable(domain, BYPASS))).toEqual(CHANGE);
    expect(host.ste()).toEqual(['000000000000000d', '0000100000000000', ...S2]);
  });

  test('ATS sets EATS and nothing of the guest does', () => {
    const host = new HostMachine();
    const domain = host.attached({ ...DEVICE, ats: true });
    host.driver.attachPasidTable(domain, TRANSLATE);
    expect(host.ste()[1]).toBe('00000000180000d6');
  });

  test('a device that may stall has no S1STALLD', () => {
    const host = new HostMachine();
    const domain = host.attached({ ...DEVICE, canStall: true });
    host.driver.attachPasidTable(domain, TRANSLATE);
    expect(host.ste()[1]).toBe('00000000000000d6');
  });

  test('without the prefetch quirk there is no CMD_PREFETCH_CONFIG', () => {
    const { host, domain } = golden({ choices: { prefetch: false } });
    expect(host.during(() => host.driver.attachPasidTable(domain, TRANSLATE))).toEqual(LIVE_CHANGE.slice(0, -1));
  });

  test('patch 3: a stage-1 STE clears words 2 and 3, where a stale S2TTB would be', () => {
    const host = new HostMachine();
    const nested = host.attached();
    host.driver.attachPasidTable(nested, ABORT);
    expect(host.ste()[3]).not.toBe(NONE);
    const s1 = host.driver.domainAlloc('dma');
    expect(host.driver.attachDev(s1, DEVICE)).toBe(0);
    expect(host.ste().slice(2)).toEqual([NONE, NONE]);
  });

  test.each([
    ['step 1: a Config that is none of 0, 4, 5, 6, 7', 0, 3n, 'STE corruption'],
    ['step 5: stage 1 is live already', 0, 0xbn, 'stage 1 is live and stage 1 is asked for'],
    ['step 6: another S2TTB is live', 3, 0x1000n, 'stage 2 is live with other tables'],
  ])('an STE that somebody else wrote, %s: a BUG() that is reported, and the STE stays as it is', (_, word, value, why) => {
    const { host, domain } = golden();
    host.memory.write64(host.driver.smmu.strtab.steOf(0x20) + BigInt(word * 8), value);
    const before = host.ste();
    expect(host.during(() => host.driver.attachPasidTable(domain, TRANSLATE))).toEqual([]);
    expect(host.ste()).toEqual(before);
    expect(host.dmesg().at(-1)).toBe(`kernel BUG at arm_smmu_write_strtab_ent: ${why}`);
  });
});

describe('set (a.3)', () => {
  test('a domain whose STE was never written keeps its VMID when it is freed', () => {
    const host = new HostMachine();
    const domain = host.driver.domainAlloc('unmanaged');
    host.driver.enableNesting(domain);
    const device = { ...DEVICE, reservedRegions: [{ type: 'msi' as const, start: 0xfe00_0000n, length: 0x1000n }] };
    host.driver.probeDevice(device);
    expect(host.driver.attachDev(domain, device)).toBe(-22);
    host.driver.domainFree(domain);
    expect(host.driver.smmu.vmids.used).toEqual([1]);
  });

  test('an attached nested domain gives its VMID back, with a guest\'s stage 1 too', () => {
    const host = new HostMachine();
    const domain = host.attached();
    host.driver.attachPasidTable(domain, TRANSLATE);
    host.driver.detachDev(domain, DEVICE);
    host.driver.domainFree(domain);
    expect(host.driver.smmu.vmids.used).toEqual([]);
    expect(host.driver.smmu.asids.used).toEqual([]);
  });

  test('a stage-1 domain gives ASID, CD and tables back', () => {
    const host = new HostMachine();
    const before = host.pages.inUse.size;
    host.driver.probeDevice(DEVICE);
    const tables = host.pages.inUse.size;
    const domain = host.attached(DEVICE, false);
    expect(host.driver.smmu.asids.used).toEqual([1]);
    host.driver.detachDev(domain, DEVICE);
    host.driver.domainFree(domain);
    expect(host.driver.smmu.asids.used).toEqual([]);
    expect([before + 1, tables]).toEqual([tables, host.pages.inUse.size]);
  });
});
