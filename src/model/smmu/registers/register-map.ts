import type { Features } from '../../spec/features.ts';
import { fieldOf, isNamed } from '../../spec/layout.ts';
import type { RegisterDef } from '../../spec/layout.ts';
import { REGISTERS } from '../../spec/registers.ts';
import { CONTROL_PAGE_STRIDE, controlPageCount, isControlPage } from '../ecmdq/control-pages.ts';
import { guardsOf } from './guard.ts';
import type { Guard } from './guard.ts';
import { isPresent } from './presence.ts';
import { maskIn, wordOf } from './register-field.ts';

/** One 32-bit word of a register that exists. */
export interface Cell {
  readonly register: RegisterDef;
  /** Index of the word in an image of pages 0 and 1. */
  readonly word: number;
  /** 1 for the high word of a 64-bit register. */
  readonly half: 0 | 1;
  /** Control page that the register describes; 0 for all others. */
  readonly page: number;
  /** Bits with a meaning on this SMMU; all others are RES0. */
  readonly bits: number;
  readonly writable: boolean;
  readonly guards: readonly Guard[];
  /** The Update bit, without which a write is ignored and which always reads 0; 0 for registers without one. */
  readonly update: number;
  /** Index of the word that acknowledges this one. */
  readonly ack: number | null;
}

/** IDR1.TABLES_PRESET and QUEUES_PRESET fix the bases (IHI 0070 6.3.2). */
function isPreset(register: RegisterDef, features: Features): boolean {
  if (features.tablesPreset && register.id.startsWith('STRTAB_BASE')) return true;
  return features.queuesPreset && /^(CMDQ|EVENTQ|PRIQ)_BASE$/.test(register.id);
}

function cellsOf(register: RegisterDef, features: Features): Cell[] {
  const fields = register.fields.filter((field) => isNamed(field) && isPresent(field, features));
  const guards = guardsOf(register);
  const writable = (register.access === 'rw' || register.access === 'update') && !isPreset(register, features);
  const update = fieldOf(register, 'Update');
  const halves = register.bits === 64 ? ([0, 1] as const) : ([0] as const);
  return halves.map((half) => ({
    register,
    word: (register.offset >>> 2) + half,
    half,
    page: 0,
    bits: fields.reduce((mask, field) => mask | maskIn(field, half), 0),
    writable,
    guards,
    update: update === undefined ? 0 : maskIn(update, half),
    ack: register.ack === undefined ? null : wordOf(register.ack),
  }));
}

/** The words of pages 0 and 1 that hold something on an SMMU with these features, by word index. */
export function registerMap(features: Features): ReadonlyMap<number, Cell> {
  const map = new Map<number, Cell>();
  for (const register of REGISTERS.values()) {
    if (!isPresent(register, features)) continue;
    const pages = isControlPage(register) ? controlPageCount(features) : 1;
    for (const cell of cellsOf(register, features)) {
      for (let page = 0, { word } = cell; page < pages; page++, word += CONTROL_PAGE_STRIDE / 4) map.set(word, { ...cell, word, page });
    }
  }
  return map;
}

const PAGE_1 = 0x10000 >>> 2;

/**
 * Words of page 0 that stand for a register of page 1: the architecture leaves open whether EVENTQ_PROD and its
 * neighbours are also at their offset in page 0 (6.2), and software written against other models expects them there.
 */
export function aliases(map: ReadonlyMap<number, Cell>): ReadonlyMap<number, number> {
  const inPage1 = [...map.keys()].filter((word) => word >= PAGE_1);
  return new Map(inPage1.map((word) => [word - PAGE_1, word]));
}
