import { expect, it } from 'vitest';
import { SECTIONS } from '../../model/spec/index.ts';
import { PLAIN_MESSAGES, plainMessage } from './plain-messages.ts';

it('cites sections that exist', () => {
  for (const [pattern, , section] of PLAIN_MESSAGES) expect(section === '' || SECTIONS.has(section), `${pattern} cites ${section}`).toBe(true);
});

it('names the features that the driver found', () => {
  expect(plainMessage('ias 44-bit, oas 44-bit (features 0x00088705)')?.explanation.cause).toBe(
    'What the driver uses of this SMMU: IPAs of 44 bits, PAs of 44 bits; 2_LVL_STRTAB TT_LE COHERENCY TRANS_S1 TRANS_S2 RANGE_INV NESTING.',
  );
});
