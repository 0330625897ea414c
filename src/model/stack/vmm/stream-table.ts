/** The guest's stream table as a VMM reads it (IHI 0070 3.3.1, 5.1): every address in it is an IPA. */
import { fromWords } from '../../base/address.ts';
import { accessor, L1STD, wide } from '../../spec/index.ts';
import type { RegisterFile } from '../../smmu/registers/register-file.ts';
import { readWords } from './guest-memory.ts';
import type { GuestMemory } from './guest-memory.ts';

const STE_WORDS = 16;
const span = accessor(L1STD, 'Span');
const l2Ptr = wide(L1STD, 'L2Ptr');

export type FoundSte = { readonly words: Int32Array } | { readonly event: 'C_BAD_STREAMID' | 'F_STE_FETCH' };

/** Reads the STE of a StreamID, or tells which event the architecture has for the attempt. */
export function findSte(registers: RegisterFile, memory: GuestMemory, sid: number): FoundSte {
  const bits = registers.strtabEffective;
  if (bits < 32 && sid >>> bits !== 0) return { event: 'C_BAD_STREAMID' };
  const base = fromWords(registers.strtabBaseHi, registers.strtabBaseLo);
  return registers.strtabTwoLevel ? throughLevel1(base, registers.strtabSplit, memory, sid) : ste(memory, base, sid);
}

function throughLevel1(base: bigint, split: number, memory: GuestMemory, sid: number): FoundSte {
  const descriptor = readWords(memory, base + BigInt(sid >>> split) * 8n, 2);
  if (descriptor === null) return { event: 'F_STE_FETCH' };
  const within = sid & ((1 << split) - 1);
  const bits = span(descriptor, 0) - 1;
  if (bits < 0 || bits > split || within >>> bits !== 0) return { event: 'C_BAD_STREAMID' };
  // 5.1: the table is taken as aligned to its size.
  return ste(memory, l2Ptr(descriptor, 0) & -(64n << BigInt(bits)), within);
}

function ste(memory: GuestMemory, base: bigint, index: number): FoundSte {
  const words = readWords(memory, base + BigInt(index) * 64n, STE_WORDS);
  return words === null ? { event: 'F_STE_FETCH' } : { words };
}
