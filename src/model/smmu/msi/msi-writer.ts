import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import type { Features } from '../../spec/features.ts';
import { addressHi, addressLo } from '../../spec/layout.ts';
import type { Journal } from '../journal.ts';
import type { GlobalError } from '../registers/global-error.ts';
import { INTERRUPT_SOURCES } from '../registers/interrupt.ts';
import type { InterruptSource } from '../registers/interrupt.ts';
import { registerOf, wordOf } from '../registers/register-field.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { maskHi, maskLo } from '../walk/geometry.ts';

/** The GERROR bit of an MSI that memory refused (IHI 0070 6.3.19). */
const ABORTS: Readonly<Record<InterruptSource, GlobalError>> = {
  EVENTQ: 'MSI_EVENTQ_ABT_ERR',
  PRIQ: 'MSI_PRIQ_ABT_ERR',
  CMD_SYNC: 'MSI_CMDQ_ABT_ERR',
  GERROR: 'MSI_GERROR_ABT_ERR',
};

/** Where a source's *_IRQ_CFG0 and CFG1 are. */
function configurationOf(source: string) {
  const address = registerOf(`${source}_IRQ_CFG0`);
  return {
    at: wordOf(address.id),
    hi: addressHi(address, 'ADDR'),
    lo: addressLo(address, 'ADDR'),
    data: registerOf(`${source}_IRQ_CFG1`).offset,
  };
}

const CONFIGURATIONS = { EVENTQ: configurationOf('EVENTQ'), PRIQ: configurationOf('PRIQ'), GERROR: configurationOf('GERROR') };

/**
 * Message-signalled interrupts (3.18): a 32-bit write to memory. A source with an address of 0 sends none; its wire, which
 * the model always has, is asserted all the same. CMD_SYNC brings its own address and data (4.7.3).
 */
export class MsiWriter {
  private readonly features: Features;
  private readonly memory: PhysicalMemory;
  private readonly registers: RegisterFile;
  private readonly journal: Journal;

  constructor(features: Features, memory: PhysicalMemory, registers: RegisterFile, journal: Journal) {
    this.features = features;
    this.memory = memory;
    this.registers = registers;
    this.journal = journal;
  }

  /** The MSI of an interrupt that IRQ_CTRL let through. */
  signal(source: InterruptSource): void {
    if (!this.features.msi || source === 'CMD_SYNC') return;
    const { at, hi, lo, data } = CONFIGURATIONS[source];
    const words = this.registers.image;
    this.write(source, hi(words, at), lo(words, at), this.registers.peek(data));
  }

  /** Writes `data` at PA (hi, lo), which is cut off at OAS (3.4.3). An abort becomes the source's global error. */
  write(source: InterruptSource, hi: number, lo: number, data: number): void {
    const { msi, oas } = this.features;
    if (!msi || (hi | lo) === 0) return;
    const atHi = hi & ~maskHi(63, oas);
    const atLo = lo & ~maskLo(63, oas);
    const written = this.memory.store32(atHi, atLo, data | 0);
    this.journal.msi(INTERRUPT_SOURCES.indexOf(source), atHi, atLo, data | 0, written ? 0 : 1);
    if (!written) this.registers.activateError(ABORTS[source]);
  }
}
