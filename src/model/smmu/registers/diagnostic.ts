/**
 * Accesses that do nothing, or not what software may expect. The SMMU itself is silent about them; the model tells its
 * user, because a write ignored by a guard is the usual reason why a driver under development "does not work".
 */
export type DiagnosticCode =
  /** Not aligned to its size: RAZ/WI (6.2). */
  | 'unaligned-access'
  /** A 64-bit access over two 32-bit registers: CONSTRAINED UNPREDICTABLE (6.2), RAZ/WI here. */
  | 'split-access'
  /** The register does not exist at all, or not with the advertised features: RES0. */
  | 'reserved-register'
  | 'read-only-register'
  /** The enable bit that guards the register, or its acknowledgement, is 1: v3.2 ignores the write. */
  | 'guarded-register'
  /** A write to a register with an Update bit that did not set it (6.3.15). */
  | 'update-missing'
  /** GERRORN toggled for an error that is not active: CONSTRAINED UNPREDICTABLE (6.3.20); it becomes active here. */
  | 'inactive-error-toggled'
  /** Base bits below the alignment of a table or queue are set; the SMMU takes them as 0 (6.3.24, 6.3.26). */
  | 'misaligned-base';

export interface RegisterDiagnostic {
  readonly code: DiagnosticCode;
  /** Byte offset from the base of the SMMU. */
  readonly offset: number;
  readonly write: boolean;
  /** One sentence. */
  readonly message: string;
}
