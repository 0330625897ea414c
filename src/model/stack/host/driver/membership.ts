import type { Domain, Master } from './objects.ts';

/** The paging domain whose tables the master's DMA goes through: its own, or the parent of its nested domain. */
export function pagingDomainOf(master: Master): Domain | null {
  const { domain } = master;
  return domain === null || domain.kind === 'paging' ? domain : domain.viommu.parent;
}

export const isMemberOf = (master: Master, domain: Domain): boolean => pagingDomainOf(master) === domain;
