/** The fields of a refused call that the check which refused it looked at. */
import type { Field } from '../../protocol/contract.ts';

/** By what the hop says that decided; names as in include/uapi/linux, of the structure and of its SMMUv3 part. */
const BY_TEXT: readonly (readonly [said: RegExp, fields: readonly string[]])[] = [
  [/failed a check of the core/, ['argsz', 'version', 'flags', 'padding', 'cache', 'granularity']],
  [/^format is /, ['format']],
  [/^version is /, ['version', 'smmuv3_version']],
  [/^config is /, ['config']],
  [/^pasid_bits is /, ['pasid_bits']],
  [/stage 1 is set already/, ['config', 'base_ptr']],
  [/only the IOTLB can be invalidated|no cache is named/, ['cache']],
  [/there are no PASIDs/, ['granularity', 'flags', 'pasid']],
  [/no ASID is given/, ['flags', 'archid']],
  [/^granule_size /, ['granule_size']],
  [/the range has no bytes|range loop never ends|no whole number of pages/, ['granule_size', 'nb_granules']],
  [/range invalidation support/, ['granularity', 'nb_granules']],
  [/a guest may not issue this command/, ['data_uptr', 'entry_len', 'entry_num']],
  [/^code is /, ['code']],
  [/^version or flags/, ['version', 'flags']],
  [/no page request of that group|no stall of the stream/, ['grpid', 'pasid', 'cookie']],
  [/no vDEVICE|no nest parent|belongs to another SMMU|not NESTED|PASIDs are attached/, ['dev_id', 'pt_id', 'viommu_id', 'hwpt_id']],
  [/^C_BAD_STE|^C_BAD_CD/, ['data_uptr', 'data_len', 'data_type']],
  [/the (ring|queue) is full|kind of event is not reported/, ['type', 'reason']],
];

/** Of a call that says no more than an errno: what every call is checked for first. */
const HEADER = ['argsz', 'size', 'flags', '__reserved'];

/** `said`: by the hop that decided; null where only an errno is known. */
export function refusedFields(fields: readonly Field[], said: string | null): Pick<Field, 'name' | 'value'>[] {
  const names = said === null ? HEADER : (BY_TEXT.find(([pattern]) => pattern.test(said))?.[1] ?? []);
  const named = fields.filter(({ name }) => names.includes(name.slice(name.lastIndexOf('.') + 1)));
  // VFIO's own structure is around the one that was refused.
  const within = said === null ? [] : named.filter(({ name }) => name.includes('.'));
  return (within.length > 0 ? within : named).map(({ name, value }) => ({ name, value }));
}
