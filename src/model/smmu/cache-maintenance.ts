/**
 * What a TLB invalidation command covers (IHI 0070 4.4). `op` is the command without `CMD_TLBI_`. Fields that a
 * command does not have are 0, so a scope says nothing that the command did not.
 */
export interface TlbiScope {
  readonly op:
    'NH_ALL' | 'NH_ASID' | 'NH_VA' | 'NH_VAA' | 'EL2_ALL' | 'EL2_ASID' | 'EL2_VA' | 'EL2_VAA' | 'S12_VMALL' | 'S2_IPA' | 'NSNH_ALL';
  readonly vmid: number;
  /** CR0.VMW as a mask: the bits of the VMID to compare. */
  readonly vmidMask: number;
  readonly asid: number;
  /** VA, or IPA for S2_IPA; bits 11:0 are 0. Signed 32-bit words. */
  readonly addressLo: number;
  readonly addressHi: number;
  /** Only last-level entries; otherwise walk caches of the path too. */
  readonly leaf: boolean;
  /** 0 any level, else only leaf entries of this level. Meaningful with `tg` only. */
  readonly ttl: number;
  /** 0: the single address. 1 4K, 2 16K, 3 64K: (num + 1) * 2^scale granules from the address on. */
  readonly tg: number;
  readonly num: number;
  readonly scale: number;
}

/**
 * What commands do to the caches. CFGI never touches the TLB, TLBI never touches the configuration caches (3.21.3).
 * Every function returns the number of entries that it removed.
 */
export interface CacheMaintenance {
  /** The STE of `sid` with all CDs and L1CDs cached through it; the L1STDs of its path too unless `leaf`. */
  cfgiSte(sid: number, leaf: boolean): number;
  /** The aligned 2^(range+1) StreamIDs that hold `sid`; 31: all (CMD_CFGI_ALL). */
  cfgiSteRange(sid: number, range: number): number;
  /** The CD at table index `ssid`; its L1CD too unless `leaf`. */
  cfgiCd(sid: number, ssid: number, leaf: boolean): number;
  /** All CDs and L1CDs of `sid`. */
  cfgiCdAll(sid: number): number;
  tlbi(scope: TlbiScope): number;
}
