/** A whole case drawn from a seed: a machine, how it is programmed, and DMA with changes and commands between. */
import { COMMANDS, encode, REGISTERS } from '../../../model/spec/index.ts';
import type { FieldValues } from '../../../model/spec/index.ts';
import type { Action, Asked, AskedCase } from '../case.ts';
import { bentWord, cdBend, steBend } from './bends.ts';
import { wordBytes } from './memory-image.ts';
import { PLACES, RandomMachine, SIDS } from './random-machine.ts';
import { Draw } from './rng.ts';

const QUEUE_LOG2SIZE = 8n;
const LENGTH = 4;
const PAGE_WORDS = 1024;

const register = (name: string): bigint => BigInt(REGISTERS.get(name)!.offset);
const set32 = (name: string, value: bigint | number): Action => ['reg32', register(name), BigInt(value)];
const set64 = (name: string, value: bigint): Action => ['reg64', register(name), value];

class CaseWriter {
  readonly draw: Draw;
  readonly machine: RandomMachine;
  /** How caching is tried: not at all (all removed before each transaction), or by commands that may or may not be enough. */
  readonly flushes: boolean;
  #prod = 0;

  constructor(draw: Draw) {
    this.draw = draw;
    this.machine = new RandomMachine(draw);
    this.flushes = draw.chance(40);
  }

  setup(): Action[] {
    const { machine, draw } = this;
    if (draw.chance(60)) for (let count = draw.between(1, 3); count > 0; count--) this.#bend();
    const format = machine.twoLevel ? (1n << 16n) | (8n << 6n) | 12n : BigInt(machine.log2size);
    return [
      set32('CR0', 0),
      set32('CR1', 0xd75),
      set32('CR2', draw.chance(50) ? 6 : 4),
      set64('CMDQ_BASE', PLACES.commandQueue | QUEUE_LOG2SIZE),
      set32('CMDQ_PROD', 0),
      set32('CMDQ_CONS', 0),
      set64('EVENTQ_BASE', PLACES.eventQueue | QUEUE_LOG2SIZE),
      set32('EVENTQ_PROD', 0),
      set32('EVENTQ_CONS', 0),
      set64('STRTAB_BASE', PLACES.streamTable),
      set32('STRTAB_BASE_CFG', format),
      set32('CR0', 0xd),
      ...machine.image.actions(),
      ...this.#command('CMD_CFGI_STE_RANGE', { Range: 31 }),
      ...this.#command('CMD_TLBI_NSNH_ALL', {}),
      ...this.#command('CMD_SYNC', {}),
    ];
  }

  transactions(): Asked[] {
    const { draw } = this;
    const asked: Asked[] = [];
    for (let count = draw.between(6, 14); count > 0; count--) {
      const pre = this.flushes ? this.#command('CMD_TLBI_NSNH_ALL', {}) : this.#changes();
      const sid = draw.chance(80) ? SIDS.main : draw.pick([SIDS.other, SIDS.other, SIDS.none, SIDS.far]);
      const before = asked.at(-1);
      const op = draw.pick(['R', 'W'] as const);
      const iova = before !== undefined && draw.chance(35) ? before.iova : this.#address();
      asked.push({ pre, op, sid, iova, len: LENGTH, wdata: op === 'W' ? wordBytes(draw.bits(32)).subarray(0, LENGTH) : null });
    }
    return asked;
  }

  /** Where a mapping is, with a tag perhaps, or anywhere. */
  #address(): bigint {
    const { draw, machine } = this;
    const one = draw.pick(machine.mapped);
    const offset = BigInt(draw.below(PAGE_WORDS)) * 4n;
    if (draw.chance(80)) return one.address + offset;
    if (draw.chance(50)) return BigInt.asUintN(64, ((one.address + offset) & 0xff_ffff_ffff_ffffn) | (draw.bits(8) << 56n));
    return draw.chance(50) ? draw.bits(draw.between(20, 52)) & ~3n : BigInt.asUintN(64, ~draw.bits(draw.between(20, 52)) & ~3n);
  }

  #bend(): void {
    const { draw, machine } = this;
    const kind = draw.below(10);
    if (kind < 1) machine.image.writeWords(...machine.setSte(steBend(draw)));
    else if (kind < 2 && machine.hasStage1) machine.image.writeWords(...machine.setCd(cdBend(draw)));
    else if (machine.descriptors.length > 0) {
      const one = draw.pick(machine.descriptors);
      machine.image.write(one.pa, bentWord(draw, one, machine.image.read(one.pa)));
    }
  }

  /** Between two transactions: a change of memory, commands, both or neither. */
  #changes(): Action[] {
    const { draw } = this;
    return [...(draw.chance(40) ? this.#change() : []), ...(draw.chance(50) ? this.#invalidation() : []), ...(draw.chance(15) ? this.#invalidation() : [])];
  }

  #change(): Action[] {
    const { draw, machine } = this;
    const kind = draw.below(10);
    if (kind < 1) return written(...machine.setSte(steBend(draw)));
    if (kind < 2 && machine.hasStage1) return written(...machine.setCd(cdBend(draw)));
    if (machine.descriptors.length === 0) return [];
    const one = draw.pick(machine.descriptors);
    const word = bentWord(draw, one, machine.image.read(one.pa));
    machine.image.write(one.pa, word);
    return [['mem', one.pa, wordBytes(word)]];
  }

  /** One command, of the right tags and address or of others. */
  #invalidation(): Action[] {
    const { draw, machine } = this;
    const VMID = draw.chance(75) ? machine.vmid : draw.below(0x1_0000);
    const ASID = draw.chance(75) ? machine.asid : draw.below(0x1_0000);
    const descriptor = machine.descriptors.length === 0 ? null : draw.pick(machine.descriptors);
    const Address = (draw.chance(70) ? draw.pick(machine.mapped).address : (descriptor?.input ?? 0n)) & ~0xfffn;
    const StreamID = draw.chance(75) ? SIDS.main : SIDS.other;
    const Leaf = draw.chance(50);
    const range = draw.chance(30) ? { TG: draw.between(1, 3), NUM: draw.below(8), SCALE: draw.below(3), TTL: draw.below(4) } : {};
    const [name, fields] = draw.pick<readonly [string, FieldValues]>([
      ['CMD_TLBI_NH_VA', { VMID, ASID, Address, Leaf, ...range }],
      ['CMD_TLBI_NH_VA', { VMID, ASID, Address, Leaf, ...range }],
      ['CMD_TLBI_NH_VAA', { VMID, Address, Leaf, ...range }],
      ['CMD_TLBI_NH_ASID', { VMID, ASID }],
      ['CMD_TLBI_NH_ALL', { VMID }],
      ['CMD_TLBI_S12_VMALL', { VMID }],
      ['CMD_TLBI_S2_IPA', { VMID, Address: Address & 0xf_ffff_ffff_f000n, Leaf, ...range }],
      ['CMD_TLBI_NSNH_ALL', {}],
      ['CMD_CFGI_STE', { StreamID, Leaf }],
      ['CMD_CFGI_STE_RANGE', { StreamID, Range: draw.below(32) }],
      ['CMD_CFGI_CD', { StreamID, Leaf }],
      ['CMD_CFGI_CD_ALL', { StreamID }],
    ]);
    return [...this.#command(name, fields), ...(draw.chance(30) ? this.#command('CMD_SYNC', {}) : [])];
  }

  #command(name: string, fields: FieldValues): Action[] {
    const words = new Uint32Array(4);
    encode(COMMANDS.byName.get(name)!, fields, words, 0);
    const slot = PLACES.commandQueue + BigInt(this.#prod & (2 ** Number(QUEUE_LOG2SIZE) - 1)) * 16n;
    this.#prod = (this.#prod + 1) & (2 ** (Number(QUEUE_LOG2SIZE) + 1) - 1);
    return [...written(slot, words), set32('CMDQ_PROD', this.#prod)];
  }
}

function written(address: bigint, words: Uint32Array): Action[] {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, at) => view.setUint32(at * 4, word, true));
  return [['mem', address, bytes]];
}

/** The case of a seed: always the same. */
export function randomCase(seed: number): AskedCase {
  const writer = new CaseWriter(new Draw(seed));
  const setup = writer.setup();
  return { seed, setup, tx: writer.transactions() };
}
