import { fieldMask, wordOf } from './register-field.ts';

/** Interrupt sources of a Non-secure SMMU (IHI 0070 3.18); a trace record holds the index. */
export const INTERRUPT_SOURCES = ['EVENTQ', 'PRIQ', 'CMD_SYNC', 'GERROR'] as const;

export type InterruptSource = (typeof INTERRUPT_SOURCES)[number];

const ACK = wordOf('IRQ_CTRLACK');

const ENABLES: Readonly<Record<InterruptSource, number | null>> = {
  EVENTQ: fieldMask('IRQ_CTRLACK', 'EVENTQ_IRQEN'),
  PRIQ: fieldMask('IRQ_CTRLACK', 'PRIQ_IRQEN'),
  // CMD_SYNC asks for its own interrupt, which nothing gates.
  CMD_SYNC: null,
  GERROR: fieldMask('IRQ_CTRLACK', 'GERROR_IRQEN'),
};

/** Whether IRQ_CTRL lets a source through (6.3.17). */
export function isEnabled(source: InterruptSource, words: Int32Array): boolean {
  const enable = ENABLES[source];
  return enable === null || (words[ACK]! & enable) !== 0;
}
