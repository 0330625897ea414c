/** ID registers of virtual SMMUs, and which of them a host can stand behind. */
import { decodeFeatures, encode, REGISTERS, setField } from '../../spec/index.ts';
import type { Features, FieldValues, IdRegisters } from '../../spec/index.ts';
import { assert } from '../../base/assert.ts';

function register(name: string, fields: FieldValues): number {
  const record = REGISTERS.get(name);
  assert(record !== undefined, `there is a register ${name}`);
  const words = new Uint32Array(1);
  encode(record, fields, words, 0);
  return words[0]!;
}

/**
 * QEMU's `iommu=nested-smmuv3` (b.2). Constants: nothing of them was asked from the host. TTF 2 is AArch64 tables,
 * STALL_MODEL 1 terminate only, TTENDIAN 2 little-endian, OAS 4 44 bits.
 */
export const QEMU_V10_ID: IdRegisters = {
  IDR0: register('IDR0', { S1P: true, TTF: 2, COHACC: true, ASID16: true, TTENDIAN: 2, STALL_MODEL: 1, TERM_MODEL: true, ST_LEVEL: 1 }),
  IDR1: register('IDR1', { SIDSIZE: 16, CMDQS: 19, EVENTQS: 19 }),
  IDR2: 0,
  IDR3: register('IDR3', { RIL: true, HAD: true }),
  IDR4: 0,
  IDR5: register('IDR5', { GRAN4K: true, GRAN16K: true, GRAN64K: true, OAS: 4 }),
  IDR6: 0,
  IIDR: 0,
  AIDR: 1,
};

/** The same SMMU, that can stall as its host's can (IDR0.STALL_MODEL, IDR5.STALL_MAX). */
export function withStalls(id: IdRegisters, stallModel: number, stallMax: number): IdRegisters {
  const [IDR0, IDR5] = [Uint32Array.of(id.IDR0), Uint32Array.of(id.IDR5)];
  setField(REGISTERS.get('IDR0')!, 'STALL_MODEL', stallModel, IDR0, 0);
  setField(REGISTERS.get('IDR5')!, 'STALL_MAX', stallMax, IDR5, 0);
  return { ...id, IDR0: IDR0[0]!, IDR5: IDR5[0]! };
}

interface Requirement {
  readonly field: string;
  readonly met: (virtual: Features, host: Features) => boolean;
}

const same = (field: string, of: (f: Features) => unknown): Requirement => ({ field, met: (virtual, host) => of(virtual) === of(host) });
const atMost = (field: string, of: (f: Features) => number): Requirement => ({ field, met: (virtual, host) => of(virtual) <= of(host) });
const onlyWith = (field: string, of: (f: Features) => boolean): Requirement => ({
  field,
  met: (virtual, host) => !of(virtual) || of(host),
});

const REQUIREMENTS: readonly Requirement[] = [
  same('ST_LEVEL', (f) => f.twoLevelStreamTable),
  same('TTF', (f) => `${f.ttf32} ${f.ttf64}`),
  { field: 'TTENDIAN', met: (virtual, host) => host.ttendian === 0 || virtual.ttendian === host.ttendian },
  // A host that can do both does what the guest is promised; a guest of one that always stalls sets CD.S, or has C_BAD_CD.
  { field: 'STALL_MODEL', met: (virtual, host) => host.stallModel === 0 || virtual.stallModel === host.stallModel },
  atMost('SIDSIZE', (f) => f.sidSize),
  atMost('SSIDSIZE', (f) => f.ssidSize),
  onlyWith('RIL', (f) => f.ril),
  atMost('OAS', (f) => f.oas),
  onlyWith('ATS', (f) => f.ats),
  onlyWith('GRAN4K', (f) => f.gran4k),
  onlyWith('GRAN16K', (f) => f.gran16k),
  onlyWith('GRAN64K', (f) => f.gran64k),
];

/** Fields in which a virtual SMMU promises what the host's cannot keep (c.9); none: it may be realised. */
export function incompatibleFields(virtual: IdRegisters, host: IdRegisters): string[] {
  const [mine, theirs] = [decodeFeatures(virtual), decodeFeatures(host)];
  return REQUIREMENTS.filter((one) => !one.met(mine, theirs)).map((one) => one.field);
}
