/** A filter after its names and types were checked: what the back ends are made of. */
import type { Field } from './field.ts';
import type { Ranges } from './ranges.ts';

/**
 * Every comparison is "the stored value of the field is in these ranges"; one with a field that is not there is false, whatever the
 * operator, and `not` of it true.
 */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'test'; readonly field: Field; readonly ranges: Ranges }
  | { readonly kind: 'has'; readonly field: Field };
