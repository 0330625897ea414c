/** For tests: assigned devices whose containers are fakes, with what they were asked in words. */
import { PASID_CONFIG, INV_GRANU } from '../../host/driver/types.ts';
import { FaultRing } from '../../host/vfio/fault-ring.ts';
import { ResponseRing } from '../../host/vfio/response-ring.ts';
import { mapRegion, readRegion } from '../../host/vfio/region.ts';
import type { VfioRegion } from '../../host/vfio/region.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_CACHE_INVALIDATE_INFO_ADDR } from '../../uapi/vfio-v16/cache-invalidate.ts';
import { VFIO_IOMMU_SET_PASID_TABLE } from '../../uapi/vfio-v16/container.ts';
import { IOMMU_PAGE_RESPONSE } from '../../uapi/vfio-v16/fault.ts';
import { IOMMU_PASID_TABLE_CONFIG } from '../../uapi/vfio-v16/pasid-table.ts';
import { FakeFile, TestGuest } from '../test-guest.ts';
import type { VfioPolicy } from './policy.ts';
import { VfioHost } from './vfio-host.ts';

/** The fault ring is the real one: the region's rules are half of what a VMM can get wrong. */
export class FakeDevice {
  readonly container = new FakeFile();
  readonly ring = new FaultRing();
  /** Answers to page requests, as the kernel gets them. */
  readonly answers: { readonly grpid: number; readonly code: number; readonly flags: number; readonly pasid: number }[] = [];
  readonly responses = new ResponseRing((bytes) => void this.answers.push(decodeStruct(IOMMU_PAGE_RESPONSE, bytes)));
  readonly faultRegion = 9;
  readonly responseRegion = 10;
  private readonly _regions: readonly (VfioRegion | undefined)[] = [this.ring, this.responses];
  readonly regions = {
    readRegion: (index: number, position: number, length: number) => this.#in(index, (region) => readRegion(region, position, length)),
    writeRegion: (index: number, position: number, data: Uint8Array) => this.#in(index, (region) => region.write(position, data)),
    mapRegion: (index: number, position: number, length: number) => this.#in(index, (region) => mapRegion(region, position, length)),
  };
  readonly name: string;
  readonly vSid: number;

  constructor(vSid: number) {
    this.vSid = vSid;
    this.name = `device-${vSid}`;
  }

  #in<T>(index: number, use: (region: VfioRegion) => T): T | number {
    const region = this._regions[index - this.faultRegion];
    return region === undefined ? -22 : use(region);
  }

  /** The ioctls since the last time, in short. */
  asked(): string[] {
    return this.container.take().map(({ cmd, bytes }) => (cmd === VFIO_IOMMU_SET_PASID_TABLE ? pasidTable(bytes) : invalidation(bytes)));
  }
}

const nameOf = (names: Readonly<Record<string, number>>, value: number): string =>
  Object.keys(names).find((name) => names[name] === value) ?? String(value);

function pasidTable(bytes: Uint8Array): string {
  const { config, base_ptr: basePtr } = decodeStruct(IOMMU_PASID_TABLE_CONFIG, bytes, 8);
  return `SET_PASID_TABLE ${nameOf(PASID_CONFIG, config)} 0x${basePtr.toString(16)}`;
}

function invalidation(bytes: Uint8Array): string {
  const info = decodeStruct(IOMMU_CACHE_INVALIDATE_INFO_ADDR, bytes, 8);
  const granularity = nameOf(INV_GRANU, info.granularity);
  if (granularity === 'DOMAIN') return 'INVALIDATE DOMAIN';
  const head = `INVALIDATE ${granularity} flags ${info.flags} archid 0x${info.archid.toString(16)}`;
  return granularity === 'PASID'
    ? head
    : `${head} addr 0x${info.addr.toString(16)} ${info.nb_granules} x 0x${info.granule_size.toString(16)}`;
}

/** A guest on a VMM of this policy with devices of these StreamIDs. */
export function vfioGuest(policy: VfioPolicy, ...sids: readonly number[]): { guest: TestGuest; devices: FakeDevice[] } {
  const devices = sids.map((sid) => new FakeDevice(sid));
  const guest = new TestGuest((side) => new VfioHost(side, devices, policy), policy.whenFull);
  for (const device of devices) device.asked();
  return { guest, devices };
}
