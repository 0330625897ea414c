import { describe, expect, test } from 'vitest';
import { cdWords } from '../../../src/model/stack/host/driver/entry.ts';
import { emptyGather } from '../../../src/model/stack/host/driver/tlb.ts';
import { PROT } from '../../../src/model/stack/host/driver/types.ts';
import type { CommandWords, Domain } from '../../../src/model/stack/host/driver/types.ts';
import { isErrno } from '../../../src/model/stack/errno.ts';
import { S1_MAIR } from '../../../src/model/stack/io-pgtable/mair.ts';
import { createPageTable } from '../../../src/model/stack/io-pgtable/page-table.ts';
import type { PageTable } from '../../../src/model/stack/io-pgtable/types.ts';
import { DEVICE, HostMachine, INVALIDATE, TRANSLATE } from './host-machine.ts';
import type { HostOptions } from './host-machine.ts';

const RW = PROT.READ | PROT.WRITE | PROT.CACHE;
/** The guest's RAM: 8 MiB at this IPA, behind it this PA. */
const GUEST_RAM = 0x4000_0000n;
const GUEST_BYTES = 8n << 20n;
const BEHIND = 0x1_2300_0000n;
const GUEST_CD = GUEST_RAM + 0x1000n;
const ASID = 5;
const IOVA = 0x1234_5000n;
const BUFFER = GUEST_RAM + 0x40_0000n;

/** A guest's memory as it sees it: IPAs. */
class GuestMemory {
  readonly #host: HostMachine;
  #next = GUEST_RAM + 0x10_0000n;

  constructor(host: HostMachine) {
    this.#host = host;
  }

  allocate(bytes: number): bigint {
    const size = BigInt(Math.max(bytes, 4096));
    this.#next = (this.#next + size - 1n) & -size;
    this.#next += size;
    return this.#next - size;
  }

  free(): void {
    // The tests take no memory back.
  }

  read64(ipa: bigint): bigint | null {
    return this.#host.memory.read64(ipa - GUEST_RAM + BEHIND);
  }

  write64(ipa: bigint, value: bigint): boolean {
    return this.#host.memory.write64(ipa - GUEST_RAM + BEHIND, value);
  }
}

/** The guest's stage 1: its own tables and its CD. */
function guestStage1(host: HostMachine): PageTable {
  const memory = new GuestMemory(host);
  const tlb = { flushAll: () => undefined, flushWalk: () => undefined, addPage: () => undefined };
  const table = createPageTable({ stage: 1, pgsizeBitmap: 0x4020_1000n, ias: 48, oas: 44, pageSize: 4096n, coherentWalk: true, blockUnmap: 'split', s2fwb: false, memory, tlb })!;
  const { tsz, irgn, orgn, sh, ps } = table.format;
  const cd = cdWords({ V: true, AA64: true, A: true, R: true, EPD1: true, T0SZ: tsz, IR0: irgn, OR0: orgn, SH0: sh, IPS: ps, ASID, TTB0: table.root, MAIR0: Number(S1_MAIR & 0xffff_ffffn) });
  cd.forEach((word, i) => memory.write64(GUEST_CD + BigInt(i) * 8n, word));
  table.mapPages(IOVA, BUFFER, 0x1000n, 1, RW);
  return table;
}

const mapGuestRam = (host: HostMachine, domain: Domain): void => {
  expect(host.driver.map(domain, GUEST_RAM, BEHIND, GUEST_BYTES, RW)).toBe(0);
};

const access = (host: HostMachine) => host.smmu.translate({ sid: 0x20, iova: IOVA, access: 'read' });

/** One stream under the nine patches, or under iommufd; both with everything mapped. */
function nested(generation: 'v16' | 'modern', options: HostOptions = {}): { host: HostMachine; domain: Domain; stage1: PageTable; invalidatePage: () => void } {
  const host = new HostMachine({ generation, ...options });
  if (generation === 'v16') {
    const domain = host.attached();
    mapGuestRam(host, domain);
    const stage1 = guestStage1(host);
    host.driver.attachPasidTable(domain, { ...TRANSLATE, basePtr: GUEST_CD });
    return { host, domain, stage1, invalidatePage: () => void host.driver.cacheInvalidate(domain, DEVICE, { ...INVALIDATE, addr: IOVA, archid: ASID }) };
  }
  host.driver.probeDevice(DEVICE);
  const domain = host.driver.domainAllocPaging(DEVICE, 1, false);
  if (isErrno(domain)) throw new Error('no parent');
  mapGuestRam(host, domain);
  const stage1 = guestStage1(host);
  const viommu = host.driver.viommuAlloc(DEVICE, domain);
  if (isErrno(viommu)) throw new Error('no vIOMMU');
  host.driver.vdeviceAlloc(viommu, DEVICE, 0x20n);
  const guest = host.driver.domainAllocNested(viommu, 0, [GUEST_CD | 0xbn, 0x0800_00d6n]);
  if (isErrno(guest)) throw new Error('no nested domain');
  expect(host.driver.attachDev(guest, DEVICE)).toBe(0);
  const command: CommandWords = [BigInt(ASID) << 48n | 0x12n, IOVA | 0x701n];
  return { host, domain, stage1, invalidatePage: () => void host.driver.cacheInvalidateUser(viommu, [command]) };
}

describe.each(['v16', 'modern'] as const)('a device of a guest does DMA, %s', (generation) => {
  test('IOVA through the guest\'s stage 1, IPA through the host\'s stage 2', () => {
    const { host } = nested(generation);
    expect(access(host)).toMatchObject({ status: 'success', pa: BUFFER - GUEST_RAM + BEHIND });
  });

  test('after the guest\'s unmap the TLB still answers, until its invalidation arrives', () => {
    const { host, stage1, invalidatePage } = nested(generation);
    access(host);
    stage1.unmapPages(IOVA, 0x1000n, 1, emptyGather());
    expect(access(host).status).toBe('success');
    invalidatePage();
    expect(access(host).fault).toMatchObject({ name: 'F_TRANSLATION', stage: 1 });
  });

  test('the fault of stage 1 goes up', () => {
    const { host, stage1, invalidatePage } = nested(generation);
    stage1.unmapPages(IOVA, 0x1000n, 1, emptyGather());
    invalidatePage();
    access(host);
    expect([host.faults.length, host.vevents.length]).toEqual(generation === 'v16' ? [1, 0] : [0, 1]);
  });
});

describe('the host takes a page of the guest away (a.7 subtlety 6, c.5)', () => {
  const unmap = ({ host, domain }: { host: HostMachine; domain: Domain }): void => {
    const gather = emptyGather();
    host.driver.unmap(domain, GUEST_RAM, GUEST_BYTES, gather);
    host.driver.iotlbSync(domain, gather);
  };

  test('v16: the combined entry stays, and the device goes on into memory that is not the guest\'s', () => {
    const machine = nested('v16');
    access(machine.host);
    unmap(machine);
    expect(access(machine.host)).toMatchObject({ status: 'success', pa: BUFFER - GUEST_RAM + BEHIND });
  });

  test('iommufd: NH_ALL of the VMID takes it away', () => {
    const machine = nested('modern');
    access(machine.host);
    unmap(machine);
    expect(access(machine.host).fault).toMatchObject({ stage: 2 });
  });
});

test('a host stage-1 domain translates, and a later unmap is seen at once after the sync', () => {
  for (const generation of ['v16', 'modern'] as const) {
    const host = new HostMachine({ generation });
    const domain = host.attached(DEVICE, false);
    host.driver.map(domain, IOVA, BEHIND, 0x1000n, RW);
    expect(access(host)).toMatchObject({ status: 'success', pa: BEHIND });
    const gather = emptyGather();
    host.driver.unmap(domain, IOVA, 0x1000n, gather);
    host.driver.iotlbSync(domain, gather);
    expect(access(host).fault).toMatchObject({ name: 'F_TRANSLATION', stage: 1 });
  }
});
