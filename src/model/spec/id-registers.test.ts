import { expect, test } from 'vitest';
import { PRESETS } from './features.ts';
import type { IdRegisters } from './features.ts';
import { checkIdRegisters } from './id-registers.ts';

const FULL = PRESETS['v3.2'].id;
const MINIMUM = PRESETS.minimum.id;
const QEMU = PRESETS['qemu-11'].id;

test.each(Object.entries(PRESETS))('preset %s is legal', (_name, preset) => {
  expect(checkIdRegisters(preset.id)).toEqual([]);
});

const CASES: readonly (readonly [string, IdRegisters, string])[] = [
  ['no stage', { ...QEMU, IDR0: QEMU.IDR0 & ~0b11, IDR3: QEMU.IDR3 & ~(1 << 4) }, 'S1P and S2P are both 0'],
  ['no tables', { ...QEMU, IDR0: QEMU.IDR0 & ~0b1100 }, 'TTF is 0'],
  ['TTENDIAN 1', { ...QEMU, IDR0: (QEMU.IDR0 & ~(3 << 21)) | (1 << 21) }, 'TTENDIAN 1'],
  ['STALL_MODEL 3', { ...QEMU, IDR0: QEMU.IDR0 | (3 << 24) }, 'STALL_MODEL 3'],
  ['ST_LEVEL 2', { ...QEMU, IDR0: (QEMU.IDR0 & ~(3 << 27)) | (2 << 27) }, 'ST_LEVEL above 1'],
  ['a linear table of 2^7 streams', { ...MINIMUM, IDR1: MINIMUM.IDR1 + 1 }, 'ST_LEVEL is 0'],
  ['no Hyp', { ...FULL, IDR0: FULL.IDR0 & ~(1 << 9) }, 'Hyp is 0'],
  ['SIDSIZE 33', { ...FULL, IDR1: FULL.IDR1 + 1 }, 'SIDSIZE is above 32'],
  ['SSIDSIZE 21', { ...FULL, IDR1: FULL.IDR1 + (1 << 6) }, 'SSIDSIZE is above 20'],
  ['CMDQS 20', { ...FULL, IDR1: FULL.IDR1 + (1 << 21) }, 'a queue is larger'],
  ['no HAD', { ...QEMU, IDR3: QEMU.IDR3 & ~(1 << 2) }, 'HAD is 0'],
  ['no XNX', { ...QEMU, IDR3: QEMU.IDR3 & ~(1 << 4) }, 'XNX is 0'],
  ['PBHA without HAD', { ...QEMU, AIDR: 0, IDR3: (QEMU.IDR3 & ~(1 << 2)) | (1 << 3) }, 'PBHA is 1 without HAD'],
  ['no FWB', { ...FULL, IDR3: FULL.IDR3 & ~(1 << 8) }, 'FWB is 0'],
  ['no RIL', { ...FULL, IDR3: FULL.IDR3 & ~(1 << 10) }, 'RIL is 0'],
  ['BBML 0', { ...FULL, IDR3: FULL.IDR3 & ~(3 << 11) }, 'BBML is 0'],
  ['BBML 3', { ...FULL, IDR3: FULL.IDR3 | (3 << 11) }, 'BBML 3 is reserved'],
  ['no granule', { ...QEMU, IDR5: QEMU.IDR5 & ~0x70 }, 'no granule'],
  ['AArch32 tables without 4K', { ...QEMU, IDR0: QEMU.IDR0 | 0b100, IDR5: QEMU.IDR5 & ~0x10 }, 'GRAN4K is 0'],
  ['OAS 7', { ...FULL, IDR5: FULL.IDR5 | 7 }, 'OAS 7'],
  ['a stall model without room for a stall', { ...FULL, IDR5: FULL.IDR5 & 0xffff }, 'STALL_MAX is 0'],
  ['Hyp without stage 2', { ...QEMU, IDR0: (QEMU.IDR0 & ~1) | (1 << 9), IDR3: QEMU.IDR3 & ~(1 << 4) }, 'Hyp is 1 without both stages'],
  ['NS1ATS without ATS', { ...QEMU, IDR0: QEMU.IDR0 | (1 << 11) }, 'NS1ATS is 1 without ATS'],
  ['PRI without ATS', { ...QEMU, IDR0: QEMU.IDR0 | (1 << 16) }, 'PRI is 1 without ATS'],
  ['VMW without stage 2', { ...QEMU, IDR0: (QEMU.IDR0 & ~1) | (1 << 17), IDR3: QEMU.IDR3 & ~(1 << 4) }, 'VMW is 1 without S2P'],
  ['VATOS without ATOS', { ...QEMU, IDR0: QEMU.IDR0 | (1 << 20) }, 'VATOS is 1 without ATOS'],
  ['stalls forced on PCIe', { ...FULL, IDR0: FULL.IDR0 | (2 << 24) }, 'STALL_MODEL 2 with ATS'],
  ['HTTU 3', { ...QEMU, IDR0: QEMU.IDR0 | (3 << 6) }, 'HTTU 3 is from v3.4'],
  ['RME', { ...QEMU, IDR0: QEMU.IDR0 | (1 << 30) }, 'RME_IMPL is 1 before v3.4'],
  ['control pages without ECMDQ', { ...FULL, IDR6: 1 << 24 }, 'where IDR6 is RES0'],
  ['512 queues in a page', { ...FULL, IDR1: (FULL.IDR1 | (1 << 31)) >>> 0, IDR6: 9 << 16 }, 'LOG2NUMP is above 8'],
  ['PPS without PRI', { ...QEMU, IDR3: QEMU.IDR3 | (1 << 5) }, 'PPS is 1 without PRI'],
  ['XNX without stage 2', { ...QEMU, IDR0: QEMU.IDR0 & ~1 }, 'XNX is 1 without S2P'],
  ['E0PD in v3.2', { ...FULL, IDR3: FULL.IDR3 | (1 << 13) }, 'E0PD or PTWNNC is 1 before v3.3'],
  ['AIE in v3.2', { ...FULL, IDR3: FULL.IDR3 | (1 << 23) }, 'a field from EPAN on'],
  ['STALL_MAX where nothing stalls', { ...QEMU, IDR5: QEMU.IDR5 | (1 << 16) }, 'STALL_MAX is not 0'],
  ['VAX 2', { ...FULL, IDR5: (FULL.IDR5 & ~(3 << 10)) | (2 << 10) }, 'VAX above 1'],
];

test.each(CASES)('IHI 0070 6.3: %s is not', (_what, id, message) => {
  const problems = checkIdRegisters(id);
  expect(problems.map((one) => one.message).join()).toContain(message);
  expect(problems).toHaveLength(1);
});
