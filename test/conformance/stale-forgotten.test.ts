import { describe, expect, it } from 'vitest';
import { staleHitText } from '../../src/model/smmu/coherence/stale-hit-text.ts';
import type { Access } from './driver/accesses.ts';
import { answerOf } from './driver/answer.ts';
import { leastOf, OF_A_MACHINE, SEEDS, SEQUENCES, Sequences } from './driver/sequences.ts';

/** The sequences of stale-sequences.test.ts with exactly one command left out each. */

/** Invalidations of one family, the least first: what a wider one was for, a less wide one may do for the entry that was met. */
const FAMILIES: readonly (readonly string[])[] = [
  ['CMD_CFGI_CD', 'CMD_CFGI_CD_ALL', 'CMD_CFGI_STE', 'CMD_CFGI_STE_RANGE'],
  ['CMD_TLBI_NH_VA', 'CMD_TLBI_NH_VAA', 'CMD_TLBI_NH_ASID', 'CMD_TLBI_NH_ALL', 'CMD_TLBI_S12_VMALL'],
  ['CMD_TLBI_EL2_VA', 'CMD_TLBI_EL2_VAA', 'CMD_TLBI_EL2_ASID', 'CMD_TLBI_EL2_ALL'],
  ['CMD_TLBI_S2_IPA', 'CMD_TLBI_S12_VMALL'],
  ['CMD_ATC_INV'],
];
const doesFor = (told: string, forgotten: string): boolean => FAMILIES.some((family) => family.includes(told) && family.indexOf(told) <= family.indexOf(forgotten));

describe('a driver that forgets exactly one of the least commands', () => {
  /** Accesses until one meets what is out of date: it must be told, the forgotten command or a lesser one named, and with that be right. */
  function forgetful(sequences: Sequences, found: Map<string, number>): void {
    const { machine } = sequences;
    const accesses = Array.from({ length: 8 }, () => sequences.next());
    for (const access of accesses) machine.cached(...at(access));
    sequences.aim(accesses);
    const forgotten = machine.forgetOne(machine.random(3), () => sequences.change());
    if (forgotten === null) return;
    const named = new Set<string>();
    for (const access of accesses) {
      let cached = machine.cached(...at(access));
      const fresh = answerOf(machine.fresh(...at(access)), access.stream);
      if (cached.stale.length === 0) {
        expect(answerOf(cached, access.stream), sequences.story(access)).toBe(fresh);
        continue;
      }
      for (let rounds = 0; cached.stale.length > 0 && rounds < 6; rounds++) {
        const commands = cached.stale.flatMap((hit) => hit.commands);
        for (const { name } of commands) named.add(name);
        machine.heal(commands);
        cached = machine.cached(...at(access));
      }
      expect({ stale: cached.stale.map(staleHitText), answer: answerOf(cached, access.stream) }, sequences.story(access)).toEqual({ stale: [], answer: fresh });
    }
    if (named.size > 0) {
      expect([...named].some((name) => doesFor(name, forgotten.name)), `${[...named].join(', ')} for ${sequences.story(accesses[0]!)}`).toBe(true);
      found.set(forgotten.name, (found.get(forgotten.name) ?? 0) + 1);
    }
    machine.heal([{ name: 'CMD_TLBI_NSNH_ALL', fields: {} }, { name: 'CMD_TLBI_EL2_ALL', fields: {} }, { name: 'CMD_CFGI_STE_RANGE', fields: { Range: 31n } }]);
    for (const { endpoint } of machine.streams) endpoint?.invalidate({ sid: endpoint.sid, ssid: null, global: false, iova: 0n, size: 52 });
    for (const { endpoint } of machine.streams) endpoint?.invalidate({ sid: endpoint.sid, ssid: 0, global: true, iova: 0n, size: 52 });
  }

  const at = ({ stream, request }: Access) => [stream, request] as const;

  it.each(SEEDS)(`${SEQUENCES} sequences, part %i: whenever a fresh walk differs it is told, with the least command`, (_, seeds) => {
    const found = new Map<string, number>();
    for (const seed of seeds) {
      const sequences = new Sequences(1_000_000 + seed, true);
      for (let i = 0; i < OF_A_MACHINE; i++) forgetful(sequences, found);
      sequences.machine.release();
    }
    // Of every family some were forgotten and met.
    for (const name of ['CMD_CFGI_CD', 'CMD_CFGI_STE', 'CMD_TLBI_NH_VA', 'CMD_TLBI_EL2_VA', 'CMD_TLBI_NH_ALL', 'CMD_TLBI_S2_IPA', 'CMD_ATC_INV']) expect(found.get(name) ?? 0, name).toBeGreaterThan(leastOf(1000));
  });
});
