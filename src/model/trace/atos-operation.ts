/** What an address translation operation asks (smmu/atos/atos.ts). */
export interface AtosOperation {
  readonly sid: number;
  readonly ssidKey: number;
  readonly type: number;
  readonly rnw: number;
  readonly ind: number;
  readonly pnu: number;
  readonly hi: number;
  readonly lo: number;
  readonly vmid: number | null;
}
