/** Queues of an SMMU, physical or virtual, and its registers, as software would see them. */
import { fromWords, hex } from '../../base/address.ts';
import type { RegisterFile } from '../../smmu/registers/register-file.ts';
import { REGISTERS } from '../../spec/index.ts';
import type { CommandQueue } from '../../smmu/queues/command-queue.ts';
import { commandText, eventText } from '../../trace/queue-text.ts';
import { wordsOf } from '../configuration.ts';
import type { Detail } from '../verbs/verb.ts';
import type { Shown } from './view.ts';

type Read = (address: bigint, bytes: number) => Uint8Array | null;
type Queue = RegisterFile['cmdq'];

/** The newest records that are shown, consumed or not. */
const NEWEST = 16;

interface Kind {
  readonly name: string;
  readonly bytes: number;
  readonly text: (words: Uint32Array) => string;
}

const COMMANDS: Kind = { name: 'command', bytes: 16, text: commandText };
const EVENTS: Kind = { name: 'event', bytes: 32, text: eventText };

/** Slots that were never written hold zeroes, and are no records. */
function newest(queue: Queue, { name, bytes, text }: Kind, read: Read): Detail[] {
  const size = 2 ** queue.log2Size;
  const waiting = queue.consistent ? queue.occupancy : 0;
  return Array.from({ length: Math.min(NEWEST, size) }, (_, i) => Math.min(NEWEST, size) - i).flatMap((back): Detail[] => {
    const record = read(fromWords(queue.baseHi, queue.slotLo(queue.prod + 2 * size - back)), bytes);
    if (record === null || record.every((byte) => byte === 0)) return [];
    return [{ name: back <= waiting ? `${name}, waits` : name, value: text(wordsOf(record)) }];
  });
}

const place = (name: string, queue: Queue): Detail => ({
  name: `${name} queue`,
  value: `at ${hex(fromWords(queue.baseHi, queue.baseLo))}, ${2 ** queue.log2Size} entries, PROD ${hex(BigInt(queue.prod))}, CONS ${hex(BigInt(queue.cons))}${queue.full ? ', full' : ''}${queue.overflowed ? ', overflowed' : ''}`,
});

/** Enhanced command queues that software has touched: their place and their commands. */
export type Enhanced = readonly (readonly [number, CommandQueue])[];

function enhancedDetails(enhanced: Enhanced, read: Read): Detail[] {
  return enhanced.flatMap(([number, queue]) => {
    const { name, value } = place(`enhanced command ${number}`, queue.ring);
    return [{ name, value: queue.view().stopped ? `${value}, stopped` : value }, ...newest(queue.ring, COMMANDS, read)];
  });
}

/** `ECMDQ3_pending`, `ECMDQ3_stopped`. */
const enhancedFields = (enhanced: Enhanced): Record<string, bigint> =>
  Object.fromEntries(enhanced.flatMap(([number, queue]) => {
    const { pending, stopped } = queue.view();
    return [[`ECMDQ${number}_pending`, BigInt(pending)], [`ECMDQ${number}_stopped`, stopped ? 1n : 0n]] as const;
  }));

/** `whose`: `the SMMU`, `the SMMU of vm0`. */
export function inspectQueues(whose: string, { cmdq, eventq }: RegisterFile, read: Read, enhanced: Enhanced = []): Shown {
  const pending = (queue: Queue): number => (queue.consistent ? queue.occupancy : 0);
  return {
    text: `${pending(cmdq)} commands and ${pending(eventq)} events wait in the queues of ${whose}`,
    details: [place('command', cmdq), ...newest(cmdq, COMMANDS, read), ...enhancedDetails(enhanced, read), place('event', eventq), ...newest(eventq, EVENTS, read)],
    fields: {
      commands: BigInt(pending(cmdq)), events: BigInt(pending(eventq)), overflowed: eventq.overflowed ? 1n : 0n,
      CMDQ_PROD: BigInt(cmdq.prod), CMDQ_CONS: BigInt(cmdq.cons), EVENTQ_PROD: BigInt(eventq.prod), EVENTQ_CONS: BigInt(eventq.cons),
      ...enhancedFields(enhanced),
    },
  };
}

/** Every register by name; those that are not 0 are shown. */
export function inspectRegisters(whose: string, registers: RegisterFile): Shown {
  const fields = Object.fromEntries([...REGISTERS.values()].map(({ id, offset, bits }) => {
    const lo = BigInt(registers.peek(offset) >>> 0);
    return [id, bits === 64 ? lo | (BigInt(registers.peek(offset + 4) >>> 0) << 32n) : lo];
  }));
  const set = Object.entries(fields).filter(([, value]) => value !== 0n);
  return { text: `${set.length} registers of ${whose} are not 0`, details: set.map(([name, value]) => ({ name, value: hex(value) })), fields };
}
