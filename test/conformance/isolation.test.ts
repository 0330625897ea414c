import { describe, expect, it } from 'vitest';
import { SLOT } from '../../src/model/smmu/config/slot.ts';
import { Accesses } from './driver/accesses.ts';
import { answerOf } from './driver/answer.ts';
import { Changes } from './driver/changes.ts';
import { DriverMachine } from './driver/machine.ts';
import { pick } from './driver/random.ts';
import type { Vm } from './driver/vm.ts';

/**
 * Two VMs at once (IHI 0070 3.3.2, 3.17; smmuv3.md 9.1). What the SMMU reads and writes for a stream is the host's structures for that stream and
 * what stage 2 of its VM maps, whatever the guest has written; and what happens to one VM is nothing to the other.
 */

const MACHINES = 60;
/** Of those on which the unrolled walk answers. */
const UNROLLED = 12;

const POINTER = 0xffff_ffff_f000n;

type Range = readonly [from: bigint, bytes: bigint];
const within = (ranges: readonly Range[], address: bigint): boolean => ranges.some(([from, bytes]) => address >= from && address < from + bytes);

/** Everything that a stream of the VM may be the reason for: its stage 2, the stream table, and what that stage 2 maps. */
function image(m: DriverMachine, vm: Vm): { readonly structures: readonly Range[]; readonly mapped: readonly Range[] } {
  const { tables, outputs } = vm.stage2!.contents();
  return { structures: [...tables, ...m.streamTables], mapped: outputs };
}

/** A guest that writes what it likes: pointers to anything, valid or not, into its own structures. */
function scribble(m: DriverMachine, vm: Vm, targets: readonly bigint[]): void {
  const { random, memory } = m;
  const page = vm.toPa(pick(random, vm.structurePages));
  for (let i = 0; i < 12; i++) {
    const pointer = pick(random, targets) & 0xffff_ffff_f000n;
    memory.write64(page + BigInt(random(512)) * 8n, pointer | BigInt(random(4)) | (random(2) === 0 ? 0x4c0n : 0n));
  }
}

/** Where the guest's structures have a pointer, by the page that it names. */
function pointersOf({ memory }: DriverMachine, vm: Vm): ReadonlyMap<bigint, readonly bigint[]> {
  const pointers = new Map<bigint, bigint[]>(vm.structurePages.map((page) => [page, []]));
  for (const page of vm.structurePages) {
    for (let at = vm.toPa(page), end = at + 4096n; at < end; at += 8n) pointers.get(memory.read64(at)! & POINTER)?.push(at);
  }
  return pointers;
}

/** The page at `foreign` becomes a copy of a page of the guest's structures, and the guest's pointers name it instead; all is as it was once `look` is over. */
function smuggle({ memory }: DriverMachine, page: { readonly ipa: bigint; readonly pa: bigint; readonly pointers: readonly bigint[] }, foreign: bigint, look: () => void): void {
  const kept = memory.readBytes(foreign, 4096)!;
  const point = (to: bigint): void => page.pointers.forEach((at) => void memory.write64(at, (memory.read64(at)! & ~POINTER) | to));
  memory.writeBytes(foreign, memory.readBytes(page.pa, 4096)!);
  point(foreign);
  look();
  point(page.ipa);
  memory.writeBytes(foreign, kept);
}

describe('two VMs at once', () => {
  it.each(Array.from({ length: MACHINES }, (_, seed) => [seed]))('machine %i: reads, writes and results stay within stage 2 of the VM, though its guest writes what it likes', (seed) => {
    const m = new DriverMachine(2_000_000 + seed, { check: false });
    const changes = new Changes(m);
    changes.populate();
    const accesses = new Accesses(m, changes, m.random);
    const [wild, other] = m.vms as [Vm, Vm];
    const loads = new Set<bigint>();
    const load = m.memory.load.bind(m.memory);
    m.memory.load = (hi, lo) => {
      loads.add((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0));
      return load(hi, lo);
    };
    m.memory.observer = { wrote: (address) => void loads.add(BigInt(address)) };
    for (let i = 0; i < 25; i++) {
      changes.any([other]);
      scribble(m, wild, [...image(m, other).structures, ...image(m, other).mapped, ...image(m, wild).structures].map(([from]) => from));
      const { structures, mapped } = image(m, wild);
      for (let k = 0; k < 5; k++) {
        const { stream, request } = accesses.next([wild]);
        loads.clear();
        const { status, pa } = m.cached(stream, request);
        for (const at of loads) expect(within(structures, at) || within(mapped, at), `access to 0x${at.toString(16)}`).toBe(true);
        if (status === 'success' || (status === 'bypass' && stream.fields['Config'] !== 4 && stream.fields['S1DSS'] !== 1)) expect(within(mapped, pa!), `PA 0x${pa!.toString(16)}`).toBe(true);
      }
    }
    m.release();
  });

  it('the unrolled walk has the same answers whatever another VM has in its memory, though a guest copied its tables there and points at them', () => {
    let unrolled = 0;
    for (let seed = 4_000_000; unrolled < UNROLLED && seed < 4_001_000; seed++) {
      const m = new DriverMachine(seed, { check: false });
      const changes = new Changes(m);
      changes.populate();
      const accesses = new Accesses(m, changes, m.random);
      const [wild, other] = m.vms as [Vm, Vm];
      const asked = Array.from({ length: 20 }, () => accesses.next([wild]));
      const answers = (): readonly string[] => asked.map(({ stream, request }) => answerOf(m.fresh(stream, request), stream));
      answers();
      if (m.plain.core.slots[SLOT.FAST] === 1) {
        unrolled++;
        const foreign = other.toPa(other.structurePages[0]!);
        for (const [ipa, pointers] of pointersOf(m, wild)) {
          smuggle(m, { ipa, pa: wild.toPa(ipa), pointers }, foreign, () => {
            // Twice: flags that hardware keeps are set by then.
            answers();
            const before = answers();
            m.memory.fill(foreign, 4096, 0);
            expect(answers(), `machine ${seed}, page 0x${ipa.toString(16)}`).toEqual(before);
          });
        }
      }
      m.release();
    }
    expect(unrolled).toBe(UNROLLED);
  });

  it.each(Array.from({ length: MACHINES }, (_, seed) => [seed]))('machine %i: changes of one VM and its invalidations change no answer of the other', (seed) => {
    const m = new DriverMachine(3_000_000 + seed);
    const changes = new Changes(m);
    changes.populate();
    const accesses = new Accesses(m, changes, m.random);
    const [one, other] = m.vms as [Vm, Vm];
    const asked = Array.from({ length: 12 }, () => accesses.next([one]));
    // Twice: flags that hardware keeps are set by then.
    const answers = (): readonly string[] => asked.map(({ stream, request }) => answerOf(m.cached(stream, request), stream));
    answers();
    const alone = answers();
    for (let i = 0; i < 15; i++) {
      changes.any([other]);
      for (let k = 0; k < 3; k++) {
        const { stream, request } = accesses.next([other]);
        m.cached(stream, request);
      }
      expect(answers(), m.log.slice(-10).join('\n')).toEqual(alone);
    }
    m.release();
  });
});
