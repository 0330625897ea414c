import { afterEach, describe, expect, test } from 'vitest';
import { dma } from '../../smmu/dma.ts';
import { DEFAULT_CACHES } from '../../smmu/options.ts';
import { PRESETS } from '../../spec/index.ts';
import type { IdRegisters } from '../../spec/index.ts';
import { ERRNO } from '../errno.ts';
import { PRINT_FAULTS } from '../guest/fault-policy.ts';
import { QEMU_V10_ID } from '../vmm/id-registers.ts';
import { UAPIS } from './data.ts';
import type { StackData, Uapi } from './data.ts';
import { StackMachine } from './stack-machine.ts';

const IPA = 0x8010_0000n;
const IOVA = 0x1000_0000n;
const SID = 0x20;

const open: StackMachine[] = [];
afterEach(() => open.splice(0).forEach((machine) => machine.release()));

function machine(uapi: Uapi, change: Partial<StackData> = {}, id: IdRegisters = PRESETS['qemu-11'].id): StackMachine {
  const stack: StackData = {
    uapi,
    vmm: 'qemu-v10',
    kernel: { vhe: false, pageSize: 4096n, disableBypass: true },
    vms: [{ name: 'vm0', ram: [{ ipa: 0x8000_0000n, size: 16n << 20n, pa: null, poisoned: false }], containers: 'per-device', vsmmu: QEMU_V10_ID, driver: { rangeInvalidation: true, hitless: false, invalidation: 'strict', stalls: true, faults: PRINT_FAULTS, rmr: true } }],
    devices: [{ name: 'nic0', StreamID: SID, vm: 'vm0', vSID: 8, canWbs: true, canStall: false, plugged: true, hardwareMsi: null }],
    ...change,
  };
  const made = StackMachine.create({ stack, id, memory: [{ base: 0x4000_0000n, size: 128n << 20n }], caches: DEFAULT_CACHES, commandQueue: 10, eventQueue: 7, recorder: null });
  if (!made.ok) throw new Error(made.error.message);
  open.push(made.value);
  return made.value;
}

function guestMap(one: StackMachine): void {
  const vm = one.vm('vm0');
  const { domain } = vm.deviceOf('nic0');
  expect(one.act(() => vm.kernel.driver.map(domain, IOVA, IPA, 4096n, 3))).toBe(0);
}

const transfer = (one: StackMachine, access: 'read' | 'write' = 'read') => one.act(() => dma(one.host.smmu, { sid: SID, iova: IOVA + 8n, access }, 4));

describe.each(UAPIS)('%s', (uapi) => {
  test('the guest maps, and the device reaches its memory through both stages', () => {
    const one = machine(uapi);
    const { ram } = one.vm('vm0');
    ram.writeBytes(IPA + 8n, Uint8Array.of(1, 2, 3, 4));
    guestMap(one);
    const { outcome, data } = transfer(one);
    expect(outcome).toMatchObject({ status: 'success', pa: ram.toPa(IPA + 8n) });
    expect([...data!]).toEqual([1, 2, 3, 4]);
    expect(outcome.pa).not.toBe(IPA + 8n);
  });

  test('the guest unmaps, and the fault of the next access reaches it', () => {
    const one = machine(uapi);
    guestMap(one);
    expect(transfer(one).outcome.status).toBe('success');
    const vm = one.vm('vm0');
    const { dma: api } = vm.deviceOf('nic0');
    expect(one.act(() => api!.unmap(IOVA, 4096n))).toBe(0);
    expect(transfer(one, 'read').outcome.fault).toMatchObject({ name: 'F_TRANSLATION', stage: 1 });
    const injected = one.journal.records.filter((record) => record.action === 'inject');
    expect(injected).toHaveLength(1);
    expect(injected[0]!.detail['event']).toBe('F_TRANSLATION');
    // From the device to the guest it is one path, and another than the unmap before it.
    const paths = one.journal.records.filter((record) => record.action === 'handle_evt' || record.action === 'inject').map((record) => record.path);
    expect(new Set(paths)).toEqual(new Set([one.journal.records.at(-1)!.path]));
    expect(one.journal.records.filter((record) => record.action === 'dma_unmap').every((record) => record.path < paths[0]!)).toBe(true);
    // b.4: QEMU v10 keeps the address only; iommufd hands the record on as it is.
    expect(injected[0]!.detail['lost'] ?? '').toBe(uapi === 'iommufd' ? '' : 'RnW, Class');
    expect(vm.kernel.log.lines.map((line) => line.text).join('\n')).toContain('event 0x10 received:');
  });

  test('the host takes RAM away: a fault of stage 2 is never told to the guest', () => {
    const one = machine(uapi);
    guestMap(one);
    const vm = one.vm('vm0');
    expect(one.act(() => vm.vmm.unmapRam(0x8000_0000n, 16n << 20n))).toBe(0);
    expect(transfer(one).outcome.fault).toMatchObject({ stage: 2 });
    expect(one.journal.records.some((record) => record.action === 'inject')).toBe(false);
    expect(one.host.log.lines.length).toBeGreaterThan(0);
  });
});

test.each(UAPIS)('%s: nobody acts outside a path', (uapi) => {
  const one = machine(uapi);
  const { dma: api } = one.vm('vm0').deviceOf('nic0');
  expect(() => api!.map(IPA, 4096n)).toThrow('belongs to a path');
});

test.each(UAPIS)('%s: an SMMU of 52-bit addresses and a kernel of 4K pages: the tables have 48 bits', (uapi) => {
  const one = machine(uapi, {}, PRESETS['v3.2'].id);
  guestMap(one);
  expect(transfer(one).outcome.status).toBe('success');
});

describe.each(UAPIS)('%s: a device that comes later', (uapi) => {
  const devices = [
    { name: 'nic0', StreamID: SID, vm: 'vm0', vSID: 8, canWbs: true, canStall: false, plugged: true, hardwareMsi: null },
    { name: 'nic1', StreamID: 0x28, vm: 'vm0', vSID: 16, canWbs: true, canStall: false, plugged: false, hardwareMsi: null },
  ];

  test('is in abort until it is plugged in, then the guest has it', () => {
    const one = machine(uapi, { devices });
    const read = () => one.act(() => dma(one.host.smmu, { sid: 0x28, iova: IOVA, access: 'read' }, 4)).outcome.status;
    expect([read(), one.vm('vm0').vmm.domainOf('nic1') === null]).toEqual(['abort', uapi !== 'iommufd']);
    expect(one.act(() => one.plug('nic1'))).toBe(0);
    const { domain } = one.vm('vm0').deviceOf('nic1');
    expect(one.act(() => one.vm('vm0').kernel.driver.map(domain, IOVA, IPA, 4096n, 3))).toBe(0);
    expect(read()).toBe('success');
    expect(one.host.driver.smmu.vmids.used).toEqual(uapi === 'iommufd' ? [1] : [1, 2]);
  });

  test('its faults reach the guest as those of the others', () => {
    const one = machine(uapi, { devices });
    one.act(() => one.plug('nic1'));
    one.act(() => dma(one.host.smmu, { sid: 0x28, iova: IOVA, access: 'read' }, 4));
    expect(one.journal.records.filter((record) => record.action === 'inject')).toHaveLength(1);
  });

  test('RAM that the container of the second one has already is a refusal, though the first takes it', () => {
    const one = machine(uapi, { devices });
    const { vmm } = one.vm('vm0');
    const range = { vaddr: 0x5555_8000_0000n, ipa: 0x8000_0000n, size: 16n << 20n };
    one.act(() => vmm.unmapRam(range.ipa, range.size));
    expect(one.act(() => one.plug('nic1'))).toBe(0);
    // One IOAS has it for both.
    expect(one.act(() => vmm.mapRam(range))).toBe(uapi === 'iommufd' ? 0 : -ERRNO.EEXIST);
  });

  test('in the container of the first one: a TLBI is repeated by the host for each of both, and not by the VMM', () => {
    const vms = [{ name: 'vm0', ram: [{ ipa: 0x8000_0000n, size: 16n << 20n, pa: null, poisoned: false }], containers: 'shared', vsmmu: QEMU_V10_ID, driver: { rangeInvalidation: true, hitless: false, invalidation: 'strict', stalls: true, faults: PRINT_FAULTS, rmr: true } }] as const;
    const one = machine(uapi, { devices: devices.map((device) => ({ ...device, plugged: true })), vms });
    guestMap(one);
    const before = one.journal.records.length;
    one.act(() => one.vm('vm0').deviceOf('nic0').dma!.unmap(IOVA, 4096n));
    const count = (hop: string, action: string): number => one.journal.records.slice(before).filter((record) => record.hop === hop && record.action === action).length;
    expect([count('vmm', 'CACHE_INVALIDATE'), count('host-driver', 'CMD_TLBI_NH_VA')]).toEqual(uapi === 'iommufd' ? [0, 1] : [1, 2]);
  });
});
