/** An operation as its registers ask for it; addresses and the result as signed words. */
export interface AtosRequest {
  readonly sid: number;
  /** 0: no SubstreamID; SubstreamID + 1 otherwise. */
  readonly ssidKey: number;
  readonly type: number;
  readonly rnw: number;
  readonly ind: number;
  readonly pnu: number;
  readonly httui: boolean;
  readonly hi: number;
  readonly lo: number;
  /** VATOS: the VMID that the stream must have, and stage 1 only; null for GATOS. */
  readonly vmid: number | null;
}
