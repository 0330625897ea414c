/** A guest that writes anything: registers, structures, commands. A VMM answers with CERROR codes or calls, never with an exception, a loop or a queue that stands still. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accelGuest } from '../../../src/model/stack/vmm/accel/test-iommufd.ts';
import { RAM, STRTAB } from '../../../src/model/stack/vmm/test-guest.ts';
import type { TestGuest } from '../../../src/model/stack/vmm/test-guest.ts';
import { IDEAL, QEMU_V10 } from '../../../src/model/stack/vmm/vfio/policy.ts';
import { vfioGuest } from '../../../src/model/stack/vmm/vfio/test-assigned.ts';

const OPCODES = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x20, 0x2a, 0x30, 0x40, 0x41, 0x44, 0x46, 0xff];
const REGISTERS = [0x20, 0x24, 0x28, 0x2c, 0x44, 0x50, 0x64, 0x80, 0x84, 0x88, 0x90, 0x94, 0x98, 0x9c, 0xa0, 0xa4, 0x100a8, 0x100ac];

const word = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const command = fc
  .tuple(fc.constantFrom(...OPCODES), word, fc.oneof(fc.integer({ min: 0, max: 12 }), word), word, word)
  .map(([opcode, a, b, c, d]) => Int32Array.of((a & ~0xff) | opcode, b, c, d));
const ste = fc.tuple(fc.integer({ min: 0, max: 15 }), word, word, word);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(command, { minLength: 1, maxLength: 8 }).map((commands) => ({ kind: 'commands', commands }) as const) },
  { weight: 3, arbitrary: ste.map((words) => ({ kind: 'ste', words }) as const) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...REGISTERS), word).map(([offset, value]) => ({ kind: 'register', offset, value }) as const),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'acknowledge' } as const) },
);

function play(guest: TestGuest, steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): void {
  for (const one of steps) {
    if (one.kind === 'commands') {
      guest.raw(...one.commands);
      expect(atRest(guest)).toBe(true);
    } else if (one.kind === 'register') guest.smmu.write32(one.offset, one.value);
    else if (one.kind === 'acknowledge') guest.write('GERRORN', guest.read('GERROR'));
    else one.words.forEach((value, i) => guest.memory.write32(STRTAB + 8n * 64n + BigInt(i * 4), i === 1 ? Number(RAM >> 32n) : value));
    guest.smmu.hostEvents();
  }
}

/** Nothing is left that the VMM could consume. */
function atRest({ smmu: { registers } }: TestGuest): boolean {
  const { cmdq, commandQueueEnabled } = registers;
  return !commandQueueEnabled || cmdq.empty || !cmdq.consistent || registers.errorActive('CMDQ_ERR');
}

describe('anything that a guest writes', () => {
  test.each([
    ['QEMU v10', QEMU_V10],
    ['ideal', IDEAL],
  ])('%s', (_, policy) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.array(fc.constantFrom(0, -22, -14, -2), { maxLength: 20 }), (steps, results) => {
        const { guest, devices } = vfioGuest(policy, 8, 9);
        devices[0]!.container.results.push(...results);
        play(guest, steps);
      }),
      { numRuns: 400 },
    );
  });

  test('accelerated', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 64 }), fc.boolean(), (steps, batch, fails) => {
        const { guest, iommufd } = accelGuest(batch, [8, 9]);
        if (fails) iommufd.failInvalidate = [-5, 3];
        play(guest, steps);
      }),
      { numRuns: 400 },
    );
  });
});
