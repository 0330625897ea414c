import { describe, expect, test } from 'vitest';
import { emptyGather } from '../../../src/model/stack/host/driver/tlb.ts';
import { HWPT_FLAG, PROT } from '../../../src/model/stack/host/driver/types.ts';
import type { CommandWords, Domain, EventWords, HostDevice, NestedDomain, Viommu } from '../../../src/model/stack/host/driver/types.ts';
import { isErrno } from '../../../src/model/stack/errno.ts';
import type { OrErrno } from '../../../src/model/stack/errno.ts';
import { DEVICE, GOLDEN_S2TTB, HostMachine, ID } from './host-machine.ts';
import type { HostOptions } from './host-machine.ts';

const { NEST_PARENT, DIRTY_TRACKING, PASID, FAULT_ID_VALID } = HWPT_FLAG;
const EIO = -5;
const EINVAL = -22;
const EOPNOTSUPP = -95;
const VSID = 0x1_08n;

/** The golden vSTE of c.4. */
const VSTE: readonly [bigint, bigint] = [0x0000_0008_4567_804bn, 0x0000_0000_0800_00d6n];
const EATS_FULL = 1n << 28n;

function must<T extends object>(value: OrErrno<T>): T {
  if (isErrno(value)) throw new Error(String(value));
  return value;
}

interface Nested {
  readonly host: HostMachine;
  readonly parent: Domain;
  readonly viommu: Viommu;
}

function machine(options: HostOptions = {}, device: HostDevice = DEVICE): Nested {
  const host = new HostMachine({ generation: 'modern', ...options });
  host.driver.probeDevice(device);
  host.nextPages.push(GOLDEN_S2TTB);
  const parent = must(host.driver.domainAllocPaging(device, NEST_PARENT, false));
  const viommu = must(host.driver.viommuAlloc(device, parent));
  return { host, parent, viommu };
}

function attach({ host, viommu }: Nested, ste: readonly [bigint, bigint] = VSTE, device: HostDevice = DEVICE): NestedDomain {
  if (viommu.vdevices.size === 0) expect(host.driver.vdeviceAlloc(viommu, device, VSID)).toBe(0);
  const domain = must(host.driver.domainAllocNested(viommu, 0, ste));
  expect(host.driver.attachDev(domain, device)).toBe(0);
  return domain;
}

describe('parent (c.3)', () => {
  const allocate = (flags: number, options: HostOptions = {}, userData = false) => {
    const host = new HostMachine({ generation: 'modern', ...options });
    host.driver.probeDevice(DEVICE);
    return host.driver.domainAllocPaging(DEVICE, flags, userData);
  };

  test.each([
    ['0', 0, 'S1'], ['NEST_PARENT', NEST_PARENT, 'S2'], ['DIRTY', DIRTY_TRACKING, 'S1'], ['DIRTY|PASID', DIRTY_TRACKING | PASID, 'S1'], ['PASID', PASID, 'S1'],
  ])('flags %s are accepted', (_, flags, stage) => {
    expect(allocate(flags)).toMatchObject({ stage, nestParent: flags === NEST_PARENT });
  });

  test.each([
    ['NEST_PARENT|DIRTY_TRACKING', NEST_PARENT | DIRTY_TRACKING], ['NEST_PARENT|PASID', NEST_PARENT | PASID], ['FAULT_ID_VALID', FAULT_ID_VALID],
  ])('flags %s: -EOPNOTSUPP', (_, flags) => {
    expect(allocate(flags)).toBe(EOPNOTSUPP);
  });

  test('DIRTY without hardware update: -EOPNOTSUPP', () => {
    expect(allocate(DIRTY_TRACKING, { id: { ...ID, IDR0: ID.IDR0 & ~0xc0 } })).toBe(EOPNOTSUPP);
  });

  test('NEST_PARENT without both stages: -EOPNOTSUPP', () => {
    expect(allocate(NEST_PARENT, { id: { ...ID, IDR0: ID.IDR0 & ~2 } })).toBe(EOPNOTSUPP);
  });

  test('vendor data on a paging domain: -EOPNOTSUPP', () => {
    expect(allocate(0, {}, true)).toBe(EOPNOTSUPP);
  });

  test('a device that nobody probed: -ENODEV', () => {
    expect(new HostMachine({ generation: 'modern' }).driver.domainAllocPaging(DEVICE, 0, false)).toBe(-19);
  });
});

describe('vIOMMU (c.3)', () => {
  const NO_FWB = { ...ID, IDR3: ID.IDR3 & ~0x100 };

  test('no nesting: no size', () => {
    const host = new HostMachine({ generation: 'modern', id: { ...ID, IDR0: ID.IDR0 & ~2 } });
    expect(host.driver.viommuSize(DEVICE)).toEqual({ size: 0, why: 'the SMMU does not have both stages' });
  });

  test('neither CANWBS nor S2FWB: no size, -EOPNOTSUPP', () => {
    const device = { ...DEVICE, canWbs: false };
    const host = new HostMachine({ generation: 'modern', id: NO_FWB });
    host.driver.probeDevice(device);
    const parent = must(host.driver.domainAllocPaging(device, NEST_PARENT, false));
    expect(host.driver.viommuSize(device).size).toBe(0);
    expect(host.driver.viommuAlloc(device, parent)).toBe(EOPNOTSUPP);
  });

  test('S2FWB or CANWBS is enough', () => {
    expect(new HostMachine({ generation: 'modern' }).driver.viommuSize({ ...DEVICE, canWbs: false }).size).toBeGreaterThan(0);
    expect(new HostMachine({ generation: 'modern', id: NO_FWB }).driver.viommuSize(DEVICE).size).toBeGreaterThan(0);
  });

  test('a parent that is none, or of another SMMU: -EINVAL', () => {
    const { host, parent } = machine();
    const plain = must(host.driver.domainAllocPaging(DEVICE, 0, false));
    expect(host.driver.viommuAlloc(DEVICE, plain)).toBe(EINVAL);
    const other = new HostMachine({ generation: 'modern' });
    other.driver.probeDevice(DEVICE);
    expect(other.driver.viommuAlloc(DEVICE, parent)).toBe(EINVAL);
  });

  test('its VMID is the parent\'s: two vIOMMUs on one parent share it', () => {
    const { host, parent, viommu } = machine();
    expect([viommu.vmid, must(host.driver.viommuAlloc(DEVICE, parent)).vmid, parent.s2.vmid]).toEqual([1, 1, 1]);
  });

  test('vDEVICEs: another SMMU\'s device -EINVAL, a second one or a second vSID -EEXIST', () => {
    const { host, viommu } = machine();
    const second = { ...DEVICE, name: '0000:00:05.0', streamIds: [0x28] };
    expect(host.driver.vdeviceAlloc(viommu, second, 1n)).toBe(EINVAL);
    host.driver.probeDevice(second);
    expect(host.driver.vdeviceAlloc(viommu, DEVICE, 1n)).toBe(0);
    expect(host.driver.vdeviceAlloc(viommu, DEVICE, 2n)).toBe(-17);
    expect(host.driver.vdeviceAlloc(viommu, second, 1n)).toBe(-17);
    host.driver.vdeviceFree(viommu, DEVICE);
    expect(host.driver.vdeviceAlloc(viommu, second, 1n)).toBe(0);
    host.driver.viommuFree(viommu);
    expect(viommu.vdevices.size).toBe(0);
  });
});

describe('vSTE (c.4)', () => {
  const alloc = (ste: readonly [bigint, bigint], flags = 0) => {
    const { host, viommu } = machine();
    return host.driver.domainAllocNested(viommu, flags, ste);
  };

  test('flags: -EOPNOTSUPP', () => {
    expect(alloc(VSTE, 1)).toBe(EOPNOTSUPP);
  });

  test('V = 0: both words become 0, whatever they held', () => {
    expect(alloc([0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn])).toMatchObject({ ste: [0n, 0n], enableAts: false });
  });

  test.each<[string, bigint, bigint]>([
    ['word 0, bits 58:52', 1n << 52n, 0n], ['STRW', 0n, 1n << 31n], ['SHCFG', 0n, 1n << 44n], ['MEV', 0n, 1n << 19n], ['S2FWB', 0n, 1n << 25n],
    ['CONT', 0n, 1n << 13n], ['PPAR', 0n, 1n << 18n], ['DCP', 0n, 1n << 17n], ['MTCFG', 0n, 1n << 36n],
  ])('%s: -EIO', (_, word0, word1) => {
    expect(alloc([VSTE[0] | word0, VSTE[1] | word1])).toBe(EIO);
  });

  test.each([1n, 2n, 3n, 6n, 7n])('Config %s: -EIO', (config) => {
    expect(alloc([1n | (config << 1n), 0n])).toBe(EIO);
  });

  test.each([0n, 4n, 5n])('Config %s is accepted', (config) => {
    expect(alloc([1n | (config << 1n), 0n])).toMatchObject({ kind: 'nested' });
  });

  test.each([2n, 3n])('EATS %s: -EIO', (eats) => {
    expect(alloc([VSTE[0], VSTE[1] | (eats << 28n)])).toBe(EIO);
  });

  test('EATS is stripped, and counts with S1_TRANS only', () => {
    expect(alloc([VSTE[0], VSTE[1] | EATS_FULL])).toMatchObject({ ste: VSTE, enableAts: true });
    expect(alloc([0x9n, EATS_FULL])).toMatchObject({ ste: [0x9n, 0n], enableAts: false });
  });

  test('substreams are allowed', () => {
    expect(alloc([VSTE[0] | (4n << 59n) | (2n << 4n), VSTE[1]])).toMatchObject({ kind: 'nested' });
  });
});

describe('physical STE (c.4)', () => {
  test('golden: S1_TRANS upon the stage 2 of a.4', () => {
    const nested = machine({ id: { ...ID, IDR3: ID.IDR3 & ~0x100 } });
    attach(nested);
    expect(nested.host.ste()).toEqual(['000000084567804f', '00001000080800d6', '044c359400000001', '0000000123456000']);
  });

  test('with S2FWB in the SMMU the parent uses it', () => {
    const nested = machine();
    attach(nested);
    expect(nested.host.ste()[1]).toBe('000010000a0800d6');
  });

  test('BYPASS is the plain stage-2 STE, ABORT and V = 0 the plain abort STE', () => {
    const nested = machine({ id: { ...ID, IDR3: ID.IDR3 & ~0x100 } });
    attach(nested, [0x9n, 0n]);
    expect(nested.host.ste()).toEqual(['000000000000000d', '0000100000000000', '044c359400000001', '0000000123456000']);
    for (const ste of [[1n, 0n], [0n, 0n]] as const) {
      attach(nested, ste);
      expect(nested.host.ste()).toEqual(['0000000000000001', '0000000000000000', '0000000000000000', '0000000000000000']);
    }
  });

  test('STRW stays 0 on a VHE host', () => {
    const nested = machine({ vhe: true });
    attach(nested);
    expect(BigInt(`0x${nested.host.ste()[1]}`) & (3n << 30n)).toBe(0n);
  });

  test('ATS needs the device and the guest\'s EATS', () => {
    const device = { ...DEVICE, ats: true };
    const nested = machine({}, device);
    attach(nested, VSTE, device);
    expect(BigInt(`0x${nested.host.ste()[1]}`) & EATS_FULL).toBe(0n);
    attach(nested, [VSTE[0], VSTE[1] | EATS_FULL], device);
    expect(BigInt(`0x${nested.host.ste()[1]}`) & EATS_FULL).toBe(EATS_FULL);
  });

  test('a guest that changes its STE is a hitless replace: word 0 is never 0', () => {
    const nested = machine();
    attach(nested, [0x9n, 0n]);
    const zeroes: bigint[] = [];
    const at = nested.host.driver.smmu.strtab.steOf(0x20);
    const write = nested.host.memory.write64.bind(nested.host.memory);
    nested.host.memory.write64 = (pa, value) => {
      if (pa === at && value === 0n) zeroes.push(value);
      return write(pa, value);
    };
    const names = nested.host.during(() => attach(nested));
    expect([zeroes, names]).toEqual([[], ['CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC', 'PREFETCH_CONFIG']]);
  });
});

describe('attach of nested domains (c.4)', () => {
  test('another SMMU: -EINVAL', () => {
    const { host, viommu } = machine();
    const domain = must(host.driver.domainAllocNested(viommu, 0, VSTE));
    const other = new HostMachine({ generation: 'modern' });
    other.driver.probeDevice(DEVICE);
    expect(other.driver.attachDev(domain, DEVICE)).toBe(EINVAL);
  });

  test('PASIDs attached on the device: -EBUSY', () => {
    const device = { ...DEVICE, svaEnabled: true };
    const { host, viommu } = machine({}, device);
    expect(host.driver.attachDev(must(host.driver.domainAllocNested(viommu, 0, [0x9n, 0n])), device)).toBe(-16);
  });

  test('S1_TRANS without a vDEVICE: -ENOENT; abort and bypass need none', () => {
    const { host, viommu } = machine();
    const attempt = (ste: readonly [bigint, bigint]): number => host.driver.attachDev(must(host.driver.domainAllocNested(viommu, 0, ste)), DEVICE);
    expect([attempt(VSTE), attempt([0x9n, 0n]), attempt([1n, 0n]), attempt([0n, 0n])]).toEqual([-2, 0, 0, 0]);
  });

  test('a failure leaves the device where it was', () => {
    const nested = machine();
    const domain = attach(nested);
    const before = nested.host.ste();
    nested.host.driver.vdeviceFree(nested.viommu, DEVICE);
    expect(nested.host.driver.attachDev(must(nested.host.driver.domainAllocNested(nested.viommu, 0, VSTE)), DEVICE)).toBe(-2);
    expect([nested.host.ste(), domain.masters.length]).toEqual([before, 1]);
  });

  test('detach blocks the device', () => {
    const nested = machine();
    const domain = attach(nested);
    nested.host.driver.detachDev(domain, DEVICE);
    expect([nested.host.ste()[0], domain.masters]).toEqual(['0000000000000001', []]);
  });
});

describe('user invalidation (c.5)', () => {
  const send = (nested: Nested, commands: readonly CommandWords[]) => nested.host.driver.cacheInvalidateUser(nested.viommu, commands);
  const sid = VSID << 32n;
  const PSID = '00000020';

  test.each<[string, CommandWords, string]>([
    ['0x30 NSNH_ALL becomes NH_ALL with the host VMID', [0xffff_ffff_ffff_ff30n, 0xffn], '0000000100000010 0000000000000000'],
    ['0x10 NH_ALL', [0x0000_0007_0000_0010n, 0n], '0000000100000010 0000000000000000'],
    ['0x11 NH_ASID', [0x0005_0007_0000_0011n, 0n], '0005000100000011 0000000000000000'],
    ['0x12 NH_VA: TG, NUM, SCALE, TTL, Leaf verbatim', [0x0005_0007_0050_e012n, 0x21_f701n], '000500010050e012 000000000021f701'],
    ['0x13 NH_VAA', [0x0000_0007_0000_0013n, 0x1701n], '0000000100000013 0000000000001701'],
    ['0x40 ATC_INV', [0x40n | sid, 0x34n], `${PSID}00000040 0000000000000034`],
    ['0x05 CFGI_CD', [0x05n | sid | (3n << 12n), 1n], `${PSID}00003005 0000000000000001`],
    ['0x06 CFGI_CD_ALL', [0x06n | sid, 0n], `${PSID}00000006 0000000000000000`],
  ])('%s', (_, command, expected) => {
    const nested = machine();
    attach(nested);
    nested.host.mark();
    expect(send(nested, [command])).toEqual({ result: 0, handled: 1 });
    expect(nested.host.words()).toEqual([expected]);
    expect(nested.host.names().at(-1)).toBe('SYNC');
  });

  test.each([0x03, 0x04, 0x01, 0x02, 0x20, 0x21, 0x22, 0x28, 0x2a, 0x41, 0x44, 0x45, 0x46, 0xff])('0x%s: -EIO', (opcode) => {
    const nested = machine();
    expect(send(nested, [[BigInt(opcode), 0n]])).toEqual({ result: EIO, handled: 0 });
  });

  test('unknown vSID: -EIO', () => {
    const nested = machine();
    attach(nested);
    expect(send(nested, [[0x05n | (9n << 32n), 1n]])).toEqual({ result: EIO, handled: 0 });
    expect(nested.host.journal.records.at(-1)?.dropped).toBe('no vDEVICE has the StreamID 0x9');
  });

  const NH_ALL: CommandWords = [0x10n, 0n];
  const many = (count: number): CommandWords[] => Array.from({ length: count }, () => NH_ALL);

  test('runs of at most 63 and a CMD_SYNC each', () => {
    const nested = machine();
    nested.host.mark();
    expect(send(nested, many(64))).toEqual({ result: 0, handled: 64 });
    expect(nested.host.names().flatMap((name, i) => (name === 'SYNC' ? [i] : []))).toEqual([63, 65]);
  });

  test('an error at index k reports k, but what came after the last full run was never issued', () => {
    const nested = machine();
    nested.host.mark();
    expect(send(nested, [...many(70), [0x46n, 0n]])).toEqual({ result: EIO, handled: 70 });
    expect(nested.host.words()).toHaveLength(63);
    expect(nested.host.journal.records.at(-1)?.dropped).toBe('a guest may not issue this command; 7 commands before it are counted as handled but not issued');
  });

  test('nothing to do is 0', () => {
    expect(send(machine(), [])).toEqual({ result: 0, handled: 0 });
  });

  test('reserved bits are not checked: a guest can raise CERROR_ILL on the host\'s queue', () => {
    const nested = machine();
    expect(send(nested, [[0x12n, 0x0801n]])).toEqual({ result: 0, handled: 1 });
    expect(nested.host.dmesg()[1]).toMatch(/Illegal command$/);
  });

  test('an unmap under a nest parent: TLBI_S2_IPA, NH_ALL of the VMID, and all of the ATCs', () => {
    const device = { ...DEVICE, ats: true };
    const nested = machine({}, device);
    attach(nested, [VSTE[0], VSTE[1] | EATS_FULL], device);
    const { driver } = nested.host;
    driver.map(nested.parent, 0x8000_0000n, 0x1_2000_0000n, 0x1000n, PROT.READ);
    const gather = emptyGather();
    driver.unmap(nested.parent, 0x8000_0000n, 0x1000n, gather);
    nested.host.mark();
    driver.iotlbSync(nested.parent, gather);
    expect(nested.host.names()).toEqual(['TLBI_S2_IPA', 'SYNC', 'TLBI_NH_ALL', 'SYNC', 'ATC_INV', 'SYNC']);
    expect(nested.host.words()[2]).toBe('0000002000000040 0000000000000034');
  });

  test('a block and a page beside it are invalidated apart, each at its level', () => {
    const { host, parent } = machine();
    host.driver.map(parent, 0x20_0000n, 0x1_2020_0000n, 0x20_1000n, PROT.READ);
    host.mark();
    const gather = emptyGather();
    expect(host.driver.unmap(parent, 0x20_0000n, 0x20_1000n, gather)).toBe(0x20_1000n);
    host.driver.iotlbSync(parent, gather);
    const ranges = host.commands().filter(([word0]) => (word0 & 0xffn) === 0x2an);
    // TTL is D1[9:8].
    expect(ranges.map(([, word1]) => [word1 & ~0xfffn, (word1 >> 8n) & 3n])).toEqual([
      [0x20_0000n, 2n],
      [0x40_0000n, 3n],
    ]);
  });

  test('part of a block is not unmapped (6.14 and later)', () => {
    const { host, parent } = machine();
    host.driver.map(parent, 0x20_0000n, 0x1_2020_0000n, 0x20_0000n, PROT.READ);
    expect(host.driver.unmap(parent, 0x20_0000n, 0x1000n, emptyGather())).toBe(0n);
  });
});

describe('events (c.6)', () => {
  const PSID_BITS = 0x20n << 32n;
  const event = (id: number, word1 = 0n): EventWords => [BigInt(id) | PSID_BITS, word1, 0x1234_5678n, 0x9000n];

  test.each([0x04, 0x06, 0x08, 0x0a, 0x10, 0x11, 0x12, 0x13])('0x%s goes to the vEVENTQ raw, with the vSID', (id) => {
    const nested = machine();
    attach(nested);
    nested.host.raise(event(id, 2n << 40n));
    expect(nested.host.vevents).toEqual([[nested.viommu, [BigInt(id) | (VSID << 32n), 2n << 40n, 0x1234_5678n, 0x9000n]]]);
    expect(nested.host.dmesg()).toEqual([]);
  });

  test.each([[0x09, 'F_CD_FETCH'], [0x0b, 'UNKNOWN'], [0x02, 'C_BAD_STREAMID'], [0x03, 'F_STE_FETCH']])('0x%s is not forwarded: -EOPNOTSUPP, printed as %s', (id, name) => {
    const nested = machine();
    attach(nested);
    nested.host.raise(event(id));
    expect(nested.host.vevents).toEqual([]);
    expect(nested.host.journal.records.at(-1)?.result).toBe(EOPNOTSUPP);
    expect(nested.host.dmesg()[5]).toMatch(new RegExp(`^event: ${name} client: 0000:00:04.0 sid: 0x20`));
    expect(nested.host.log.lines[0]?.level).toBe('err');
  });

  test('S2 = 1: -EOPNOTSUPP, printed', () => {
    const nested = machine();
    attach(nested);
    nested.host.raise(event(0x10, 1n << 39n));
    expect([nested.host.vevents, nested.host.journal.records.at(-1)?.result]).toEqual([[], EOPNOTSUPP]);
  });

  test('no vmaster: -EOPNOTSUPP', () => {
    const host = new HostMachine({ generation: 'modern' });
    host.attached(DEVICE, false);
    host.raise(event(0x10));
    expect([host.vevents, host.journal.records.at(-1)?.result]).toEqual([[], EOPNOTSUPP]);
  });

  test('no vEVENTQ: what the core says, and dmesg', () => {
    const nested = machine();
    attach(nested);
    nested.host.coreResult = EOPNOTSUPP;
    nested.host.raise(event(0x10));
    expect(nested.host.dmesg()).toHaveLength(7);
  });

  test('no device: -EINVAL, (unassigned sid)', () => {
    const { host } = machine();
    host.raise([0x10n | (0x99n << 32n), 0n, 0n, 0n]);
    expect([host.journal.records.at(-1)?.result, host.dmesg()[5]]).toEqual([EINVAL, 'event: F_TRANSLATION client: (unassigned sid) sid: 0x99 ssid: 0x0 iova: 0x0 ipa: 0x0']);
  });

  test('STALL goes the way of page faults, also with S2 = 1', () => {
    const device = { ...DEVICE, canStall: true };
    const nested = machine({}, device);
    attach(nested, VSTE, device);
    nested.host.raise(event(0x10, (1n << 31n) | 5n | (1n << 39n)));
    expect(nested.host.faults).toEqual([[device, { type: 2, flags: 2, pasid: 0, grpid: 5, perm: 2, addr: 0x1234_5678n }]]);
  });

  test('V = 0 is backed by an abort STE: the SMMU raises nothing', () => {
    const nested = machine();
    attach(nested, [0n, 0n]);
    const outcome = nested.host.smmu.translate({ sid: 0x20, iova: 0x1000n, access: 'read' });
    expect([outcome.status, outcome.events]).toEqual(['abort', []]);
  });
});

describe('order of attach (d.8)', () => {
  const started = () => {
    const host = new HostMachine({ generation: 'modern' });
    return { host, dma: host.attached(DEVICE, false) };
  };

  test('stage 1: CD, then STE', () => {
    const host = new HostMachine({ generation: 'modern' });
    host.mark();
    host.attached(DEVICE, false);
    expect(host.names()).toEqual(['CFGI_CD', 'SYNC', 'CFGI_CD', 'SYNC', 'CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC', 'PREFETCH_CONFIG']);
  });

  test('stage 2 after stage 1: STE, then the CD is cleared', () => {
    const { host } = started();
    const parent = must(host.driver.domainAllocPaging(DEVICE, NEST_PARENT, false));
    const names = host.during(() => host.driver.attachDev(parent, DEVICE));
    expect(names.slice(0, 6)).toEqual(['CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC']);
    expect(names.slice(6)).toEqual(['PREFETCH_CONFIG', 'CFGI_CD', 'SYNC', 'CFGI_CD', 'SYNC']);
  });

  test('a device that is detached aborts, and the CD of its domain is cleared', () => {
    const { host, dma } = started();
    expect(host.during(() => host.driver.detachDev(dma, DEVICE))).toEqual(['CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC', 'PREFETCH_CONFIG', 'CFGI_CD', 'SYNC', 'CFGI_CD', 'SYNC']);
    expect(host.memory.read64(dma.s1.cdtabDma)).toBe(0n);
  });

  test('a second device of the domain keeps the CD', () => {
    const { host, dma } = started();
    const second = { ...DEVICE, name: '0000:00:05.0', streamIds: [0x28] };
    host.driver.probeDevice(second);
    expect(host.during(() => host.driver.attachDev(dma, second))).not.toContain('CFGI_CD');
    host.driver.detachDev(dma, DEVICE);
    expect(host.memory.read64(dma.s1.cdtabDma)).not.toBe(0n);
  });
});

test('hwInfo is the ID registers as they are', () => {
  expect(new HostMachine({ generation: 'modern' }).driver.hwInfo()).toEqual({ flags: 0, id: ID });
});
