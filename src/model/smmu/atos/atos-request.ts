import type { AtosOperation } from '../../trace/atos-operation.ts';

/** An operation as its registers ask for it; addresses and the result as signed words. */
export interface AtosRequest extends AtosOperation {
  readonly httui: boolean;
}
