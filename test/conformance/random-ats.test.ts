import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES, NO_CACHES } from '../../src/model/smmu/options.ts';
import { Smmu } from '../../src/model/smmu/smmu.ts';
import type { AtsCompletion } from '../../src/model/smmu/smmu.ts';
import { ruleNumber, RULES } from '../../src/model/spec/index.ts';
import { worldOf } from './compare.ts';
import { oracle } from './oracle.ts';
import type { Access, Answer, World } from './oracle.ts';
import { machines } from './random-draw.ts';
import { RandomMachine, SID, SID_B } from './random-machine.ts';

/**
 * Completions of translation requests against what ordinary accesses would get (IHI 0070 3.9.1.2, 13.7.1), said by the oracle of the
 * untranslated path: a permission is granted exactly when the access it is for succeeds, and the address is where that access goes.
 */

const ATS = 1 << 10;
const EATS_FULL = 1n << 28n;

interface Expected {
  readonly status: AtsCompletion['status'];
  readonly grant: readonly [read: boolean, write: boolean, execute: boolean];
  readonly address: bigint | null;
  readonly size: bigint | null;
}

const ok = ({ status }: Answer): boolean => status === 'success' || status === 'bypass';
/** Translation-related faults make an empty completion, every other fault a Completer Abort. */
const isAbort = ({ status, rule }: Answer): boolean =>
  status === 'fault' && !/^F_(TRANSLATION|ADDR_SIZE|ACCESS|PERMISSION)$/.test(RULES[ruleNumber(rule)]!.event);

function expectedOf(world: World, config: number, access: Access): Expected {
  const nothing = { grant: [false, false, false], address: null, size: null } as const;
  if (config === 4) return { status: 'UR', ...nothing };
  const privileged = access.ssid !== undefined && access.privileged;
  const as = (kind: Access['access']): Answer => oracle(world, { ...access, privileged, access: kind });
  const [read, write, execute] = [as('read'), as('write'), as('execute')];
  if (isAbort(read) || isAbort(write)) return { status: 'CA', ...nothing };
  const granted = [read, write].find(ok);
  if (granted === undefined) return { status: 'success', ...nothing };
  const grant = [ok(read), ok(write), access.ssid !== undefined && ok(read) && ok(execute)] as const;
  const size = granted.size ?? 0x1000n;
  return { status: 'success', grant, address: granted.pa! & ~(size - 1n), size };
}

function got({ status, translation }: AtsCompletion): Expected {
  if (translation === null) return { status, grant: [false, false, false], address: null, size: null };
  const { read, write, execute, address, size } = translation;
  const some = read || write;
  return { status, grant: [read, write, execute], address: some ? address : null, size: some ? size : null };
}

describe('ATS over random machines', () => {
  it('[order.4.2.8] a completion grants what an untranslated access gets, caches off and on', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(machines, (draw) => {
        const machine = new RandomMachine(draw);
        for (const sid of [SID, SID_B]) {
          const at = machine.base + BigInt(sid) * 64n + 8n;
          machine.memory.write64(at, machine.memory.read64(at)! | EATS_FULL);
        }
        const world = worldOf(machine);
        for (const caches of [NO_CACHES, DEFAULT_CACHES]) {
          const smmu = new Smmu({ id: { ...machine.id, IDR0: machine.id.IDR0 | ATS }, memory: machine.memory, caches });
          machine.enable(smmu);
          for (const access of [...machine.accesses, ...machine.accesses]) {
            const { sid, ssid, iova, privileged } = access;
            const request = { sid, iova, privileged, execute: true, ...(ssid === undefined ? {} : { ssid }) };
            const wanted = expectedOf(world, draw.config, access);
            expect(got(smmu.ats(request)), JSON.stringify({ iova: iova.toString(16), ssid, privileged })).toEqual(wanted);
            const kind = `${wanted.status} ${wanted.grant.map(Number).join('')}`;
            seen.set(kind, (seen.get(kind) ?? 0) + 1);
          }
        }
        machine.memory.release();
      }),
      { numRuns: 400, seed: 71 },
    );
    expect([...seen.keys()].sort()).toEqual([
      'CA 000',
      'UR 000',
      'success 000',
      'success 010',
      'success 100',
      'success 101',
      'success 110',
      'success 111',
    ]);
  });
});
