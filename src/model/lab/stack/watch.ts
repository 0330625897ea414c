/** What a step brought about: records that came into the queues, lines in the kernels' logs, hops in the journal. */
import { fromWords } from '../../base/address.ts';
import { COMMANDS, decode, EVENTS } from '../../spec/index.ts';
import type { FieldValue } from '../../spec/index.ts';
import type { RegisterFile } from '../../smmu/registers/register-file.ts';
import { errnoText } from '../../stack/errno.ts';
import type { HopRecord } from '../../stack/journal.ts';
import type { StackVm } from '../../stack/assembly/index.ts';
import { wordsOf } from '../configuration.ts';
import type { Detail } from '../verbs/verb.ts';
import type { StackBench } from './bench.ts';

/** A command or an event as it lies in a queue. */
export interface Seen {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

export interface Watched {
  readonly commands: readonly Seen[];
  readonly hostEvents: readonly Seen[];
  readonly guestEvents: ReadonlyMap<string, readonly Seen[]>;
  readonly hostLog: readonly string[];
  readonly guestLog: readonly string[];
  readonly hops: readonly HopRecord[];
}

interface Mark {
  readonly commands: number;
  readonly hostEvents: number;
  readonly guestEvents: ReadonlyMap<string, number>;
}

const EVENT_BYTES = 32;
const COMMAND_BYTES = 16;

type Queue = RegisterFile['cmdq'] | RegisterFile['eventq'];
type Read = (address: bigint, length: number) => Uint8Array | null;

/** Records from one producer index to another. */
function records(queue: Queue, from: number, bytes: number, read: Read): Uint32Array[] {
  const found: Uint32Array[] = [];
  const mask = 2 ** (queue.log2Size + 1) - 1;
  for (let index = from; index !== queue.prod; index = (index + 1) & mask) {
    const record = read(fromWords(queue.baseHi, queue.slotLo(index)), bytes);
    if (record !== null) found.push(wordsOf(record));
  }
  return found;
}

function seen(table: typeof COMMANDS | typeof EVENTS, words: Uint32Array): Seen {
  const record = table.byNumber.get(words[0]! & 0xff);
  return record === undefined ? { name: `0x${(words[0]! & 0xff).toString(16)}`, fields: {} } : { name: record.id, fields: decode(record, words, 0) };
}

const eventsOf = (vm: StackVm): Queue => vm.vmm.smmu.registers.eventq;

export class Watch {
  private readonly bench: StackBench;
  private mark: Mark;

  constructor(bench: StackBench) {
    this.bench = bench;
    this.mark = this.#now();
    // How the kernels came up is in the trace, and of no step.
    this.take();
  }

  /** Everything since the last call. */
  take(): Watched {
    const { stack, smmu, memory } = this.bench;
    const mark = this.mark;
    const { registers } = smmu;
    const read: Read = (address, length) => memory.readBytes(address, length);
    const vms = [...stack.vms.values()];
    const guestEvents = new Map(vms.map((vm) => {
      const found = records(eventsOf(vm), mark.guestEvents.get(vm.data.name) ?? 0, EVENT_BYTES, (address, length) => vm.ram.readBytes(address, length));
      return [vm.data.name, found.map((words) => seen(EVENTS, words))];
    }));
    const watched: Watched = {
      commands: records(registers.cmdq, mark.commands, COMMAND_BYTES, read).map((words) => seen(COMMANDS, words)).filter(({ name }) => name !== 'CMD_SYNC'),
      hostEvents: records(registers.eventq, mark.hostEvents, EVENT_BYTES, read).map((words) => seen(EVENTS, words)),
      guestEvents,
      hostLog: stack.host.log.take().map((line) => line.text),
      guestLog: vms.flatMap((vm) => vm.kernel.log.take().map((line) => line.text)),
      hops: stack.journal.take(),
    };
    this.mark = this.#now();
    return watched;
  }

  #now(): Mark {
    const { stack, smmu } = this.bench;
    const vms = [...stack.vms.values()];
    return {
      commands: smmu.registers.cmdq.prod,
      hostEvents: smmu.registers.eventq.prod,
      guestEvents: new Map(vms.map((vm) => [vm.data.name, eventsOf(vm).prod])),
    };
  }
}

/** Hops that a step shows; a step that does the same a thousand times shows its first. */
const SHOWN = 60;

const valueText = (value: HopRecord['detail'][string]): string => (typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value));

function hopText({ action, detail, result, dropped }: HopRecord): string {
  const details = Object.entries(detail).flatMap(([name, value]) => (value === null || value === '' || value === 'answer' ? [] : [`${name} ${valueText(value)}`]));
  const answer = result === undefined || result === 0 ? '' : ` -> ${errnoText(result)}`;
  return `${action}${details.length === 0 ? '' : ` ${details.join(', ')}`}${answer}${dropped === undefined ? '' : `; dropped: ${dropped}`}`;
}

/** The path of a step, hop by hop, then what the kernels printed. */
export function pathOf({ hops, hostLog, guestLog }: Watched): Detail[] {
  const shown = [...hops].sort((a, b) => a.order - b.order).slice(0, SHOWN).map((hop) => ({ name: hop.hop, value: hopText(hop) }));
  const more = hops.length > SHOWN ? [{ name: '...', value: `${hops.length - SHOWN} hops more` }] : [];
  const log = (name: string, lines: readonly string[]): Detail[] => lines.slice(0, SHOWN).map((value) => ({ name, value }));
  return [...shown, ...more, ...log("host's log", hostLog), ...log("guest's log", guestLog)];
}

const seenText = ({ name, fields }: Seen): string => {
  const shown = Object.entries(fields).filter(([field, value]) => Number(value) !== 0 && field !== 'Opcode' && field !== 'EventNumber');
  return `${name}${shown.map(([field, value]) => ` ${field}=0x${BigInt(value).toString(16)}`).join('')}`;
};

/** The same line again and again is said once. */
function counted(lines: readonly string[]): string[] {
  const found: { readonly line: string; times: number }[] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last?.line === line) last.times++;
    else found.push({ line, times: 1 });
  }
  return found.map(({ line, times }) => (times === 1 ? line : `${line}, ${times} times`));
}

/** What can differ between uAPIs, and nothing that differs by chance: what two runs of one guest are compared by. */
export function outlineOf(watched: Watched): string[] {
  const { commands, hostEvents, guestEvents, hostLog, guestLog, hops } = watched;
  const drops = hops.flatMap(({ hop, dropped }) => (dropped === undefined ? [] : [`${hop} dropped it: ${dropped}`]));
  return counted([
    ...commands.map((one) => `command ${seenText(one)}`),
    ...hostEvents.map((one) => `host's event ${seenText(one)}`),
    ...[...guestEvents].flatMap(([vm, events]) => events.map((one) => `event of ${vm} ${seenText(one)}`)),
    ...new Set(drops),
    ...hostLog.map((line) => `host's log: ${line}`),
    ...guestLog.map((line) => `guest's log: ${line}`),
  ]);
}
