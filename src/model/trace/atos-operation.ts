/** What an address translation operation asks (smmu/atos/atos.ts). */
export interface AtosOperation {
  readonly sid: number;
  /** 0: no SubstreamID; SubstreamID + 1 otherwise. */
  readonly ssidKey: number;
  readonly type: number;
  readonly rnw: number;
  readonly ind: number;
  readonly pnu: number;
  readonly hi: number;
  readonly lo: number;
  /** VATOS: the VMID that the stream must have, and stage 1 only; null for GATOS. */
  readonly vmid: number | null;
}
