/** A device as firmware describes it. Devices are compared by identity. */
export interface HostDevice {
  /** As dev_name() prints it: `0000:00:04.0`. */
  readonly name: string;
  /** Its StreamIDs; commands that name one stream name the first. Empty: the device has no fwspec. */
  readonly streamIds: readonly number[];
  /** Width of SubstreamIDs it issues; 0: none. */
  readonly ssidBits: number;
  /** Firmware says it may stall. */
  readonly canStall: boolean;
  /** PCIe ATS is supported. */
  readonly ats: boolean;
  /** Firmware says it is always coherent (IORT CANWBS). */
  readonly canWbs: boolean;
  /** Shared virtual addressing is enabled on it by somebody else. */
  readonly svaEnabled: boolean;
  /** Regions that firmware or the platform reserves, such as a hardware MSI doorbell. */
  readonly reservedRegions: readonly ReservedRegion[];
}

export interface ReservedRegion {
  readonly type: 'direct' | 'direct-relaxable' | 'reserved' | 'msi' | 'sw-msi';
  readonly start: bigint;
  readonly length: bigint;
}

/** The window in which the host maps MSI doorbells (a.9, b.5). */
export const SW_MSI: ReservedRegion = { type: 'sw-msi', start: 0x800_0000n, length: 0x10_0000n };
