import type { StructureRef } from '../../protocol/contract.ts';

/** `stage 1 level 3 table of nic0, the guest's`. */
export const whose = ({ name, owner }: StructureRef): string => `${name}, the ${owner}'s`;
