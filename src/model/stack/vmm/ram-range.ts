/** A range of the VM's RAM. Only RAM is mapped for devices: what lies in BARs of other devices, stage 2 does not have (b.3). */
export interface RamRange {
  /** Where in the VMM's memory. */
  readonly vaddr: bigint;
  readonly ipa: bigint;
  readonly size: bigint;
}
