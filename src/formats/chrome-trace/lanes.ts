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

/** Lanes by name, numbered from 1 as they come; `named` is told of each new group and lane. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #named: (what: 'process_name' | 'thread_name', lane: Lane, name: string) => void;
  readonly #devices: DeviceNames;

  constructor(devices: DeviceNames, named: (what: 'process_name' | 'thread_name', lane: Lane, name: string) => void) {
    this.#devices = devices;
    this.#named = named;
  }

  of(record: TraceRecord): Lane {
    const [group, name] = placeOf(record, this.#devices);
    const key = `${group} ${name}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const pid = GROUPS.indexOf(group) + 1;
    const others = [...this.#lanes.values()].filter((lane) => lane.pid === pid).length;
    const lane = { pid, tid: others + 1 };
    this.#lanes.set(key, lane);
    if (others === 0) this.#named('process_name', lane, group);
    this.#named('thread_name', lane, name);
    return lane;
  }
}
