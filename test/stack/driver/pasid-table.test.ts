import { describe, expect, test } from 'vitest';
import { ABORT, BYPASS, DEVICE, HostMachine, INVALIDATE, TRANSLATE } from './host-machine.ts';

const EINVAL = -22;

describe('arm_smmu_attach_pasid_table (a.5)', () => {
  const attached = () => {
    const host = new HostMachine();
    return { host, domain: host.attached() };
  };

  test('#1 format is not SMMUV3: -EINVAL', () => {
    const { host, domain } = attached();
    expect(host.driver.attachPasidTable(domain, { ...TRANSLATE, format: 2 })).toBe(EINVAL);
  });

  test.each([
    ['version', { ...TRANSLATE, version: 2 }],
    ['smmuv3.version', { ...TRANSLATE, smmuv3: { ...TRANSLATE.smmuv3, version: 0 } }],
  ])('#2 %s is not 1: -EINVAL', (_, config) => {
    const { host, domain } = attached();
    expect(host.driver.attachPasidTable(domain, config)).toBe(EINVAL);
  });

  test('#3 no device was ever attached: -EINVAL', () => {
    const host = new HostMachine();
    const domain = host.driver.domainAlloc('unmanaged');
    host.driver.enableNesting(domain);
    expect(host.driver.attachPasidTable(domain, TRANSLATE)).toBe(EINVAL);
    expect(host.journal.records.at(-1)?.dropped).toBe('no device was ever attached to the domain');
  });

  test('#4 the stage is not NESTED: -EINVAL', () => {
    const host = new HostMachine();
    const domain = host.attached(DEVICE, false);
    expect(host.driver.attachPasidTable(domain, TRANSLATE)).toBe(EINVAL);
    expect(host.journal.records.at(-1)?.dropped).toBe('the domain is of stage S1, not NESTED');
  });

  test('#5 ABORT: the STE aborts', () => {
    const { host, domain } = attached();
    expect(host.driver.attachPasidTable(domain, ABORT)).toBe(0);
    expect([domain.s1.set, domain.abort, host.ste()[0]]).toEqual([false, true, '0000000000000001']);
  });

  test('#6 BYPASS: the STE is stage 2 only, not a bypass of the SMMU', () => {
    const { host, domain } = attached();
    host.driver.attachPasidTable(domain, ABORT);
    expect(host.driver.attachPasidTable(domain, BYPASS)).toBe(0);
    expect([domain.s1.set, domain.abort, host.ste()[0]]).toEqual([false, false, '000000000000000d']);
  });

  test('#7 TRANSLATE while stage 1 is set: -EINVAL, the old configuration runs on', () => {
    const { host, domain } = attached();
    host.driver.attachPasidTable(domain, TRANSLATE);
    const before = host.ste();
    const commands = host.during(() => expect(host.driver.attachPasidTable(domain, { ...TRANSLATE, basePtr: 0x1000n })).toBe(EINVAL));
    expect([host.ste(), commands]).toEqual([before, []]);
  });

  test('#8 TRANSLATE with pasid_bits: -EINVAL; other configurations do not look', () => {
    const { host, domain } = attached();
    expect(host.driver.attachPasidTable(domain, { ...TRANSLATE, pasidBits: 4 })).toBe(EINVAL);
    expect(host.driver.attachPasidTable(domain, { ...BYPASS, pasidBits: 4 })).toBe(0);
  });

  test('#9 TRANSLATE: the table is the guest\'s; s1fmt and s1dss are not looked at', () => {
    const { host, domain } = attached();
    expect(host.driver.attachPasidTable(domain, { ...TRANSLATE, smmuv3: { version: 1, s1fmt: 2, s1dss: 1 } })).toBe(0);
    expect(host.ste().slice(0, 2)).toEqual(['000000084567804f', '00000000080000d6']);
  });

  test('#10 another config: -EINVAL', () => {
    const { host, domain } = attached();
    expect(host.driver.attachPasidTable(domain, { ...TRANSLATE, config: 4 })).toBe(EINVAL);
  });

  test('every device of the domain gets its STE, one that comes later at once', () => {
    const { host, domain } = attached();
    const second = { ...DEVICE, name: '0000:00:05.0', streamIds: [0x28, 0x29] };
    host.driver.probeDevice(second);
    host.driver.attachDev(domain, second);
    host.driver.attachPasidTable(domain, TRANSLATE);
    for (const sid of [0x20, 0x28, 0x29]) expect(host.ste(sid)[0]).toBe('000000084567804f');
    const third = { ...DEVICE, name: '0000:00:06.0', streamIds: [0x30] };
    host.driver.probeDevice(third);
    host.driver.attachDev(domain, third);
    expect(host.ste(0x30)[0]).toBe('000000084567804f');
  });

  test('detach_dev does not clear the configuration', () => {
    const { host, domain } = attached();
    host.driver.attachPasidTable(domain, TRANSLATE);
    host.driver.detachDev(domain, DEVICE);
    expect(host.ste()[0]).toBe('0000000000000001');
    host.driver.attachDev(domain, DEVICE);
    expect(host.ste()[0]).toBe('000000084567804f');
  });

  test('base_ptr is cut to bits 51:6 and not looked at (a.1)', () => {
    const { host, domain } = attached();
    expect(host.driver.attachPasidTable(domain, { ...TRANSLATE, basePtr: 0xfff0_0000_0000_107fn })).toBe(0);
    expect(host.ste()[0]).toBe('000000000000104f');
  });

  test('neither attach nor detach issues CFGI_CD or a TLBI', () => {
    const { host, domain } = attached();
    const names = host.during(() => {
      host.driver.attachPasidTable(domain, TRANSLATE);
      host.driver.detachPasidTable(domain);
    });
    expect(new Set(names)).toEqual(new Set(['CFGI_STE', 'SYNC', 'PREFETCH_CONFIG']));
  });
});

describe('arm_smmu_detach_pasid_table (a.5)', () => {
  test('NESTED: back to stage 2 only', () => {
    const host = new HostMachine();
    const domain = host.attached();
    host.driver.attachPasidTable(domain, ABORT);
    const commands = host.during(() => host.driver.detachPasidTable(domain));
    expect([domain.s1.set, domain.abort, host.ste()[0]]).toEqual([false, false, '000000000000000d']);
    expect(commands).toEqual(['CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC', 'PREFETCH_CONFIG']);
  });

  test('otherwise nothing', () => {
    const host = new HostMachine();
    const domain = host.attached(DEVICE, false);
    expect(host.during(() => host.driver.detachPasidTable(domain))).toEqual([]);
  });
});

describe('iommu_get_nesting (a.2)', () => {
  test('true for stage NESTED only', () => {
    const host = new HostMachine();
    const domain = host.driver.domainAlloc('unmanaged');
    expect(host.driver.getNesting(domain)).toBe(false);
    expect(host.driver.enableNesting(domain)).toBe(0);
    expect(host.driver.getNesting(domain)).toBe(true);
  });

  test('nesting is chosen before the first attach and for unmanaged domains', () => {
    const host = new HostMachine();
    expect(host.driver.enableNesting(host.attached(DEVICE, false))).toBe(-1);
    expect(host.driver.enableNesting(host.driver.domainAlloc('dma'))).toBe(EINVAL);
  });
});

test('an invalidation of a domain whose configuration was replaced names the same VMID', () => {
  const host = new HostMachine();
  const domain = host.attached();
  host.driver.attachPasidTable(domain, TRANSLATE);
  host.mark();
  host.driver.cacheInvalidate(domain, DEVICE, INVALIDATE);
  expect(host.words()).toEqual(['0005000100000012 0000000000001700']);
});
