import { compileFilter, registryOf, toStreamPredicate } from '../../query/index.ts';
import type { Predicate } from '../../query/index.ts';
import { RpcError } from '../../protocol/errors.ts';

/** Of records. Throws an RpcError that says where it is wrong. */
export function compiled(filter: string, devices: Parameters<typeof registryOf>[1]): Predicate {
  const result = compileFilter(filter, registryOf('records', devices));
  if (!result.ok) throw new RpcError(result.error);
  return toStreamPredicate(result.value.condition);
}
