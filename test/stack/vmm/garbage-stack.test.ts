/**
 * A guest that writes anything, on the whole stack: STEs, CDs, tables, commands, queue bases, registers. Whatever it does, each hop
 * answers with an errno or an event that is documented, the host's STE stays the host's, and no DMA leaves the VM's RAM.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dma } from '../../../src/model/smmu/dma.ts';
import { DEFAULT_CACHES } from '../../../src/model/smmu/options.ts';
import { EVENTS, PRESETS, REGISTERS } from '../../../src/model/spec/index.ts';
import { StackMachine, UAPIS } from '../../../src/model/stack/assembly/index.ts';
import type { StackData, Uapi } from '../../../src/model/stack/assembly/index.ts';
import { ERRNO } from '../../../src/model/stack/errno.ts';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { PRINT_FAULTS } from '../../../src/model/stack/guest/fault-policy.ts';
import { QEMU_V10_ID } from '../../../src/model/stack/vmm/id-registers.ts';

const SID = 0x20;
const VSID = 8;
const RAM = { ipa: 0x8000_0000n, size: 8n << 20n };
const HEAP = RAM.ipa + RAM.size / 2n;
const IOVA = 0x1000_0000n;

function machine(uapi: Uapi, vmm: StackData['vmm'], hitless: boolean, pageSize: bigint): StackMachine {
  const stack: StackData = {
    uapi,
    vmm,
    kernel: { vhe: false, pageSize, disableBypass: true },
    vms: [{ name: 'vm0', ram: [{ ...RAM, pa: null, poisoned: false }], containers: 'per-device', vsmmu: QEMU_V10_ID, driver: { rangeInvalidation: true, hitless, invalidation: 'strict', stalls: true, faults: PRINT_FAULTS, rmr: true } }],
    devices: [{ name: 'nic0', StreamID: SID, vm: 'vm0', vSID: VSID, canWbs: true, canStall: false, plugged: true, hardwareMsi: null }],
  };
  const made = StackMachine.create({ stack, id: PRESETS['qemu-11'].id, memory: [{ base: 0x4000_0000n, size: 48n << 20n }], caches: DEFAULT_CACHES, commandQueue: 10, eventQueue: 7, recorder: null });
  if (!made.ok) throw new Error(made.error.message);
  return made.value;
}

const word = fc.bigInt(0n, (1n << 64n) - 1n);
/** Often in the guest's RAM, often beside it, sometimes anything. */
const address = fc.oneof(
  fc.bigInt(0n, RAM.size - 1n).map((at) => RAM.ipa + (at & ~0xfffn)),
  fc.constantFrom(0n, 0x800_0000n, 0xf000_0000n, 0x4000_0000n, RAM.ipa + RAM.size, 1n << 44n, (1n << 52n) - 64n),
  word,
);
const opcode = fc.constantFrom(0x01n, 0x02n, 0x03n, 0x04n, 0x05n, 0x06n, 0x10n, 0x11n, 0x12n, 0x13n, 0x20n, 0x22n, 0x28n, 0x2an, 0x30n, 0x40n, 0x41n, 0x44n, 0x46n, 0x77n);
const sid = fc.constantFrom(BigInt(VSID), BigInt(SID), 0n, 0xffff_ffffn);
const REGISTER = fc.constantFrom(...[...REGISTERS.values()].filter((one) => one.offset !== undefined && one.bytes <= 8).map((one) => ({ offset: one.offset!, bytes: one.bytes })));

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ste' as const), index: fc.nat(7), config: fc.nat(15).map(BigInt), pointer: address, noise: fc.oneof(fc.constant(0n), word) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cd' as const), index: fc.nat(7), value: fc.oneof(word, address) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('memory' as const), at: fc.bigInt(0n, RAM.size / 16n - 1n).map((slot) => HEAP + slot * 8n), value: fc.oneof(word, address.map((at) => (at & ~0xfffn) | 3n)) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('command' as const), opcode, sid, noise: word, second: fc.oneof(fc.nat(31).map(BigInt), address, word) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('register' as const), register: REGISTER, value: fc.oneof(word, address, fc.nat(15).map(BigInt)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('driver' as const), action: fc.constantFrom('map' as const, 'unmap' as const, 'bypass' as const, 'detach' as const, 'attach' as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('dma' as const), iova: fc.oneof(fc.constant(IOVA), address), access: fc.constantFrom('read' as const, 'write' as const), ssid: fc.constantFrom(undefined, 1), privileged: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A guest that says CFGI after each change, as those who want it to count do. */
function act(one: StackMachine, action: Step): void {
  const vm = one.vm('vm0');
  const { driver } = vm.kernel;
  const { device, domain } = vm.deviceOf('nic0');
  const { smmu } = vm.vmm;
  switch (action.kind) {
    case 'ste': {
      const value = action.index === 0 ? action.config | (action.pointer & 0x000f_ffff_ffff_ffc0n) | (action.noise & ~0x000f_ffff_ffff_ffffn) : action.noise;
      vm.ram.write64(driver.smmu.strtab.steOf(VSID) + BigInt(action.index * 8), value);
      driver.smmu.cmdq.issueSync([0x03n | (BigInt(VSID) << 32n), 1n]);
      return;
    }
    case 'cd':
      vm.ram.write64(domain.s1.cdtabDma + BigInt(action.index * 8), action.value);
      driver.smmu.cmdq.issueSync([0x05n | (BigInt(VSID) << 32n), 1n]);
      return;
    case 'memory':
      vm.ram.write64(action.at, action.value);
      return;
    case 'command':
      driver.smmu.cmdq.issueSync([action.opcode | (action.noise & 0xffff_ff00n) | (action.sid << 32n), action.second]);
      return;
    case 'register':
      if (action.register.bytes === 8) smmu.write64(action.register.offset, action.value);
      else smmu.write32(action.register.offset, Number(action.value & 0xffff_ffffn));
      return;
    case 'driver':
      if (action.action === 'map') driver.map(domain, IOVA, RAM.ipa, 0x4000n, 3);
      else if (action.action === 'unmap') vm.deviceOf('nic0').dma!.unmap(IOVA, 0x1000n);
      else if (action.action === 'bypass') driver.attachDev(driver.domainAlloc('identity'), device);
      else if (action.action === 'attach') driver.attachDev(domain, device);
      else driver.detachDev(driver.smmu.masters.get(device)!.domain ?? domain, device);
      return;
    case 'dma':
      checkDma(one, action);
  }
}

function checkDma(one: StackMachine, { iova, access, ssid, privileged }: Extract<Step, { kind: 'dma' }>): void {
  const { outcome } = dma(one.host.smmu, { sid: SID, iova, access, privileged, ...(ssid === undefined ? {} : { ssid }) }, 4);
  expect(['success', 'fault', 'abort']).toContain(outcome.status);
  if (outcome.fault !== undefined) expect(EVENTS.byName.has(outcome.fault.name)).toBe(true);
  const { pa } = outcome;
  if (pa === undefined) return;
  const { pa: base } = one.vm('vm0').ram.regions[0]!;
  expect(pa >= base && pa < base + RAM.size, `PA 0x${pa.toString(16)}`).toBe(true);
}

/** What came about, so that a generator that reaches nothing shows. */
function survey(one: StackMachine, seen: Set<string>): void {
  for (const { hop, action, result = 0, dropped } of one.journal.records) {
    if (result < 0) seen.add(`${hop} ${-result}`);
    if (action === 'handle_evt' || action === 'inject' || action === 'CMDQ_ERR') seen.add(`${hop} ${action}`);
    if (dropped?.startsWith('CERROR_ILL') === true) seen.add('CERROR_ILL');
  }
}

/**
 * What hops may answer: faults of stage 2 and kinds that are not reported, refusals; with mixed granules the loop that never ends, as
 * intended too where ASID -1 makes the host take the guest's range for its own.
 */
const ANSWERS: Readonly<Record<Uapi, readonly ErrnoName[]>> = {
  'vfio-v16-posted': ['EINVAL', 'EFAULT', 'EOPNOTSUPP', 'ENOSPC', 'ETIMEDOUT'],
  'vfio-v16-intended': ['EINVAL', 'EFAULT', 'EOPNOTSUPP', 'ENOSPC', 'ETIMEDOUT'],
  iommufd: ['EINVAL', 'EIO', 'EOPNOTSUPP'],
};

/** Stage 2, the VMID and every bit that is not the guest's are what the host wrote. */
function checkHost(one: StackMachine, stage2: readonly bigint[]): void {
  const { memory, driver } = one.host;
  const at = driver.smmu.strtab.steOf(SID);
  const [word0 = 0n, , word2 = 0n, word3 = 0n] = [0n, 8n, 16n, 24n].map((offset) => memory.read64(at + offset)!);
  const config = Number((word0 >> 1n) & 7n);
  expect(word0 & 1n).toBe(1n);
  expect([0, 6, 7]).toContain(config);
  if (config !== 0) expect([word2, word3]).toEqual(stage2);
  const answers = ANSWERS[one.data.uapi].map((name) => -ERRNO[name]);
  for (const { result = 0, action } of one.journal.records) if (result < 0) expect(answers, `${action} answers ${result}`).toContain(result);
}

describe.each(UAPIS)('%s', (uapi) => {
  test.each(['qemu-v10', 'ideal'] as const)('%s: a guest that writes garbage hurts itself only', (vmm) => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.boolean(), fc.constantFrom(0x1000n, 0x4000n), fc.array(step, { minLength: 5, maxLength: 40 }), (hitless, pageSize, steps) => {
        const one = machine(uapi, vmm, hitless, pageSize);
        try {
          const at = one.host.driver.smmu.strtab.steOf(SID);
          const stage2 = [one.host.memory.read64(at + 16n)!, one.host.memory.read64(at + 24n)!];
          for (const action of steps) one.act(() => act(one, action));
          checkHost(one, stage2);
          survey(one, seen);
        } finally {
          one.release();
        }
      }),
      { numRuns: 50 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['CERROR_ILL', 'host-driver handle_evt', 'vmm inject']));
  });
});
