/**
 * What the host's IOMMU core and the uAPI see of the SMMUv3 driver: the iommu_ops of v5.15 with the nine patches
 * ("v16"), and those of iommufd (6.13 and later), by the kernel's names. Numbers of enumerations are those of the uAPI.
 * Functions return 0 or a negative errno; those that make something return it or a negative errno.
 */
import type { IdRegisters } from '../../../spec/features.ts';
import type { OrErrno } from '../../errno.ts';
import type { Gather } from '../../io-pgtable/types.ts';
import type { HostDevice, ReservedRegion } from './device.ts';
import type { Domain, NestedDomain, Viommu } from './objects.ts';

export * from './device.ts';
export type * from './objects.ts';

export { PROT } from '../../io-pgtable/descriptor.ts';

export const PASID_FORMAT_SMMUV3 = 1;
export const PASID_CONFIG = { TRANSLATE: 1, BYPASS: 2, ABORT: 3 } as const;

/** struct iommu_pasid_table_config, after the uAPI (a.1). */
export interface PasidTableConfig {
  readonly version: number;
  /** IPA of the guest's CD table. */
  readonly basePtr: bigint;
  readonly format: number;
  readonly pasidBits: number;
  readonly config: number;
  readonly smmuv3: { readonly version: number; readonly s1fmt: number; readonly s1dss: number };
}

export const INV_CACHE = { IOTLB: 1, DEV_IOTLB: 2, PASID: 4 } as const;
export const INV_GRANU = { DOMAIN: 0, PASID: 1, ADDR: 2 } as const;
export const INV_FLAG = { PASID: 1, ARCHID: 2, LEAF: 4 } as const;

/** struct iommu_cache_invalidate_info, after the uAPI (a.7); `granu` is the member of the union that `granularity` names. */
export interface CacheInvalidateInfo {
  readonly version: number;
  readonly cache: number;
  readonly granularity: number;
  /** Of pasid_info and addr_info. */
  readonly flags: number;
  /** Unsigned, 32 bits. */
  readonly archid: number;
  readonly pasid: bigint;
  /** Of addr_info: an IOVA of the guest; the granule is in bytes. */
  readonly addr: bigint;
  readonly granuleSize: bigint;
  readonly nbGranules: bigint;
}

export const FAULT_TYPE = { DMA_UNRECOV: 1, PAGE_REQ: 2 } as const;
export const FAULT_REASON = {
  UNKNOWN: 0, PASID_FETCH: 1, BAD_PASID_ENTRY: 2, PASID_INVALID: 3, WALK_EABT: 4, PTE_FETCH: 5, PERMISSION: 6, ACCESS: 7, OOR_ADDRESS: 8,
} as const;
export const FAULT_PERM = { READ: 1, WRITE: 2, EXEC: 4, PRIV: 8 } as const;
export const FAULT_UNRECOV = { PASID_VALID: 1, ADDR_VALID: 2, FETCH_ADDR_VALID: 4 } as const;
export const FAULT_PAGE_REQUEST = { PASID_VALID: 1, LAST_PAGE: 2, PRIV_DATA: 4, RESPONSE_NEEDS_PASID: 8 } as const;

/** struct iommu_fault_unrecoverable. */
export interface UnrecoverableFault {
  readonly type: typeof FAULT_TYPE.DMA_UNRECOV;
  readonly reason: number;
  readonly flags: number;
  readonly pasid: number;
  readonly perm: number;
  readonly addr: bigint;
  readonly fetchAddr: bigint;
}

/** struct iommu_fault_page_request. */
export interface PageRequestFault {
  readonly type: typeof FAULT_TYPE.PAGE_REQ;
  readonly flags: number;
  readonly pasid: number;
  readonly grpid: number;
  readonly perm: number;
  readonly addr: bigint;
}

export type IommuFault = UnrecoverableFault | PageRequestFault;

export const PAGE_RESPONSE = { SUCCESS: 0, INVALID: 1, FAILURE: 2 } as const;

/** struct iommu_page_response, after the uAPI. */
export interface PageResponse {
  readonly flags: number;
  readonly pasid: number;
  readonly grpid: number;
  readonly code: number;
}

/** Two 64-bit words of a command, four of an event. */
export type CommandWords = readonly [bigint, bigint];
export type EventWords = readonly [bigint, bigint, bigint, bigint];

/** What the driver calls: the core's half of fault reports. A negative errno makes the driver print the event. */
export interface FaultCore {
  /**
   * iommu_report_device_fault(); -EINVAL when nobody registered a handler for the device. A driver of v5.15 ends what is
   * refused by itself. A current one gives `respond`, its page_response: the core answers INVALID where there is no handler,
   * and where the handler refuses FAILURE, which is no error then.
   */
  reportDeviceFault(device: HostDevice, fault: IommuFault, respond?: (code: number) => void): number;
  /** iommufd_viommu_report_event(); -EOPNOTSUPP when the vIOMMU has no vEVENTQ. */
  reportVevent(viommu: Viommu, words: EventWords): number;
}

export const HWPT_FLAG = { NEST_PARENT: 1, DIRTY_TRACKING: 2, FAULT_ID_VALID: 4, PASID: 8 } as const;

/** struct iommu_hw_info_arm_smmuv3. */
export interface HwInfo {
  readonly flags: number;
  readonly id: IdRegisters;
}

/** How a batch of user commands ended: `handled` is what entry_num becomes (c.5). */
export interface UserInvalidation {
  readonly result: number;
  readonly handled: number;
}

/** The operations of v5.15 with the nine patches. */
export interface IommuOps {
  /** Makes the device known: its STEs exist from here on. -ENODEV without StreamIDs, -ERANGE when one is outside the stream table. */
  probeDevice(device: HostDevice): number;
  releaseDevice(device: HostDevice): void;
  domainAlloc(type: 'unmanaged' | 'dma' | 'identity'): Domain;
  domainFree(domain: Domain): void;
  enableNesting(domain: Domain): number;
  getNesting(domain: Domain): boolean;
  attachDev(domain: Domain | NestedDomain, device: HostDevice): number;
  detachDev(domain: Domain | NestedDomain, device: HostDevice): void;
  map(domain: Domain, iova: bigint, pa: bigint, size: bigint, prot: number): number;
  /** Bytes that were unmapped. */
  unmap(domain: Domain, iova: bigint, size: bigint, gather: Gather): bigint;
  iotlbSync(domain: Domain, gather: Gather): void;
  flushIotlbAll(domain: Domain): void;
  iovaToPhys(domain: Domain, iova: bigint): bigint | null;
  /** The address to program into the device for a doorbell at a PA: in the MSI window, or (without translation) the PA; a negative errno. */
  prepareMsi(device: HostDevice, doorbell: bigint): bigint | number;
  getResvRegions(device: HostDevice): readonly ReservedRegion[];
  attachPasidTable(domain: Domain, config: PasidTableConfig): number;
  detachPasidTable(domain: Domain): void;
  cacheInvalidate(domain: Domain, device: HostDevice, info: CacheInvalidateInfo): number;
  pageResponse(device: HostDevice, response: PageResponse): number;
}

/** The operations that iommufd uses. */
export interface IommufdOps {
  hwInfo(): HwInfo;
  /** `userData`: the caller brought vendor data, which a paging domain refuses. */
  domainAllocPaging(device: HostDevice, flags: number, userData: boolean): OrErrno<Domain>;
  /** 0: this device cannot have a vIOMMU; the core says -EOPNOTSUPP. `why` is for the journal. */
  viommuSize(device: HostDevice): { readonly size: number; readonly why: string };
  viommuAlloc(device: HostDevice, parent: Domain): OrErrno<Viommu>;
  viommuFree(viommu: Viommu): void;
  domainAllocNested(viommu: Viommu, flags: number, ste: readonly [bigint, bigint]): OrErrno<NestedDomain>;
  vdeviceAlloc(viommu: Viommu, device: HostDevice, virtId: bigint): number;
  vdeviceFree(viommu: Viommu, device: HostDevice): void;
  cacheInvalidateUser(viommu: Viommu, commands: readonly CommandWords[]): UserInvalidation;
}

export interface HostDriver extends IommuOps, IommufdOps {
  /** What the SMMU raised: the event thread, the handler of global errors. */
  interrupt(source: 'EVENTQ' | 'PRIQ' | 'CMD_SYNC' | 'GERROR'): void;
}
