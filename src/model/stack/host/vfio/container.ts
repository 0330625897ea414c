/**
 * A VFIO container with the type 1 backend: groups of devices share domains, one domain for each SMMU, and ioctls act
 * on all of them (b.1). Raw bytes in, errno out; bytes end where the caller's memory does.
 */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import type { UserMemory } from '../../uapi/user-memory.ts';
import {
  VFIO_IOMMU_CACHE_INVALIDATE,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_SET_PASID_TABLE,
  VFIO_IOMMU_TYPE,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_SET_IOMMU,
} from '../../uapi/vfio-v16/container.ts';
import { iommuEnableNesting } from '../core/nesting.ts';
import type { HostDevice } from '../driver/device.ts';
import { DmaMappings } from './dma-mappings.ts';
import type { VfioDomain, VfioGroup } from './groups.ts';
import { cacheInvalidate, setPasidTable } from './nesting-ioctls.ts';

export class VfioContainer {
  private readonly memory: UserMemory;
  private readonly journal: StackJournal;
  private readonly groups: VfioGroup[] = [];
  private readonly _domains: VfioDomain[] = [];
  private readonly mappings: DmaMappings;
  /** null until VFIO_SET_IOMMU. */
  private type: number | null = null;

  constructor(options: { readonly memory: UserMemory; readonly journal: StackJournal }) {
    this.memory = options.memory;
    this.journal = options.journal;
    this.mappings = new DmaMappings(this.memory);
  }

  get domains(): readonly VfioDomain[] {
    return this._domains;
  }

  /** VFIO_GROUP_SET_CONTAINER: with a type set already, the group's devices are attached at once. */
  addGroup(group: VfioGroup): number {
    if (this.groups.includes(group)) return -ERRNO.EINVAL;
    const result = this.type === null ? 0 : this.#attach(group);
    if (result === 0) this.groups.push(group);
    return result;
  }

  /** VFIO_GROUP_UNSET_CONTAINER: the last group to leave takes its domain along, the last of all the mappings and the type. */
  removeGroup(group: VfioGroup): number {
    const at = this.groups.indexOf(group);
    if (at < 0) return -ERRNO.EINVAL;
    this.groups.splice(at, 1);
    const entry = this._domains.find((one) => one.groups.includes(group));
    if (entry !== undefined) this.#detach(entry, group);
    if (this.groups.length === 0) this.type = null;
    return 0;
  }

  /** VFIO_SET_IOMMU, whose argument is a number and no pointer: one of VFIO_IOMMU_TYPE. -EINVAL without a group. */
  setIommu(type: number): number {
    const known = Object.values<number>(VFIO_IOMMU_TYPE).includes(type);
    if (!known || this.groups.length === 0 || this.type !== null) return this.#answer('VFIO_SET_IOMMU', -ERRNO.EINVAL);
    this.type = type;
    for (const group of this.groups) {
      const result = this.#attach(group);
      if (result === 0) continue;
      for (const entry of [...this._domains]) for (const one of [...entry.groups]) this.#detach(entry, one);
      this.type = null;
      return this.#answer('VFIO_SET_IOMMU', result);
    }
    return this.#answer('VFIO_SET_IOMMU', 0);
  }

  /** The domain the device is attached to, or null. */
  domainOf(device: HostDevice): VfioDomain | null {
    return this._domains.find((entry) => entry.groups.some((group) => group.devices.includes(device))) ?? null;
  }

  /**
   * ioctl(container, cmd, user): 0 or a negative errno; `user` is what the argument points to, written in place where
   * the kernel writes. -EINVAL before VFIO_SET_IOMMU, -ENOTTY for what type 1 does not know.
   */
  ioctl(cmd: number, user: Uint8Array): number {
    if (cmd === VFIO_SET_IOMMU || this.type === null) return this.#answer(`ioctl 0x${cmd.toString(16)}`, -ERRNO.EINVAL);
    switch (cmd) {
      case VFIO_IOMMU_MAP_DMA:
        return this.#asked('VFIO_IOMMU_MAP_DMA', user, () => this.mappings.map(this._domains, user));
      case VFIO_IOMMU_UNMAP_DMA:
        return this.#asked('VFIO_IOMMU_UNMAP_DMA', user, () => this.mappings.unmap(this._domains, user));
      case VFIO_IOMMU_SET_PASID_TABLE:
        return this.#asked('VFIO_IOMMU_SET_PASID_TABLE', user, () => setPasidTable(this._domains, user, this.journal));
      case VFIO_IOMMU_CACHE_INVALIDATE:
        return this.#asked('VFIO_IOMMU_CACHE_INVALIDATE', user, () => cacheInvalidate(this._domains, user, this.journal));
      default:
        return this.#asked(`ioctl 0x${cmd.toString(16)}`, user, () => -ERRNO.ENOTTY);
    }
  }

  /** vfio_iommu_type1_attach_group(): into a domain that takes it, which is one of the same SMMU, else into a new one that gets all mappings. */
  #attach(group: VfioGroup): number {
    const domain = group.driver.domainAlloc('unmanaged');
    const entry: VfioDomain = { driver: group.driver, domain, groups: [] };
    const nesting = this.type === VFIO_IOMMU_TYPE.VFIO_TYPE1_NESTING_IOMMU ? iommuEnableNesting(group.driver, domain) : 0;
    const result = nesting !== 0 ? nesting : attachGroup(entry, group);
    if (result !== 0) {
      group.driver.domainFree(domain);
      return result;
    }
    return this.#join(entry, group);
  }

  /**
   * The attach was a trial: a domain that is there already and takes the group is preferred. Domains of other SMMUs are
   * tried too, as they have the same iommu_ops; the driver answers -ENXIO for them (a.9).
   */
  #join(entry: VfioDomain, group: VfioGroup): number {
    for (const other of this._domains) {
      detachGroup(entry, group);
      if (attachGroup({ driver: group.driver, domain: other.domain }, group) === 0) {
        other.groups.push(group);
        group.driver.domainFree(entry.domain);
        return 0;
      }
      const again = attachGroup(entry, group);
      if (again !== 0) {
        group.driver.domainFree(entry.domain);
        return again;
      }
    }
    const replayed = this.mappings.replay(entry);
    if (replayed !== 0) {
      detachGroup(entry, group);
      group.driver.domainFree(entry.domain);
      return replayed;
    }
    entry.groups.push(group);
    this._domains.push(entry);
    return 0;
  }

  #detach(entry: VfioDomain, group: VfioGroup): void {
    detachGroup(entry, group);
    entry.groups.splice(entry.groups.indexOf(group), 1);
    if (entry.groups.length > 0) return;
    this._domains.splice(this._domains.indexOf(entry), 1);
    if (this._domains.length === 0) this.mappings.forget(entry);
    entry.driver.domainFree(entry.domain);
  }

  /** The bytes are kept as they came: the kernel may write into them. */
  #asked(action: string, user: Uint8Array, work: () => number): number {
    const since = this.journal.mark();
    const data = { type: action, bytes: Uint8Array.from(user) };
    const result = work();
    this.journal.record('uapi', action, { domains: this._domains.length }, { result, since, data });
    return result;
  }

  #answer(action: string, result: number): number {
    this.journal.record('uapi', action, {}, { result });
    return result;
  }
}

/** iommu_attach_group(): all its devices, or none. */
function attachGroup({ driver, domain }: Pick<VfioDomain, 'driver' | 'domain'>, group: VfioGroup): number {
  const attached: HostDevice[] = [];
  for (const device of group.devices) {
    const result = driver.attachDev(domain, device);
    if (result !== 0) {
      for (const one of attached) driver.detachDev(domain, one);
      return result;
    }
    attached.push(device);
  }
  return 0;
}

function detachGroup({ driver, domain }: VfioDomain, group: VfioGroup): void {
  for (const device of group.devices) driver.detachDev(domain, device);
}
