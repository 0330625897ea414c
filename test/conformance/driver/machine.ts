/** A machine of several VMs and their driver: it changes tables and configuration at random and issues what the change makes necessary. */
import { Endpoint } from '../../../src/model/endpoint/endpoint.ts';
import { EndpointBus } from '../../../src/model/endpoint/endpoint-bus.ts';
import { fromWords } from '../../../src/model/base/address.ts';
import { PhysicalMemory } from '../../../src/model/memory/physical-memory.ts';
import { namedCommandText } from '../../../src/model/smmu/coherence/stale-hit-text.ts';
import type { NamedCommand } from '../../../src/model/smmu/coherence/stale-hit.ts';
import { commandWords } from '../../../src/model/smmu/coherence/removal.ts';
import { DEFAULT_CACHES, NO_CACHES } from '../../../src/model/smmu/options.ts';
import { Smmu } from '../../../src/model/smmu/smmu.ts';
import type { CacheOptions } from '../../../src/model/smmu/options.ts';
import type { Outcome, Transaction } from '../../../src/model/smmu/smmu.ts';
import { encode, PRESETS, STE } from '../../../src/model/spec/index.ts';
import type { FieldValues } from '../../../src/model/spec/index.ts';
import type { Choices } from '../../../src/model/spec/choices.ts';
import { Heap } from './heap.ts';
import { Commands } from './needs.ts';
import type { Need } from './needs.ts';
import type { Granule } from './page-tables.ts';
import { chance, pick, randomNumbers } from './random.ts';
import type { Random } from './random.ts';
import { Vm } from './vm.ts';
import type { VmShape } from './vm.ts';

const RAM = 0x4000_0000n;
const RAM_BYTES = 64n << 20n;
const COMMAND_QUEUE = RAM + 0x1_0000n;
const HEAP = RAM + 0x10_0000n;
const LOG2_QUEUE = 8;
/** Entries of a second-level stream table. */
const SPLIT = 6;
const SYNC: NamedCommand = { name: 'CMD_SYNC', fields: {} };

export interface Stream {
  readonly sid: number;
  readonly vm: Vm;
  /** Stage 2 alone. */
  readonly stage2Only: boolean;
  readonly endpoint: Endpoint | null;
  fields: FieldValues;
}

export interface MachineOptions {
  /** Issue the least commands, not just any that are enough. */
  readonly least?: boolean;
  /** With the coherence checker, which reads memory too. */
  readonly check?: boolean;
}

const CACHES: readonly CacheOptions[] = [DEFAULT_CACHES, DEFAULT_CACHES, { config: 64, tlb: 64, s1Walk: 16, s2Walk: 16 }, { config: 4, tlb: 4, s1Walk: 4, s2Walk: 4 }, { config: 64, tlb: 0, s1Walk: 64, s2Walk: 64 }];
const granules: readonly Granule[] = [12, 12, 14, 16];

export class DriverMachine {
  readonly random: Random;
  readonly memory = new PhysicalMemory([{ base: RAM, size: RAM_BYTES }]);
  readonly heap = new Heap(HEAP, RAM + RAM_BYTES - HEAP);
  readonly smmu: Smmu;
  /** The same without caches: what every answer has to be. */
  readonly plain: Smmu;
  readonly vms: readonly Vm[];
  readonly streams: Stream[];
  /** What was changed and issued, for whoever reads of a failure. */
  readonly log: string[] = [];
  /** VMIDs that were in use and still may tag entries. */
  readonly oldVmids = new Set<bigint>();
  readonly split: boolean;
  #prod = 0;
  /** Commands until the one that is forgotten; and which one that was. */
  #forget = -1;
  #forgotten: NamedCommand | null = null;
  #level1: bigint;
  readonly #level2 = new Map<number, bigint>();
  readonly #cr0: number;
  readonly #commands: Commands;
  readonly #plainEndpoints = new Map<number, Endpoint>();

  constructor(seed: number, { least = false, check = true }: MachineOptions = {}) {
    const random = (this.random = randomNumbers(seed));
    const wildcard = random(3);
    const e2h = chance(random, 50);
    this.split = chance(random, 50);
    this.#commands = new Commands(random, wildcard, least);
    this.#cr0 = 0b1_1001 | (wildcard << 6);
    const oasCode = pick(random, [4, 5, 6]);
    const id = PRESETS['v3.2'].id;
    const options = { id: { ...id, IDR0: id.IDR0 | (1 << 17), IDR5: (id.IDR5 & ~7) | oasCode }, memory: this.memory };
    const choices: Partial<Choices> = { 'tlb.contiguous': pick(random, ['ignored', 'one-entry']), 'command.completion': pick(random, ['consumption', 'sync']) };
    this.smmu = new Smmu({ ...options, caches: pick(random, CACHES), choices, checkCoherence: check });
    this.plain = new Smmu({ ...options, caches: NO_CACHES, choices });
    const shape = (nested: boolean, world: VmShape['world']): VmShape => ({
      nested,
      world,
      granules: [pick(random, granules), pick(random, granules), pick(random, granules)],
      ...pick<Pick<VmShape, 'cdMax' | 'cdFormat'>>(random, [{ cdMax: 0, cdFormat: 0 }, { cdMax: 2, cdFormat: 0 }, { cdMax: 7, cdFormat: 1 }, { cdMax: 11, cdFormat: 2 }]),
      oasCode,
      updates: chance(random, 30),
    });
    const vmids = [0x10n, 0x20n, 0x30n, 0x40n];
    const worlds = ['EL1', 'EL1', 'EL1', e2h ? 'EL2-E2H' : 'EL2'] as const;
    this.vms = worlds.map((world, i) => new Vm(this.memory, this.heap, vmids[i]!, shape(i < 2, world), random));
    const bus = new EndpointBus();
    this.smmu.connect(bus);
    this.streams = ([[8, 0], [9, 0], [0x48, 0, true], [10, 0, false, true], [0x49, 1, true], [11, 1], [12, 2], [13, 3]] as const).map(([sid, vm, ats, stage2Only]) => {
      const endpoint = ats === true ? new Endpoint(this.smmu, { sid, entries: 16, answers: true, credits: null }) : null;
      if (endpoint !== null) {
        bus.add(endpoint);
        this.#plainEndpoints.set(sid, new Endpoint(this.plain, { sid, entries: 0, answers: true, credits: null }));
      }
      return { sid, vm: this.vms[vm]!, stage2Only: stage2Only === true, endpoint, fields: {} };
    });
    this.#level1 = this.heap.allocate(0x1000n);
    for (const stream of this.streams) this.writeSte(stream);
    for (const smmu of [this.smmu, this.plain]) {
      smmu.write32(0x2c, e2h ? 3 : 2);
      smmu.write32(0x88, (1 << 16) | (SPLIT << 6) | 12);
    }
    this.smmu.write64(0x90, COMMAND_QUEUE | BigInt(LOG2_QUEUE));
    this.start();
  }

  /** SMMUEN, with the stream table where it is now. */
  start(): void {
    for (const smmu of [this.smmu, this.plain]) {
      smmu.write32(0x20, this.#cr0 & ~1);
      smmu.write64(0x80, this.#level1);
      smmu.write32(0x20, smmu === this.plain ? this.#cr0 & ~8 : this.#cr0);
    }
  }

  writeSte({ sid, vm, stage2Only, endpoint, fields }: Stream): void {
    const words = new Uint32Array(16);
    const ats = endpoint === null ? {} : { EATS: this.split ? 2 : 1 };
    const config = stage2Only ? 6 : vm.shape.nested ? 7 : 5;
    encode(STE, { V: true, Config: config, S1DSS: 2, S2R: true, ...vm.steFields, ...ats, ...fields }, words, 0);
    this.memory.writeBytes(this.#steAt(sid), new Uint8Array(words.buffer));
  }

  #steAt(sid: number): bigint {
    const at = sid >> SPLIT;
    if (!this.#level2.has(at)) this.#linkLevel2(at, this.#hostTable(64n << BigInt(SPLIT)));
    return this.#level2.get(at)! + BigInt(sid & ((1 << SPLIT) - 1)) * 64n;
  }

  #hostTable(bytes: bigint): bigint {
    const at = this.heap.allocate(bytes);
    this.memory.fill(at, Number(bytes), 0);
    return at;
  }

  #linkLevel2(at: number, table: bigint): void {
    this.#level2.set(at, table);
    this.memory.write64(this.#level1 + BigInt(at) * 8n, table | BigInt(SPLIT + 1));
  }

  /** Moves the second-level table of a stream; the streams in it. */
  moveLevel2(stream: Stream): { readonly within: readonly Stream[]; free(): void } {
    const at = stream.sid >> SPLIT;
    const old = this.#level2.get(at)!;
    this.#linkLevel2(at, this.#hostTable(64n << BigInt(SPLIT)));
    const within = this.streams.filter(({ sid }) => sid >> SPLIT === at);
    for (const one of within) this.writeSte(one);
    return { within, free: () => this.heap.free(old, 64n << BigInt(SPLIT)) };
  }

  /** Moves the first-level table, while the SMMU is off. */
  moveLevel1(): void {
    const old = this.#level1;
    this.#level1 = this.#hostTable(0x1000n);
    for (const [at, table] of this.#level2) this.#linkLevel2(at, table);
    this.start();
    this.heap.free(old, 0x1000n);
  }

  /** Where the stream table is, in both levels. */
  get streamTables(): readonly (readonly [at: bigint, bytes: bigint])[] {
    return [[this.#level1, 0x1000n], ...[...this.#level2.values()].map((at) => [at, 64n << BigInt(SPLIT)] as const)];
  }

  streamsOf(vm: Vm): readonly Stream[] {
    return this.streams.filter((stream) => stream.vm === vm);
  }

  /** Configuration first, then translations, then what devices hold: a CMD_SYNC after each (smmuv3.md 6.3, 8.2). */
  invalidate(needs: readonly Need[]): void {
    const order = (kinds: readonly Need['kind'][]): readonly Need[] => needs.filter(({ kind }) => kinds.includes(kind));
    for (const kinds of [['STE', 'L1STD', 'CD', 'L1CD', 'every configuration'], ['VA', 'IPA', 'ASID', 'stage 1', 'VMID'], ['ATC']] as const) {
      const commands = order(kinds).flatMap((need) => this.#commands.of(need));
      if (commands.length === 0) continue;
      for (const command of commands) this.issue(command);
      this.issue(SYNC);
    }
  }

  /** Leaves out the command that comes after `before` others; null: there were not so many. */
  forgetOne(before: number, change: () => void): NamedCommand | null {
    this.#forget = before;
    this.#forgotten = null;
    change();
    this.#forget = -1;
    return this.#forgotten;
  }

  issue(command: NamedCommand): void {
    if (command !== SYNC && this.#forget-- === 0) {
      this.#forgotten = command;
      this.log.push(`  (forgotten: ${namedCommandText(command)})`);
      return;
    }
    this.log.push(`  ${namedCommandText(command)}`);
    const at = COMMAND_QUEUE + BigInt(this.#prod & ((1 << LOG2_QUEUE) - 1)) * 16n;
    const [a, b, c, d] = commandWords(command);
    this.memory.write64(at, fromWords(b!, a!));
    this.memory.write64(at + 8n, fromWords(d!, c!));
    this.#prod = (this.#prod + 1) & ((2 << LOG2_QUEUE) - 1);
    this.smmu.write32(0x98, this.#prod);
  }

  /** Issues commands at once, and what completes them. */
  heal(commands: readonly NamedCommand[]): void {
    for (const command of commands) this.issue(command);
    this.issue(SYNC);
  }

  /** What the device gets, through its ATC if it has one. */
  cached({ sid }: Stream, request: Omit<Transaction, 'sid'>): Outcome {
    const endpoint = this.streams.find((one) => one.sid === sid)!.endpoint;
    return endpoint === null ? this.smmu.translate({ sid, ...request }) : endpoint.access({ sid, ...request }, 4);
  }

  /** The same without caches anywhere. */
  fresh({ sid }: Stream, request: Omit<Transaction, 'sid'>): Outcome {
    const endpoint = this.#plainEndpoints.get(sid);
    return endpoint === undefined ? this.plain.translate({ sid, ...request }) : endpoint.access({ sid, ...request }, 4);
  }

  release(): void {
    this.memory.release();
  }
}
