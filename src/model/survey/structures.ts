/** Every structure that an SMMU reads or writes, and where it lies: stream table, CDs, translation tables, queues. */
import { fromWords, hex } from '../base/address.ts';
import { DEFAULT_CHOICES, STE } from '../spec/index.ts';
import { QueueRegisters } from '../smmu/registers/queue-registers.ts';
import type { QueueName } from '../smmu/registers/queue-registers.ts';
import { halvesOf, surveyContexts } from './contexts.ts';
import { secondStage, stage1View, surveyStreams, usesStage } from './streams.ts';
import type { StreamEntry, StreamSurvey } from './streams.ts';
import { physical } from './surveyed.ts';
import type { AddressView, Surveyed } from './surveyed.ts';
import { TableWalk } from './table-walk.ts';

export type StructureKind = 'stream-table' | 'ste-table' | 'cd-table' | 'stage-1-table' | 'stage-2-table' | 'command-queue' | 'event-queue' | 'pri-queue';

/** A piece of physical memory that holds a structure, or a part of one that stage 2 scatters. */
export interface Structure {
  readonly kind: StructureKind;
  /** Such as `stage 1 level 3 table of StreamID 0x28`. */
  readonly name: string;
  readonly pa: bigint;
  readonly size: bigint;
  /** The stream that it was found by; null: the SMMU's own. */
  readonly sid: number | null;
  /** Stage 1 of a nested stream: its guest wrote it. */
  readonly ofGuest: boolean;
}

const QUEUES: readonly (readonly [name: QueueName, kind: StructureKind, title: string, bytes: number])[] = [
  ['CMDQ', 'command-queue', 'command queue', 16],
  ['EVENTQ', 'event-queue', 'event queue', 32],
  ['PRIQ', 'pri-queue', 'PRI queue', 16],
];

/** A queue's registers over an image of them. */
export function queueOf(name: QueueName, { registers, features }: Surveyed): QueueRegisters {
  // Bringing it up to date writes the SMMU's own index.
  const queue = new QueueRegisters(name, Int32Array.from(registers), features, DEFAULT_CHOICES);
  queue.refresh();
  return queue;
}

const PAGE = 4096n;

class Collector {
  readonly found: Structure[] = [];
  readonly #surveyed: Surveyed;
  /** Tables that many streams share are visited once. */
  readonly #seen = new Set<string>();

  constructor(surveyed: Surveyed) {
    this.#surveyed = surveyed;
  }

  queues(): void {
    for (const [name, kind, title, bytes] of QUEUES) {
      const queue = queueOf(name, this.#surveyed);
      const base = fromWords(queue.baseHi, queue.baseLo);
      if (base === 0n || (name === 'PRIQ' && !this.#surveyed.features.pri)) continue;
      this.found.push({ kind, name: title, pa: base, size: BigInt(bytes * 2 ** queue.log2Size), sid: null, ofGuest: false });
    }
  }

  streamTable({ base, size, tables }: StreamSurvey): void {
    this.found.push({ kind: 'stream-table', name: 'stream table', pa: base, size: BigInt(size), sid: null, ofGuest: false });
    for (const { pa, first, count, from } of tables) {
      if (from === null) continue;
      this.found.push({ kind: 'ste-table', name: `STEs ${hex(first)} to ${hex(first + count - 1)}, by L1STD ${from.index}`, pa, size: BigInt(count * STE.bytes), sid: null, ofGuest: false });
    }
  }

  stream(stream: StreamEntry): void {
    const second = secondStage(stream, this.#surveyed);
    const who = `StreamID ${hex(stream.sid)}`;
    if (second !== null) this.#tables(stream, second, physical(this.#surveyed.memory), `stage 2 level {} table of ${who}`, 'stage-2-table', 'pa');
    if (!usesStage(stream, 1)) return;
    const view = stage1View(stream, this.#surveyed);
    const space = second === null ? 'pa' : `ipa ${second.root} ${second.granule}`;
    const contexts = surveyContexts(stream, view, this.#surveyed);
    for (const table of contexts.tables) {
      const name = table.kind === 'level-1' ? 'level 1 CD table' : table.size === 64 ? 'CD' : 'CD table';
      if (this.#first(`${space}:${table.address}:cd`)) this.#pieces({ kind: 'cd-table', name: `${name} of ${who}`, sid: stream.sid, ofGuest: second !== null }, view, table.address, table.size);
    }
    for (const context of contexts.contexts) {
      const whose = context.ssid === 0 ? who : `${who}, SubstreamID ${hex(context.ssid)}`;
      for (const half of halvesOf(context, view)) this.#tables(stream, half, view, `stage 1 level {} table of ${whose}`, 'stage-1-table', space);
    }
  }

  #tables(stream: StreamEntry, root: Parameters<TableWalk['walk']>[0], view: AddressView, name: string, kind: StructureKind, space: string): void {
    const table = (at: bigint, size: number, level: number, isThere: boolean): boolean => {
      if (!this.#first(`${space}:${at}:${level}:${root.stage}:${root.granule}`)) return false;
      if (isThere || view.space === 'pa') this.#pieces({ kind, name: name.replace('{}', String(level)), sid: stream.sid, ofGuest: view.space === 'ipa' }, view, at, size);
      return isThere;
    };
    new TableWalk(view, this.#surveyed.features, { table, descriptor: () => undefined }).walk(root);
  }

  #first(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** Page by page where stage 2 decides; neighbours are one. */
  #pieces(what: Pick<Structure, 'kind' | 'name' | 'sid' | 'ofGuest'>, view: AddressView, address: bigint, size: number): void {
    if (view.space === 'pa') {
      this.found.push({ ...what, pa: address, size: BigInt(size) });
      return;
    }
    let last: { pa: bigint; size: bigint } | null = null;
    for (let done = 0n; done < BigInt(size); ) {
      const at = address + done;
      const count = PAGE - (at % PAGE) < BigInt(size) - done ? PAGE - (at % PAGE) : BigInt(size) - done;
      const pa = view.toPa(at);
      if (pa !== null && last !== null && last.pa + last.size === pa) last.size += count;
      else if (pa !== null) {
        last = { pa, size: count };
        this.found.push(Object.assign(last, what));
      }
      done += count;
    }
  }
}

/** Structures in the order in which they were found: queues, stream table, then stream by stream. Those that lie in no memory are among them. */
export function surveyStructures(surveyed: Surveyed, streams: StreamSurvey = surveyStreams(surveyed)): Structure[] {
  const collector = new Collector(surveyed);
  collector.queues();
  collector.streamTable(streams);
  for (const stream of streams.streams) collector.stream(stream);
  return collector.found;
}

