/** Which kernel a guest runs, as far as its SMMUv3 driver shows on the command queue. */
import { fieldMask, registerOf } from '../../smmu/registers/register-field.ts';
import type { RegisterInterface } from '../../smmu/register-port.ts';
import type { Generation } from '../host/driver/choices.ts';

export interface Vintage {
  /** Uses IDR3.RIL (5.7 and later). Without it every page or block is invalidated by a command of its own. */
  readonly rangeInvalidation: boolean;
  /** STEs and CDs are updated without a gap (6.10 and later): three CFGI_STE where older ones have two. */
  readonly hitless: boolean;
  /** Devices may stall (5.14 and later). */
  readonly stalls: boolean;
}

/** Kernels by name. */
export const VINTAGES = {
  '5.4': { rangeInvalidation: false, hitless: false, stalls: false },
  '5.15': { rangeInvalidation: true, hitless: false, stalls: true },
  '6.12': { rangeInvalidation: true, hitless: true, stalls: true },
} as const satisfies Readonly<Record<string, Vintage>>;

export const generationOf = (vintage: Vintage): Generation => (vintage.hitless ? 'modern' : 'v16');

const IDR3 = registerOf('IDR3').offset;
const RIL = fieldMask('IDR3', 'RIL');

/** The registers as a driver of this vintage understands them: a bit that it does not know is 0 to it. */
export function registersFor(vintage: Vintage, registers: RegisterInterface): RegisterInterface {
  if (vintage.rangeInvalidation) return registers;
  return {
    read32: (offset) => (offset === IDR3 ? registers.read32(offset) & ~RIL : registers.read32(offset)),
    write32: (offset, value) => registers.write32(offset, value),
    read64: (offset) => registers.read64(offset),
    write64: (offset, value) => registers.write64(offset, value),
  };
}
