import type { FieldDef, RegisterDef } from '../../spec/layout.ts';
import { maskIn, registerOf, fieldMask, wordOf } from './register-field.ts';

/**
 * What makes bits of a register read-only: an enable that is 1, or whose acknowledgement is (IHI 0070 6.3, "guarded").
 * From v3.2 on a write to guarded bits is ignored; earlier versions leave it open (choice registers.guarded-write).
 */
export interface Guard {
  /** Guarded bits, by word of the register. */
  readonly masks: readonly number[];
  /** `CR0.SMMUEN`. */
  readonly enable: string;
  /** Word indexes of the enable's register and of its acknowledgement, and the bit in both. */
  readonly word: number;
  readonly ackWord: number;
  readonly bit: number;
}

function guardOf(enable: string, masks: readonly number[]): Guard {
  const [name, field] = enable.split('.') as [string, string];
  const ack = registerOf(name).ack ?? name;
  return { masks, enable, word: wordOf(name), ackWord: wordOf(ack), bit: fieldMask(name, field) };
}

const halves = (register: RegisterDef): readonly number[] => (register.bits === 64 ? [0, 1] : [0]);

const fieldGuards = (register: RegisterDef, field: FieldDef): Guard[] =>
  (field.guard ?? []).map((enable) =>
    guardOf(
      enable,
      halves(register).map((half) => maskIn(field, half)),
    ),
  );

/** All guards of a register: of the whole of it, and of single fields. */
export function guardsOf(register: RegisterDef): readonly Guard[] {
  const whole = register.guard.map((enable) =>
    guardOf(
      enable,
      halves(register).map(() => -1),
    ),
  );
  return [...whole, ...register.fields.flatMap((field) => fieldGuards(register, field))];
}

/** Whether the guard is on: the enable or its acknowledgement is 1. */
export const isActive = (guard: Guard, words: Int32Array): boolean => ((words[guard.word]! | words[guard.ackWord]!) & guard.bit) !== 0;
