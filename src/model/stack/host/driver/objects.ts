/** The driver's objects; they name one another, so they stand together. */
import type { PageTable } from '../../io-pgtable/types.ts';
import type { HostDevice } from './device.ts';

/** enum arm_smmu_domain_stage. */
export type Stage = 'S1' | 'S2' | 'NESTED' | 'BYPASS';

/** struct arm_smmu_s1_cfg: whose CD table the stream uses. */
export interface S1Config {
  /** Stage 1 is on (a.3). */
  set: boolean;
  /** PA of the host's CD table, or IPA of the guest's. */
  cdtabDma: bigint;
  /** log2 of the number of CDs; STE.S1CDMax. */
  s1cdmax: number;
  /** STE.S1Fmt. */
  s1fmt: number;
  /** 0: none was taken. */
  asid: number;
}

/** struct arm_smmu_s2_cfg. */
export interface S2Config {
  set: boolean;
  /** 0: none was taken. */
  vmid: number;
  /** STE word 2 bits [50:32], as a number. */
  vtcr: number;
  vttbr: bigint;
}

/** struct arm_smmu_domain: what a container or a HWPT of paging type is to the driver. */
export interface Domain {
  readonly kind: 'paging';
  readonly type: 'unmanaged' | 'dma' | 'identity';
  stage: Stage;
  /** The driver instance that finalised it; null: no device was ever attached. */
  smmu: object | null;
  readonly s1: S1Config;
  readonly s2: S2Config;
  /** A guest asked for ABORT (patch 4). */
  abort: boolean;
  /** Stage 1: devices of the domain stall. */
  stallEnabled: boolean;
  /** iommufd: may carry nested domains. */
  nestParent: boolean;
  pgtbl: PageTable | null;
  pgsizeBitmap: bigint;
  /** Doorbell pages that are mapped in the MSI window: PA to IOVA. */
  readonly msiPages: Map<bigint, bigint>;
  /** Devices that are attached, in order. */
  readonly masters: Master[];
}

/** struct arm_smmu_nested_domain: a guest's STE, checked and stripped (c.4). */
export interface NestedDomain {
  readonly kind: 'nested';
  readonly viommu: Viommu;
  readonly ste: readonly [bigint, bigint];
  /** The guest's STE lets the device use ATS. */
  readonly enableAts: boolean;
  readonly masters: Master[];
}

/** struct arm_smmu_master: a device as the driver knows it. */
export interface Master {
  readonly device: HostDevice;
  readonly streams: readonly number[];
  /** Width of SubstreamIDs that device and SMMU both have. */
  readonly ssidBits: number;
  /** The device may stall and the SMMU can. */
  readonly stallEnabled: boolean;
  domain: Domain | NestedDomain | null;
  atsEnabled: boolean;
  /** Set while a nested domain is attached: whose guest gets its events, and as which StreamID (c.6). */
  vmaster: { readonly viommu: Viommu; readonly vSid: bigint } | null;
}

/** struct arm_vsmmu: a guest's SMMU as iommufd knows it. Its VMID is its parent's (c.3). */
export interface Viommu {
  readonly parent: Domain;
  readonly vmid: number;
  /** vSID to device. */
  readonly vdevices: Map<bigint, HostDevice>;
}

export function newDomain(type: Domain['type'], stage: Stage): Domain {
  return {
    kind: 'paging',
    type,
    stage,
    smmu: null,
    s1: { set: false, cdtabDma: 0n, s1cdmax: 0, s1fmt: 0, asid: 0 },
    s2: { set: false, vmid: 0, vtcr: 0, vttbr: 0n },
    abort: false,
    stallEnabled: false,
    nestParent: false,
    pgtbl: null,
    pgsizeBitmap: 0n,
    msiPages: new Map(),
    masters: [],
  };
}

/** The vSID under which the vIOMMU knows the device, or null. */
export function vSidOf(viommu: Viommu, device: HostDevice): bigint | null {
  for (const [vSid, one] of viommu.vdevices) if (one === device) return vSid;
  return null;
}
