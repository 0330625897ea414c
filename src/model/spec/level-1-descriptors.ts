/** The level-1 descriptors of two-level stream tables (IHI 0070 5.1) and of two-level tables of CDs (5.3): 8 bytes each. */
import { addr, defineRecord, flag, res0, uint } from './layout.ts';

const HIGH_BITS = 'Address bits [55:52] from v3.4.';

export const L1STD = defineRecord({
  id: 'L1STD',
  title: 'Level 1 Stream Table Descriptor',
  bytes: 8,
  section: '5.1',
  fields: [
    uint('Span', 4, 0, 'The level-2 table holds 2^(Span - 1) STEs; 0 and above 11, or more than SPLIT allows, is no table.'),
    res0(5, 5),
    addr('L2Ptr', 51, 6, 'pa', 'Address of the level-2 table of STEs, aligned to its size.'),
    res0(55, 52, HIGH_BITS, { since: 'v3.4' }),
    res0(63, 56),
  ],
});

export const L1CD = defineRecord({
  id: 'L1CD',
  title: 'Level 1 Context Descriptor',
  bytes: 8,
  section: '5.3',
  fields: [
    flag('V', 0, 'The level-2 table exists; when 0 an access through it is refused with C_BAD_SUBSTREAMID.'),
    res0(11, 1),
    addr('L2Ptr', 51, 12, 'by-config', 'Address of the level-2 table of CDs: an IPA when the stream is nested, else a PA.'),
    res0(55, 52, HIGH_BITS, { since: 'v3.4' }),
    res0(63, 56),
  ],
});
