/** A translation that a device holds, as a completion gave it (IHI 0070 3.9.1). */
export interface HeldTranslation {
  /** null: without PASID. */
  readonly ssid: number | null;
  readonly privileged: boolean;
  readonly iova: bigint;
  /** A PA, or with split-stage ATS an IPA. */
  readonly address: bigint;
  /** The translation request that brought it. */
  readonly origin: number;
}
