/** Where everything lies in the memory of a machine, and whose it is, for whoever has no machine to ask. */
import { hex } from '../../model/base/address.ts';
import { structureName } from '../../model/lab/index.ts';
import type { Located } from '../../model/lab/index.ts';
import type { StructurePlace } from './api.ts';

export const structurePlaces = (structures: readonly Located[]): StructurePlace[] =>
  structures.map((one) => ({
    name: structureName(one),
    owner: one.owner,
    vm: one.vm,
    address: hex(one.address),
    space: one.space,
    pa: one.pa === null ? null : hex(one.pa),
    size: hex(one.size),
  }));
