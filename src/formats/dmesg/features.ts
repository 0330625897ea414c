/** The driver's own features by bit, as it prints them when it starts; the names of its constants without their prefix. */
export const FEATURE_NAMES = [
  '2_LVL_STRTAB', '2_LVL_CDTAB', 'TT_LE', 'TT_BE', 'PRI', 'ATS', 'SEV', 'MSI', 'COHERENCY', 'TRANS_S1', 'TRANS_S2', 'STALLS', 'HYP', 'STALL_FORCE',
  'VAX', 'RANGE_INV', 'BTM', 'SVA', 'E2H', 'NESTING', 'ATTR_TYPES_OVR', 'HA', 'HD', 'S2FWB', 'BBML2',
] as const;
