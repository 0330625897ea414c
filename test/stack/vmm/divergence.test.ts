/** Where the three paths part, from the guest's action to the device's next DMA (the divergence matrix of the reference). */
import { describe, expect, test } from 'vitest';
import { VINTAGES } from '../../../src/model/stack/guest/vintage.ts';
import { QEMU_V10_ID } from '../../../src/model/stack/vmm/id-registers.ts';
import { msiFirmware } from '../../../src/model/stack/vmm/rmr.ts';
import { IDEAL, QEMU_V10 } from '../../../src/model/stack/vmm/vfio/policy.ts';
import { BUFFER, NestedMachine, VM_PA } from './nested-machine.ts';
import type { MachineOptions, Path } from './nested-machine.ts';

const POSTED: Path = { uapi: 'vfio-v16', as: 'posted', policy: QEMU_V10 };
const INTENDED: Path = { uapi: 'vfio-v16', as: 'intended', policy: IDEAL };
const IOMMUFD: Path = { uapi: 'iommufd', commandsPerIoctl: 1 };
const ALL = { posted: POSTED, intended: INTENDED, iommufd: IOMMUFD } as const;

type Name = keyof typeof ALL;

/** What `story` gives on each path. */
function each<T>(story: (machine: NestedMachine, name: Name) => T, options: Omit<MachineOptions, 'path'> = {}): Record<Name, T> {
  const run = (name: Name): T => {
    const machine = new NestedMachine({ ...options, path: ALL[name] });
    machine.dropped();
    return story(machine, name);
  };
  return { posted: run('posted'), intended: run('intended'), iommufd: run('iommufd') };
}

const map = (machine: NestedMachine, device = 0): bigint => machine.bound[device]!.dma!.map(BUFFER, 0x1000n) as bigint;
const printed = (machine: NestedMachine): string[] =>
  machine.kernel.log.lines.map((line) => line.text.replace('arm-smmu-v3 arm-smmu-v3.0.auto: ', '').trim());
const hostPrinted = (machine: NestedMachine): boolean => machine.hostLog.lines.some((line) => line.text.includes('event 0x'));

/** Where the guest's last-level descriptor for an IOVA lies. */
function leafOf(machine: NestedMachine, iova: bigint): bigint {
  let table = machine.bound[0]!.domain.pgtbl!.root;
  for (const shift of [39n, 30n, 21n]) table = machine.ram.read64(table + ((iova >> shift) & 511n) * 8n)! & 0xffff_ffff_f000n;
  return table + ((iova >> 12n) & 511n) * 8n;
}

describe('faults', () => {
  test('fault payload: reason and address; with access; the record as it was', () => {
    const words = each((machine) => {
      machine.dma(0x1000n, 'read');
      return printed(machine);
    });
    const event = (...lines: string[]): string[] => ['event 0x10 received:', ...lines.map((line) => `0x${line}`)];
    expect(words.posted).toEqual(event('0000000800000010', '0000000000000000', '0000000000001000', '0000000000000000'));
    expect(words.intended).toEqual(event('0000000800000010', '0000020800000000', '0000000000001000', '0000000000000000'));
    expect(words.iommufd).toEqual(words.intended);
  });

  test('S2 = 1 never reaches the guest: the guest maps an IPA that is not RAM', () => {
    const seen = each((machine) => {
      const iova = machine.bound[0]!.dma!.map(0x1_0000_0000n, 0x1000n) as bigint;
      const { outcome } = machine.dma(iova, 'read');
      return [outcome.fault?.name, outcome.fault?.stage, printed(machine), hostPrinted(machine)];
    });
    for (const name of ['posted', 'intended', 'iommufd'] as const) expect(seen[name]).toEqual(['F_TRANSLATION', 2, [], true]);
  });

  test('CLASS = TT at stage 2: the guest puts a stage-1 table outside RAM', () => {
    const seen = each((machine) => {
      machine.changeCd('TTB0', 0x1_0000_0000n);
      machine.kernel.driver.flushIotlbAll(machine.bound[0]!.domain);
      const { outcome } = machine.dma(0x1000n, 'read');
      return [outcome.fault?.stage, printed(machine)];
    });
    // QEMU dropped the CFGI_CD, and this SMMU has not fetched the CD before: it finds the new one all the same.
    for (const name of ['posted', 'intended', 'iommufd'] as const) expect(seen[name]).toEqual([2, []]);
  });

  test('forwarded IDs: C_BAD_CD is lost as posted, reported as intended, raw with iommufd', () => {
    const seen = each((machine) => {
      machine.changeCd('V', false);
      const { outcome } = machine.dma(0x1000n, 'read');
      return [outcome.fault?.name, printed(machine)[0], hostPrinted(machine)];
    });
    expect(seen.posted).toEqual(['C_BAD_CD', undefined, true]);
    expect(seen.intended).toEqual(['C_BAD_CD', 'event 0x0a received:', false]);
    expect(seen.iommufd).toEqual(['C_BAD_CD', 'event 0x0a received:', false]);
  });
});

describe('configuration', () => {
  test('CFGI_CD: dropped, so that a CD that the SMMU has cached lives on; otherwise the new one counts', () => {
    const status = each((machine) => {
      const iova = map(machine);
      machine.dma(iova, 'read');
      machine.changeCd('V', false);
      return machine.dma(iova, 'read').outcome.status;
    });
    expect(status).toEqual({ posted: 'success', intended: 'fault', iommufd: 'fault' });
  });

  test('V = 0: the host keeps translating; ABORT; an abort STE. No event tells the guest', () => {
    const seen = each((machine) => {
      const iova = map(machine);
      machine.dma(iova, 'read');
      machine.writeSte(0n);
      return [machine.dma(iova, 'read').outcome.status, machine.physicalConfig(), printed(machine)];
    });
    expect(seen).toEqual({ posted: ['success', 7, []], intended: ['abort', 0, []], iommufd: ['abort', 0, []] });
  });

  test('S1 to S1: refused by v16, around it by the ideal VMM, hitless with iommufd; the guest sees no error', () => {
    const seen = each((machine) => {
      machine.writeSte(machine.ste0());
      return [machine.dropped().filter((one) => one.startsWith('vmm')), machine.physicalConfig(), machine.kernel.log.lines.length];
    });
    expect(seen.posted).toEqual([['vmm SET_PASID_TABLE: Failed to pass PASID table to host: -EINVAL (invalid argument)'], 7, 0]);
    expect([seen.intended, seen.iommufd]).toEqual([
      [[], 7, 0],
      [[], 7, 0],
    ]);
  });

  test('a hitless guest that leaves bypass: its third CFGI_STE is the one that is refused', () => {
    const virtualId = { ...QEMU_V10_ID, IDR1: QEMU_V10_ID.IDR1 | (1 << 27) };
    const guest = { vintage: VINTAGES['6.12'], firmware: msiFirmware([8]) };
    const machine = new NestedMachine({ path: POSTED, virtualId, guest });
    const tables = machine.journal.records.filter(({ hop, action }) => hop === 'vmm' && action === 'SET_PASID_TABLE');
    expect(tables.map(({ detail, result }) => [detail['config'], result])).toEqual([
      ['bypass', 0],
      ['translate', 0],
      ['translate', -22],
    ]);
    expect(machine.dma(map(machine), 'read').outcome.status).toBe('success');
  });

  test('passthrough: stage 2 alone', () => {
    const config = each((machine) => [machine.physicalConfig(), machine.dma(BUFFER, 'read').outcome.status], {
      guest: { defaultDomain: 'passthrough' },
    });
    for (const name of ['posted', 'intended', 'iommufd'] as const) expect(config[name]).toEqual([6, 'success']);
  });
});

describe('invalidation', () => {
  /** Whether a page that the guest unmapped is still reached. */
  const reachedAfter = (vintage: keyof typeof VINTAGES) =>
    each(
      (machine) => {
        const iova = map(machine);
        machine.dma(iova, 'read');
        machine.bound[0]!.dma!.unmap(iova, 0x1000n);
        return machine.dma(iova, 'read').outcome.status;
      },
      { guest: { vintage: VINTAGES[vintage] } },
    );

  test('a guest with range invalidation: everybody forwards it', () => {
    expect(reachedAfter('5.15')).toEqual({ posted: 'fault', intended: 'fault', iommufd: 'fault' });
  });

  test('a guest without: QEMU drops it, and the device reaches the page after dma_unmap', () => {
    expect(reachedAfter('5.4')).toEqual({ posted: 'success', intended: 'fault', iommufd: 'fault' });
  });

  test('lazy: reached until the queue is flushed, on every path', () => {
    const seen = each(
      (machine) => {
        const iova = map(machine);
        machine.dma(iova, 'read');
        const { dma } = machine.bound[0]!;
        dma!.unmap(iova, 0x1000n);
        const before = machine.dma(iova, 'read').outcome.status;
        dma!.flush();
        return [before, machine.dma(iova, 'read').outcome.status];
      },
      { guest: { defaultDomain: 'lazy' } },
    );
    for (const name of ['posted', 'intended', 'iommufd'] as const) expect(seen[name]).toEqual(['success', 'fault']);
  });

  test('the commands on the physical queue for one strict unmap; Leaf and the VMID', () => {
    const seen = each((machine) => {
      const iova = map(machine);
      machine.dropped();
      machine.bound[0]!.dma!.unmap(iova, 0x1000n);
      const issued = machine.journal.records.filter(({ hop, action }) => hop === 'host-driver' && action === 'CMD_TLBI_NH_VA');
      return issued.at(-1)?.detail;
    });
    for (const name of ['posted', 'intended', 'iommufd'] as const) {
      expect(seen[name]).toMatchObject({ VMID: 1, ASID: 1, Address: 0xffff_f000n, TG: 1, TTL: 3, Leaf: true });
    }
  });

  /** The TLBIs on the physical queue that one command of the guest becomes. */
  const physical = (machine: NestedMachine, command: readonly [bigint, bigint]) => {
    const before = machine.journal.records.length;
    machine.kernel.driver.smmu.cmdq.issueSync(command);
    return machine.journal.records
      .slice(before)
      .filter(({ hop, action }) => hop === 'host-driver' && action.startsWith('CMD_TLBI'))
      .map(({ action, detail }) => [action, detail]);
  };

  test('NH_VAA: as posted a TLBI_S2_IPA of the IOVA, which leaves the entry; then everything; then as it is', () => {
    const seen = each((machine) => {
      const iova = map(machine);
      machine.dma(iova, 'read');
      machine.ram.write64(leafOf(machine, iova), 0n);
      const [[action]] = physical(machine, [0x13n, iova | 0x701n]) as [[string, unknown]];
      return [action, machine.dma(iova, 'read').outcome.status];
    });
    expect(seen.posted).toEqual(['CMD_TLBI_S2_IPA', 'success']);
    expect(seen.intended[1]).toBe('fault');
    expect(seen.iommufd).toEqual(['CMD_TLBI_NH_VAA', 'fault']);
  });

  test('Leaf = 0 of a guest: Leaf = 1, Leaf = 0, Leaf = 0', () => {
    const seen = each((machine) => {
      const [[, detail]] = physical(machine, [(1n << 48n) | (9n << 20n) | 0x12n, 0x20_0000n | 0x700n]) as [
        [string, Record<string, unknown>],
      ];
      return detail['Leaf'] ?? false;
    });
    expect(seen).toEqual({ posted: true, intended: false, iommufd: false });
  });

  test('NSNH_ALL of a guest: the whole SMMU; the ASIDs of one VMID', () => {
    const flushed = each((machine) => physical(machine, [0x30n, 0n]).map(([action]) => action));
    expect(flushed.posted).toEqual(['CMD_TLBI_NSNH_ALL']);
    expect(flushed.intended).toEqual(['CMD_TLBI_NH_ALL']);
    expect(flushed.iommufd).toEqual(['CMD_TLBI_NH_ALL']);
  });

  test('two devices have two containers and VMIDs with VFIO: one TLBI of the guest goes to each', () => {
    const seen = each(
      (machine) => {
        const iova = map(machine);
        const before = machine.journal.records.length;
        machine.bound[0]!.dma!.unmap(iova, 0x1000n);
        return machine.journal.records
          .slice(before)
          .filter(({ hop, action }) => hop === 'host-driver' && action === 'CMD_TLBI_NH_VA')
          .map(({ detail }) => detail['VMID']);
      },
      { devices: 2 },
    );
    expect(seen).toEqual({ posted: [1, 2], intended: [1, 2], iommufd: [1] });
  });
});

describe('b.5: MSIs through the flat-mapped window', () => {
  /** The host maps its doorbell in stage 2, the device writes its message where the host told it to. */
  const message = (guest: NonNullable<MachineOptions['guest']>) =>
    each(
      (machine) => {
        const address = machine.host.prepareMsi(machine.hostDevices[0]!, VM_PA + 0x40n);
        expect(address).toBe(0x800_0040n);
        return machine.dma(BigInt(address), 'write').outcome.status;
      },
      { guest },
    );

  test('without RMR the write faults in stage 1; with it, or without stage 1, it arrives', () => {
    const arrives = { posted: 'success', intended: 'success', iommufd: 'success' };
    expect(message({})).toEqual({ posted: 'fault', intended: 'fault', iommufd: 'fault' });
    expect(message({ firmware: msiFirmware([8]) })).toEqual(arrives);
    expect(message({ defaultDomain: 'passthrough' })).toEqual(arrives);
  });
});
