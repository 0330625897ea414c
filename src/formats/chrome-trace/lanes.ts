/** Where a record is shown in a Chrome trace: one lane for each step, stream, queue and hop, in groups. */
import { hex } from '../../model/base/address.ts';
import { HOPS } from '../../model/trace/hop.ts';
import type { TraceRecord } from '../../model/trace/record.ts';

/** Groups are what the format calls processes, lanes what it calls threads. */
const GROUPS = ['steps', 'streams', 'queues', 'hops', 'SMMU'] as const;
type Group = (typeof GROUPS)[number];

export interface Lane {
  readonly pid: number;
  readonly tid: number;
}

/** Names of devices by StreamID. */
export type DeviceNames = ReadonlyMap<number, string>;

type Place = readonly [group: Group, name: string];

const streamName = (sid: number, devices: DeviceNames): string => {
  const name = devices.get(sid);
  return name === undefined ? `StreamID ${hex(sid)}` : `${name} (StreamID ${hex(sid)})`;
};

function placeOf(record: TraceRecord, devices: DeviceNames): Place {
  switch (record.kind) {
    case 'STEP':
      return ['steps', 'lab'];
    case 'COMMAND':
      return ['queues', record.payload[5] === 0 ? 'command queue' : `ECMDQ ${record.payload[5]! - 1}`];
    case 'EVENT':
      return ['queues', 'event queue'];
    case 'PPR':
    case 'PRI_RESPONSE':
      return ['queues', 'PRI queue'];
    case 'HOP':
      return ['hops', HOPS[record.payload[0]!] ?? 'unknown'];
    default:
      return record.transaction === 0 ? ['SMMU', insideName(record)] : ['streams', streamName(record.sid, devices)];
  }
}

/** What happens outside every transaction. */
function insideName({ kind }: TraceRecord): string {
  switch (kind) {
    case 'REG_READ':
    case 'REG_WRITE':
      return 'registers';
    case 'MEM_WRITE':
      return 'memory';
    case 'IRQ':
    case 'MSI':
    case 'SEV':
      return 'interrupts';
    default:
      return 'other';
  }
}

/** An event that names a group or lane, or says where it stands among others. */
export interface LaneEvent extends Lane {
  readonly ph: 'M';
  readonly name: 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index';
  readonly args: { readonly name: string } | { readonly sort_index: number };
}

/** Viewers take the thread of its process's number for the main one. */
const FIRST_TID = 10;

/** Lanes by name, numbered as they come; `told` is told of each new group and lane. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #groups = new Set<number>();
  readonly #told: (event: LaneEvent) => void;
  readonly #devices: DeviceNames;

  constructor(devices: DeviceNames, told: (event: LaneEvent) => void) {
    this.#devices = devices;
    this.#told = told;
  }

  of(record: TraceRecord): Lane {
    const [group, name] = placeOf(record, this.#devices);
    const key = `${group} ${name}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const pid = GROUPS.indexOf(group) + 1;
    // No two lanes have the same number, not even in different groups: some viewers know threads by it alone.
    const lane = { pid, tid: FIRST_TID + this.#lanes.size };
    const tell = (what: LaneEvent['name'], args: LaneEvent['args']): void => this.#told({ ph: 'M', name: what, ...lane, args });
    if (!this.#groups.has(pid)) {
      this.#groups.add(pid);
      tell('process_name', { name: group });
      tell('process_sort_index', { sort_index: pid });
    }
    tell('thread_name', { name });
    // A request goes through the hops from the guest down, whoever is heard of first.
    tell('thread_sort_index', { sort_index: record.kind === 'HOP' ? record.payload[0]! : lane.tid });
    this.#lanes.set(key, lane);
    return lane;
  }
}
