import { assert } from '../../base/assert.ts';
import type { Choices } from '../../spec/choices.ts';
import type { Features, IdRegisters } from '../../spec/features.ts';
import type { RegisterDef } from '../../spec/layout.ts';
import { controlPageConstant, isControlPage } from '../ecmdq/control-pages.ts';
import { fieldMask } from './register-field.ts';
import type { Cell } from './register-map.ts';

/**
 * Constants that are not among the identification registers of the features. CoreSight identification (IHI 0070 6.2) is
 * implementation defined; it is the same as QEMU's, which drivers have met. MPAM has the default partition only.
 */
const CONSTANTS: Readonly<Record<string, number>> = {
  PIDR4: 0x04,
  PIDR5: 0x00,
  PIDR6: 0x00,
  PIDR7: 0x00,
  PIDR0: 0x84,
  PIDR1: 0xb4,
  PIDR2: 0xf0,
  PIDR3: 0x10,
  CIDR0: 0x0d,
  CIDR1: 0xf0,
  CIDR2: 0x05,
  CIDR3: 0xb1,
  MPAMIDR: 0,
};

/** GBPA resets to an implementation defined value: incoming attributes (SHCFG = 1), with or without ABORT. */
const GBPA_RESET = { bypass: 0x1000, abort: 0x10_1000 } as const;

/** 6.3.35: the one flag of an UNKNOWN register that has a value after reset. */
const PRI_OVERFLOW = fieldMask('PRIQ_PROD', 'OVFLG');

function constantOf(register: RegisterDef, id: IdRegisters): number {
  const value = (id as unknown as Readonly<Record<string, number>>)[register.id] ?? CONSTANTS[register.id];
  assert(value !== undefined, `${register.id} has no value`);
  return value;
}

function resetWord({ register, half, page, bits }: Cell, features: Features, choices: Choices): number {
  if (isControlPage(register)) return controlPageConstant(register, half, page, features);
  if (register.reset === 'constant') return constantOf(register, features.id);
  if (register.reset === 'IMPDEF') return register.id === 'GBPA' ? GBPA_RESET[choices['GBPA.reset']] : 0;
  if (register.reset === 'UNKNOWN') return choices['registers.unknown-reset'] === 'ones' ? bits & ~(register.id === 'PRIQ_PROD' ? PRI_OVERFLOW : 0) : 0;
  return half === 1 ? 0 : register.reset;
}

/** Sets every register to its value after reset. */
export function resetWords(words: Int32Array, cells: Iterable<Cell>, features: Features, choices: Choices): void {
  words.fill(0);
  for (const cell of cells) words[cell.word] = resetWord(cell, features, choices);
}
