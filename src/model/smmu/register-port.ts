/** The host's view of the SMMU: registers by name, values by field. Every access goes through the register interface. */
import { assert } from '../base/assert.ts';
import { REGISTERS } from '../spec/index.ts';
import { encode } from '../spec/layout.ts';
import type { RegisterDef } from '../spec/layout.ts';

/** Raw fields of a register under the architecture's names; an address field takes the full address. */
type Fields = Readonly<Record<string, bigint>>;

/** What of the SMMU software can touch. */
export interface RegisterInterface {
  read32(offset: number): number;
  write32(offset: number, value: number): void;
  read64(offset: number): bigint;
  write64(offset: number, value: bigint): void;
}

/** The definition of a register that this program names itself. */
export function registerOf(name: string): RegisterDef {
  const register = REGISTERS.get(name);
  assert(register !== undefined, `there is a register ${name}`);
  return register;
}

function valueOf(register: RegisterDef, fields: Fields): bigint {
  const words = new Uint32Array(register.bytes / 4);
  encode(register, fields, words, 0);
  return (BigInt(words[1] ?? 0) << 32n) | BigInt(words[0]!);
}

export class RegisterPort {
  private readonly smmu: RegisterInterface;

  constructor(smmu: RegisterInterface) {
    this.smmu = smmu;
  }

  read(name: string): bigint {
    const { offset, bits } = registerOf(name);
    return bits === 64 ? this.smmu.read64(offset) : BigInt(this.smmu.read32(offset) >>> 0);
  }

  write(name: string, value: bigint): void {
    const { offset, bits } = registerOf(name);
    if (bits === 64) this.smmu.write64(offset, value);
    else this.smmu.write32(offset, Number(value));
  }

  /** Writes a register from the values of its fields; the others are 0. */
  writeFields(name: string, fields: Fields): void {
    this.write(name, valueOf(registerOf(name), fields));
  }
}
