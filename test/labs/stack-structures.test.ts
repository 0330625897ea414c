import { afterEach, describe, expect, test } from 'vitest';
import { parseLab } from '../../src/formats/lab/index.ts';
import { createRunner, structureAt, structureName, UAPIS } from '../../src/model/lab/index.ts';
import type { Located, Runner, Uapi } from '../../src/model/lab/index.ts';
import { StackBench } from '../../src/model/lab/stack/bench.ts';
import { withUapi } from '../../src/model/lab/stack/with-uapi.ts';
import { CD, decode, STE } from '../../src/model/spec/index.ts';
import type { RecordDef } from '../../src/model/spec/index.ts';
import { wordsOf } from '../../src/model/lab/configuration.ts';

const LAB = `
host:
  uapi: { kind: vfio-v16 }
  vms: [{ name: vm0, ram: [{ ipa: 0x80000000, size: 16M }, { ipa: 0xc0000000, size: 2M }] }, { name: vm1, ram: [{ ipa: 0x80000000, size: 8M }] }]
  devices:
    - { name: nic0, StreamID: 0x20, vm: vm0 }
    - { name: nic1, StreamID: 0x120, vm: vm0 }
    - { name: gpu0, StreamID: 0x21, vm: vm1 }
steps:
  - map: { device: nic0, iova: 0x10000000, ipa: 0x80100000, size: 4K }
  - map: { device: nic0, iova: 0x10200000, ipa: 0x80200000, size: 2M }
  - unmap: { device: nic0, iova: 0x10000000, size: 4K }
`;

const open: Runner[] = [];
afterEach(() => open.splice(0).forEach((runner) => runner.release()));

function bench(uapi: Uapi): StackBench {
  const parsed = parseLab(LAB);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  const runner = createRunner(withUapi(parsed.value, uapi));
  if (!runner.ok) throw new Error(runner.error.message);
  open.push(runner.value);
  runner.value.run();
  const { machine } = runner.value;
  if (!(machine instanceof StackBench)) throw new Error('not a lab of the whole stack');
  return machine;
}

const recordAt = ({ memory }: StackBench, pa: bigint, of: RecordDef) => decode(of, wordsOf(memory.readBytes(pa, of.bytes)!), 0);

describe.each(UAPIS)('structures of a stack lab on %s', (uapi) => {
  test('what the SMMU is pointed at lies in a structure of its owner', () => {
    const one = bench(uapi);
    const all = one.structures();
    const at = (pa: bigint) => structureAt(all, pa)!;
    const ste = one.stack.host.driver.smmu.strtab.steOf(0x20);
    expect(at(ste)).toMatchObject({ kind: 'stream-table-level-2', owner: 'host', space: 'pa' });
    const words = recordAt(one, ste, STE);
    expect(at(BigInt(words['S2TTB']!))).toMatchObject({ kind: 'stage-2-table', owner: 'host', vm: 'vm0' });
    const { ram } = one.stack.vm('vm0');
    const cd = ram.toPa(BigInt(words['S1ContextPtr']!))!;
    expect(at(cd)).toMatchObject({ kind: 'context-descriptor', owner: 'guest', space: 'ipa', vm: 'vm0', device: 'nic0', address: words['S1ContextPtr'] });
    expect(at(ram.toPa(BigInt(recordAt(one, cd, CD)['TTB0']!))!)).toMatchObject({ kind: 'stage-1-table', owner: 'guest', device: 'nic0' });
  });

  test('nothing overlaps but RAM and what lies in it', () => {
    const all = bench(uapi).structures().filter(({ kind, space }) => kind !== 'vm-ram' && space !== 'kernel');
    expect(all.every(({ pa }) => pa !== null)).toBe(true);
    all.forEach((structure, i) => {
      const next = all[i + 1];
      if (next !== undefined) expect(structure.pa! + structure.size <= next.pa!, `${structureName(structure)} and ${structureName(next)}`).toBe(true);
    });
  });

  test('what host and VMM share is in memory of the host\'s kernel, and nowhere that the SMMU could read', () => {
    const shared = bench(uapi).structures().filter(({ space }) => space === 'kernel');
    expect(shared.every(({ owner, pa }) => owner === 'host' && pa === null)).toBe(true);
    const names = shared.map((one) => `${one.vm} ${structureName(one)} ${one.size}`);
    // A region has a page for its header and whole pages for 512 entries: of 64 bytes, and of 24 (b.1). A vEVENTQ holds what the guest's queue does, here 128, of 40 bytes with their header (c.6).
    const regions = (vm: string, device: string) => [`${vm} DMA FAULT region of ${device} 36864`, `${vm} DMA FAULT RESPONSE region of ${device} 16384`];
    expect(names).toEqual(uapi === 'iommufd' ? ['vm0 vEVENTQ of vm0 5120', 'vm1 vEVENTQ of vm1 5120'] : [...regions('vm0', 'nic0'), ...regions('vm0', 'nic1'), ...regions('vm1', 'gpu0')]);
  });

  test('guests have queues, stream tables and tables of their own, and only the tables that are in use', () => {
    const all = bench(uapi).structures();
    const of = (vm: string | null, kind: Located['kind']): number => all.filter((one) => one.vm === vm && one.kind === kind).length;
    for (const vm of [null, 'vm0', 'vm1']) for (const kind of ['stream-table', 'command-queue', 'event-queue'] as const) expect(of(vm, kind)).toBe(1);
    expect([of('vm0', 'vm-ram'), of('vm1', 'vm-ram'), of(null, 'msi-doorbell')]).toEqual([2, 1, 1]);
    // nic0: the root, two levels, and the level 3 tables of the window of MSIs and of the page; Linux keeps the latter when the page goes.
    const levels = all.filter((one) => one.kind === 'stage-1-table' && one.device === 'nic0').map(({ level }) => level);
    expect(levels.sort()).toEqual([0, 1, 2, 3, 3]);
    // A container, so a domain, for each device with VFIO; one for the VM on iommufd.
    const stage2 = all.filter((one) => one.kind === 'stage-2-table' && one.vm === 'vm0');
    expect([...new Set(stage2.map(({ device }) => device))].sort()).toEqual(uapi === 'iommufd' ? [null] : ['nic0', 'nic1']);
  });
});
