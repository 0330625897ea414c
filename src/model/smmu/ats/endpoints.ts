import type { PageResponseCode } from '../../trace/record.ts';

/** CMD_ATC_INV as it goes to a device (IHI 0070 4.5.1). */
export interface AtcInvalidation {
  readonly sid: number;
  /** null: entries without PASID. */
  readonly ssid: number | null;
  /** Of every PASID; only with a PASID. */
  readonly global: boolean;
  readonly iova: bigint;
  /** log2 of the number of 4 KiB pages, aligned; 52 is everything. */
  readonly size: number;
}

/** A response to a group of page requests, of CMD_PRI_RESP or of the SMMU itself (4.5.2, 8.1). */
export interface PageResponse {
  readonly sid: number;
  readonly ssid: number | null;
  /** PRGIndex. */
  readonly group: number;
  readonly code: PageResponseCode;
  /** The SMMU answered by itself: the queue could not take the request. */
  readonly automatic: boolean;
}

/** The devices behind the SMMU, as far as it talks to them. */
export interface Endpoints {
  /** False: no completion came in time. A device that refuses (UR) has answered (7.1). */
  invalidate(invalidation: AtcInvalidation): boolean;
  respond(response: PageResponse): void;
}
