/** An event record as the driver reads it (d.1). It tolerates noise: fields that a record does not define are what they are. */
import type { EventWords } from './types.ts';

export interface DriverEvent {
  readonly id: number;
  readonly sid: number;
  readonly ssv: boolean;
  /** 0 (IOMMU_NO_PASID) without SSV. */
  readonly ssid: number;
  readonly stag: number;
  readonly stall: boolean;
  readonly privileged: boolean;
  readonly instruction: boolean;
  readonly read: boolean;
  readonly s2: boolean;
  readonly class: number;
  readonly ttRead: boolean;
  readonly iova: bigint;
  readonly ipa: bigint;
  readonly fetchAddr: bigint;
}

export const EVENT = {
  C_BAD_STREAMID: 0x02, F_STE_FETCH: 0x03, C_BAD_STE: 0x04, F_STREAM_DISABLED: 0x06, C_BAD_SUBSTREAMID: 0x08, F_CD_FETCH: 0x09, C_BAD_CD: 0x0a,
  F_WALK_EABT: 0x0b, F_TRANSLATION: 0x10, F_ADDR_SIZE: 0x11, F_ACCESS: 0x12, F_PERMISSION: 0x13, F_VMS_FETCH: 0x25,
} as const;

const IPA = 0x000f_ffff_ffff_f000n;
const FETCH_ADDR = 0x000f_ffff_ffff_fff8n;

const bits = (word: bigint, hi: number, lo: number): number => Number((word >> BigInt(lo)) & ((1n << BigInt(hi - lo + 1)) - 1n));
const bit = (word: bigint, at: number): boolean => ((word >> BigInt(at)) & 1n) === 1n;

export function decodeEvent([w0, w1, w2, w3]: EventWords): DriverEvent {
  const ssv = bit(w0, 11);
  return {
    id: bits(w0, 7, 0),
    sid: bits(w0, 63, 32),
    ssv,
    ssid: ssv ? bits(w0, 31, 12) : 0,
    stag: bits(w1, 15, 0),
    stall: bit(w1, 31),
    privileged: bit(w1, 33),
    instruction: bit(w1, 34),
    read: bit(w1, 35),
    s2: bit(w1, 39),
    class: bits(w1, 41, 40),
    ttRead: bit(w1, 44),
    iova: w2,
    ipa: w3 & IPA,
    fetchAddr: w3 & FETCH_ADDR,
  };
}
