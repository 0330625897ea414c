/** What must be written, and in which order, so that another SMMU becomes the machine of a lab: memory, then registers. */
import type { Machine } from '../../model/lab/index.ts';
import { RegisterPort } from '../../model/smmu/register-port.ts';
import { REGISTERS } from '../../model/spec/index.ts';

export interface MemoryWord {
  readonly pa: bigint;
  readonly value: bigint;
}

export interface RegisterWrite {
  readonly name: string;
  readonly offset: number;
  readonly bits: 32 | 64;
  readonly value: bigint;
}

export interface MachineProgram {
  readonly memory: readonly MemoryWord[];
  readonly registers: readonly RegisterWrite[];
}

const CMDQEN = 8n;

/** 3.11 and 6.3: off, tables and queues with empty indexes, the queues on, the SMMU on. */
const ORDER = ['CR1', 'CR2', 'STRTAB_BASE', 'STRTAB_BASE_CFG', 'CMDQ_BASE', 'EVENTQ_BASE', 'PRIQ_BASE'] as const;
const EMPTY = ['CMDQ_PROD', 'CMDQ_CONS', 'EVENTQ_PROD', 'EVENTQ_CONS'] as const;

/** The words that are not 0; memory of a machine that was just started is 0. */
function memoryOf(machine: Machine): MemoryWord[] {
  const skipped = machine.structures().filter(({ kind }) => kind === 'command-queue' || kind === 'event-queue' || kind === 'pri-queue');
  const isSkipped = (pa: bigint): boolean => skipped.some((one) => one.pa !== null && pa >= one.pa && pa < one.pa + one.size);
  const words: MemoryWord[] = [];
  for (const [base, bytes] of machine.memory.contents()) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 8 <= bytes.byteLength; at += 8) {
      const value = view.getBigUint64(at, true);
      const pa = base + BigInt(at);
      if (value !== 0n && !isSkipped(pa)) words.push({ pa, value });
    }
  }
  return words;
}

function write(name: string, value: bigint): RegisterWrite {
  const { offset, bits } = REGISTERS.get(name)!;
  return { name, offset, bits: bits === 64 ? 64 : 32, value };
}

/** The machine as it is when its documents have built it. Queues start empty: the caches of the other SMMU must be too. */
export function programOf(machine: Machine): MachineProgram {
  const port = new RegisterPort(machine.smmu);
  const hasPri = machine.plan.priQueue !== null;
  const enabled = port.read('CR0');
  const registers = [
    write('CR0', 0n),
    ...ORDER.filter((name) => name !== 'PRIQ_BASE' || hasPri).map((name) => write(name, port.read(name))),
    ...EMPTY.map((name) => write(name, 0n)),
    ...(hasPri ? ['PRIQ_PROD', 'PRIQ_CONS'].map((name) => write(name, 0n)) : []),
    write('CR0', enabled & ~1n & (CMDQEN | 0xeeen)),
    write('CR0', enabled),
  ];
  return { memory: memoryOf(machine), registers };
}
