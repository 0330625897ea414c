import { describe, expect, test } from 'vitest';
import { FAULT_PERM, FAULT_REASON, FAULT_TYPE, FAULT_UNRECOV } from '../../host/driver/types.ts';
import type { IommuFault, UnrecoverableFault } from '../../host/driver/types.ts';
import { NOWHERE } from '../test-guest.ts';
import { IDEAL, QEMU_V10 } from './policy.ts';
import { vfioGuest } from './test-assigned.ts';

const FAULT: UnrecoverableFault = {
  type: FAULT_TYPE.DMA_UNRECOV,
  reason: FAULT_REASON.PTE_FETCH,
  flags: FAULT_UNRECOV.ADDR_VALID | FAULT_UNRECOV.PASID_VALID | FAULT_UNRECOV.FETCH_ADDR_VALID,
  pasid: 3,
  perm: FAULT_PERM.READ | FAULT_PERM.EXEC | FAULT_PERM.PRIV,
  addr: 0x1234_5678n,
  fetchAddr: 0x4005_0008n,
};

function report(policy: typeof IDEAL, ...faults: readonly IommuFault[]) {
  const { guest, devices } = vfioGuest(policy, 8);
  for (const fault of faults) expect(devices[0]!.ring.push(fault)).toBe(0);
  guest.smmu.hostEvents();
  return { guest, device: devices[0]! };
}

describe('b.4: QEMU injects by reason, with the address alone', () => {
  test.each([
    ['PASID_INVALID', 'C_BAD_SUBSTREAMID', {}],
    ['PASID_FETCH', 'F_CD_FETCH', {}],
    ['BAD_PASID_ENTRY', 'C_BAD_CD', {}],
    ['WALK_EABT', 'F_WALK_EABT', { InputAddr: 0x1234_5678n, FetchAddr: 0x4005_0008n }],
    ['PTE_FETCH', 'F_TRANSLATION', { InputAddr: 0x1234_5678n }],
    ['OOR_ADDRESS', 'F_ADDR_SIZE', { InputAddr: 0x1234_5678n }],
    ['ACCESS', 'F_ACCESS', { InputAddr: 0x1234_5678n }],
    ['PERMISSION', 'F_PERMISSION', { InputAddr: 0x1234_5678n }],
  ] as const)('%s: %s', (reason, name, fields) => {
    const { guest } = report(QEMU_V10, { ...FAULT, reason: FAULT_REASON[reason] });
    expect(guest.events).toEqual([{ name, fields: { StreamID: 8, ...fields } }]);
    expect(guest.interrupts).toEqual(['EVENTQ']);
  });

  test('every fault reads as an unprivileged data write, CLASS = CD, no SubstreamID; the journal says what was lost', () => {
    const { guest } = report(QEMU_V10, FAULT);
    expect(guest.journal.records.at(-2)).toMatchObject({
      action: 'inject',
      detail: { event: 'F_TRANSLATION', lost: 'SSV, SubstreamID, RnW, InD, PnU, Class' },
    });
  });

  test('what FetchAddr has no bits for is cut', () => {
    const { guest } = report(QEMU_V10, { ...FAULT, reason: FAULT_REASON.WALK_EABT, fetchAddr: 0xfff0_0000_4005_000fn });
    expect(guest.events[0]?.fields['FetchAddr']).toBe(0x4005_0008n);
  });

  test('PAGE_REQ records are skipped, other reasons dropped with a warning', () => {
    const request: IommuFault = { type: FAULT_TYPE.PAGE_REQ, flags: 2, pasid: 0, grpid: 1, perm: 1, addr: 0n };
    const { guest } = report(QEMU_V10, request, { ...FAULT, reason: FAULT_REASON.UNKNOWN });
    expect(guest.events).toEqual([]);
    expect(guest.dropped().map((record) => record.dropped)).toEqual(['page requests are skipped: the transaction waits for ever', 'no event for reason 0']);
  });
});

describe('the fault region as QEMU reads it: header, faults from tail to head, tail', () => {
  test('all faults are taken, in order, and the ring is empty afterwards', () => {
    const { guest, device } = report(QEMU_V10, FAULT, { ...FAULT, addr: 0x2000n }, { ...FAULT, addr: 0x3000n });
    expect(guest.events.map(({ fields }) => fields['InputAddr'])).toEqual([0x1234_5678n, 0x2000n, 0x3000n]);
    // Only empty to non-empty is an interrupt (IHI 0070 3.18).
    expect(guest.interrupts).toEqual(['EVENTQ']);
    expect(guest.interrupts).toEqual(['EVENTQ']);
    expect(device.ring.tail).toBe(device.ring.head);
    guest.smmu.hostEvents();
    expect(guest.events).toHaveLength(3);
  });

  test('around the end of the ring', () => {
    const { guest, devices } = vfioGuest(QEMU_V10, 8);
    const { ring } = devices[0]!;
    for (let i = 0; i < 511; i++) ring.push(FAULT);
    guest.write('CR0', 8);
    guest.smmu.hostEvents();
    guest.write('CR0', 13);
    ring.push({ ...FAULT, addr: 0xa000n });
    ring.push({ ...FAULT, addr: 0xb000n });
    guest.smmu.hostEvents();
    expect(guest.events.map(({ fields }) => fields['InputAddr'])).toEqual([0xa000n, 0xb000n]);
    expect(ring.head).toBe(1);
  });
});

describe("the guest's event queue", () => {
  const five = Array.from({ length: 5 }, () => FAULT);

  test('disabled: dropped without a sign to the guest', () => {
    const { guest, devices } = vfioGuest(QEMU_V10, 8);
    guest.write('CR0', 9);
    devices[0]!.ring.push(FAULT);
    guest.smmu.hostEvents();
    expect(guest.interrupts).toEqual([]);
    expect(guest.dropped()).toMatchObject([{ dropped: "the guest's event queue is disabled" }]);
  });

  test('full: QEMU makes EVENTQ_ABT_ERR active, the architecture flags an overflow', () => {
    const qemu = report(QEMU_V10, ...five).guest;
    expect(qemu.events).toHaveLength(4);
    expect(qemu.smmu.registers.errorActive('EVENTQ_ABT_ERR')).toBe(true);
    expect(qemu.smmu.registers.eventq.overflowed).toBe(false);
    const ideal = report(IDEAL, ...five).guest;
    expect(ideal.events).toHaveLength(4);
    expect(ideal.smmu.registers.errorActive('EVENTQ_ABT_ERR')).toBe(false);
    expect(ideal.smmu.registers.eventq.overflowed).toBe(true);
  });

  test('outside RAM: EVENTQ_ABT_ERR; while it is active the architecture writes nothing', () => {
    const { guest, devices } = vfioGuest(IDEAL, 8);
    guest.write('CR0', 0);
    guest.write64('EVENTQ_BASE', NOWHERE | 2n);
    guest.write('CR0', 13);
    devices[0]!.ring.push(FAULT);
    devices[0]!.ring.push(FAULT);
    guest.smmu.hostEvents();
    expect(guest.smmu.registers.errorActive('EVENTQ_ABT_ERR')).toBe(true);
    expect(guest.dropped().map((record) => record.dropped)).toEqual([
      "the guest's event queue is aborted",
      "the guest's event queue is blocked",
    ]);
  });
});

describe('ideal: everything the host told', () => {
  test('access, SubstreamID and class', () => {
    const { guest } = report(IDEAL, FAULT);
    const fields = { StreamID: 8, SSV: true, SubstreamID: 3, RnW: true, InD: true, PnU: true, Class: 2, InputAddr: 0x1234_5678n };
    expect(guest.events).toEqual([{ name: 'F_TRANSLATION', fields }]);
  });

  test('F_CD_FETCH with its address, and only where it is said to hold', () => {
    const reason = FAULT_REASON.PASID_FETCH;
    const { guest } = report(IDEAL, { ...FAULT, reason, flags: FAULT_UNRECOV.FETCH_ADDR_VALID }, { ...FAULT, reason, flags: 0 });
    expect(guest.events.map(({ fields }) => fields)).toEqual([{ StreamID: 8, FetchAddr: 0x4005_0008n }, { StreamID: 8 }]);
  });
});
