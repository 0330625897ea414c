/** A rule: one condition of the architecture, with the section that states it and the event that tells of it. */
import type { Features } from '../features.ts';
import type { Words } from '../fields.ts';

export type RuleEvent =
  | 'none'
  | 'F_UUT'
  | 'C_BAD_STREAMID'
  | 'F_STE_FETCH'
  | 'C_BAD_STE'
  | 'F_BAD_ATS_TREQ'
  | 'F_STREAM_DISABLED'
  | 'F_TRANSL_FORBIDDEN'
  | 'C_BAD_SUBSTREAMID'
  | 'F_CD_FETCH'
  | 'C_BAD_CD'
  | 'F_WALK_EABT'
  | 'F_TRANSLATION'
  | 'F_ADDR_SIZE'
  | 'F_ACCESS'
  | 'F_PERMISSION'
  | 'F_TLB_CONFLICT';

export interface Rule {
  /** Such as 'ste.s2t0sz.range'. */
  readonly id: string;
  readonly section: string;
  /** What the SMMU records when the rule decides; 'none' when nothing. */
  readonly event: RuleEvent;
  /**
   * Fields the rule looks at: `STE.S2PTW`, `IDR5.OAS`; `S1.AP` of a stage 1 descriptor, whatever its granule and level. A rule about
   * the legality of an STE or CD has those of its own structure by their bare names.
   */
  readonly fields: readonly string[];
  /** One sentence. */
  readonly doc: string;
}

export interface SteRule extends Rule {
  /** Values of STE.Config for which the rule is asked. */
  readonly configs: readonly number[];
  /** Whether the STE at word index `at` breaks the rule. */
  violated(ste: Words, at: number, f: Features): boolean;
  /** What is wrong with this STE, with its values. */
  message(ste: Words, at: number, f: Features): string;
}

export interface CdRule extends Rule {
  /** Whether the CD breaks the rule on the stream of this STE; `e2h` is CR2.E2H. */
  violated(cd: Words, at: number, ste: Words, steAt: number, f: Features, e2h?: boolean): boolean;
  /** What is wrong with this CD, with its values. */
  message(cd: Words, at: number, ste: Words, steAt: number, f: Features, e2h?: boolean): string;
}
