import { describe, expect, test } from 'vitest';
import { FAULT_PAGE_REQUEST, FAULT_PERM, FAULT_TYPE, PAGE_RESPONSE } from '../host/driver/types.ts';
import type { PageRequestFault } from '../host/driver/types.ts';
import { encodeStruct } from '../uapi/bytes.ts';
import { STRUCT_HWPT_PGFAULT } from '../uapi/iommufd/events.ts';
import { accelGuest } from './accel/test-iommufd.ts';
import { QEMU_V10_ID, withStalls } from './id-registers.ts';
import { TestGuest } from './test-guest.ts';
import { IDEAL } from './vfio/policy.ts';
import { FakeDevice } from './vfio/test-assigned.ts';
import { VfioHost } from './vfio/vfio-host.ts';

const STALLS = withStalls(QEMU_V10_ID, 0, 16);
const { SUCCESS, INVALID } = PAGE_RESPONSE;
const { LAST_PAGE, PASID_VALID } = FAULT_PAGE_REQUEST;

const request = (grpid: number, more: Partial<PageRequestFault> = {}): PageRequestFault =>
  ({ type: FAULT_TYPE.PAGE_REQ, flags: LAST_PAGE, pasid: 0, grpid, perm: FAULT_PERM.WRITE, addr: 0x5000n, ...more });

interface Rig {
  readonly guest: TestGuest;
  /** The host tells of page requests. */
  tell(...requests: readonly PageRequestFault[]): void;
  /** What the host got for an answer since the last time: group or cookie, and code. */
  answers(): (readonly [of: number, code: number])[];
}

function vfio(): Rig {
  const devices = [new FakeDevice(8), new FakeDevice(16)];
  const guest = new TestGuest((side) => new VfioHost(side, devices, IDEAL), IDEAL.whenFull, STALLS);
  return {
    guest,
    tell(...requests) {
      for (const one of requests) expect(devices[0]!.ring.push(one)).toBe(0);
      guest.smmu.hostEvents();
    },
    answers: () => devices[0]!.answers.splice(0).map(({ grpid, code }) => [grpid, code] as const),
  };
}

/** Cookies are 100 and the group. */
function iommufd(): Rig {
  const { guest, iommufd: file } = accelGuest(1, [8, 16], STALLS, true);
  file.take();
  return {
    guest,
    tell(...requests) {
      for (const { flags, pasid, grpid, perm, addr } of requests) file.faults.push(encodeStruct(STRUCT_HWPT_PGFAULT, { flags, dev_id: 1008, pasid, grpid, perm, addr, cookie: 100 + grpid }));
      while (guest.smmu.hostEvents()) continue;
    },
    answers: () => file.take().flatMap((line) => { const [what, cookie, code] = line.split(' '); return what === 'ANSWER' ? [[Number(cookie) - 100, Number(code)] as const] : []; }),
  };
}

describe.each([['vfio-v16', vfio], ['iommufd', iommufd]] as const)('stalls of a guest on %s', (_, rig) => {
  test('b.4, c.2: a page request is a stall of the guest, STAG the group; what was lost is said [event.F_TRANSLATION]', () => {
    const { guest, tell } = rig();
    tell(request(7), request(9, { perm: FAULT_PERM.READ | FAULT_PERM.EXEC | FAULT_PERM.PRIV, flags: LAST_PAGE | PASID_VALID, pasid: 3 }));
    expect(guest.events).toEqual([
      { name: 'F_TRANSLATION', fields: { StreamID: 8, STAG: 7, Stall: true, Class: 2, InputAddr: 0x5000n } },
      { name: 'F_TRANSLATION', fields: { StreamID: 8, SSV: true, SubstreamID: 3, STAG: 9, Stall: true, RnW: true, InD: true, PnU: true, Class: 2, InputAddr: 0x5000n } },
    ]);
    expect(guest.journal.records.find(({ action }) => action === 'inject')?.detail).toMatchObject({ STAG: 7, lost: 'the kind of fault' });
  });

  test.each([
    ['Ac', { Ac: true }, SUCCESS],
    ['Ab', { Ab: true }, INVALID],
    ['neither: RAZ/WI, for which no uAPI has an answer', {}, INVALID],
  ])('4.7.1: CMD_RESUME with %s [command.CMD_RESUME]', (_row, fields, code) => {
    const { guest, tell, answers } = rig();
    tell(request(7));
    expect(guest.commands(['CMD_RESUME', { StreamID: 8, STAG: 7, ...fields }])).toBe(0);
    expect(answers()).toEqual([[7, code]]);
    // Answered once: the STAG is gone.
    guest.commands(['CMD_RESUME', { StreamID: 8, STAG: 7, ...fields }]);
    expect(answers()).toEqual([]);
  });

  test('a STAG of another stream, or of none, is no error and asks the host nothing', () => {
    const { guest, tell, answers } = rig();
    tell(request(7));
    expect(guest.commands(['CMD_RESUME', { StreamID: 16, STAG: 7, Ac: true }], ['CMD_RESUME', { StreamID: 8, STAG: 6, Ac: true }])).toBe(0);
    expect([answers(), guest.dropped().map(({ dropped }) => dropped)]).toEqual([[], ['no stall of the stream has this STAG', 'no stall of the stream has this STAG']]);
  });

  test('4.7.2: CMD_STALL_TERM ends all of a stream, and no other [command.CMD_STALL_TERM]', () => {
    const { guest, tell, answers } = rig();
    tell(request(1), request(2));
    guest.commands(['CMD_STALL_TERM', { StreamID: 16 }]);
    expect(answers()).toEqual([]);
    guest.commands(['CMD_STALL_TERM', { StreamID: 8 }]);
    expect(answers()).toEqual([[1, INVALID], [2, INVALID]]);
  });

  test('6.3.9.6: SMMUEN 0 ends them all', () => {
    const { guest, tell, answers } = rig();
    tell(request(1), request(2));
    guest.write('CR0', 12);
    expect(answers()).toEqual([[1, INVALID], [2, INVALID]]);
  });

  test('3.12.2: one that finds the event queue full is told of when there is room, and is no overflow', () => {
    const { guest, tell } = rig();
    tell(...[1, 2, 3, 4, 5, 6].map((grpid) => request(grpid)));
    expect(guest.events.map(({ fields }) => fields['STAG'])).toEqual([1, 2, 3, 4]);
    guest.write('EVENTQ_CONS', 3);
    expect([guest.smmu.host.tellStalls(), guest.smmu.host.tellStalls()]).toEqual([true, false]);
    expect(guest.events.map(({ fields }) => fields['STAG'])).toEqual([4, 5, 6]);
    expect(guest.read('EVENTQ_PROD') >>> 31).toBe(0);
  });

  test('without STALL_MODEL the command is illegal', () => {
    expect(vfioWithout().commands(['CMD_RESUME', { StreamID: 8 }])).toBe(1);
  });
});

const vfioWithout = (): TestGuest => new TestGuest((side) => new VfioHost(side, [new FakeDevice(8)], IDEAL), IDEAL.whenFull);

test('an answer that the host does not take is said, with its errno', () => {
  const { guest, iommufd: file } = accelGuest(1, [8], STALLS, true);
  file.faults.push(encodeStruct(STRUCT_HWPT_PGFAULT, { flags: LAST_PAGE, dev_id: 1008, grpid: 7, perm: 1, addr: 0x5000n, cookie: 1 }));
  guest.smmu.hostEvents();
  file.failAnswer = -22;
  guest.commands(['CMD_RESUME', { StreamID: 8, STAG: 7, Ac: true }]);
  expect(guest.dropped().map(({ dropped }) => dropped)).toEqual(['the host does not take the answer: -EINVAL (invalid argument)']);
});

test('a page fault of a device that the VM does not have is answered at once', () => {
  const { guest, iommufd: file } = accelGuest(1, [8], STALLS, true);
  file.take();
  file.faults.push(encodeStruct(STRUCT_HWPT_PGFAULT, { flags: LAST_PAGE, dev_id: 77, grpid: 7, perm: 1, addr: 0x5000n, cookie: 5 }));
  guest.smmu.hostEvents();
  expect([guest.events, file.take()]).toEqual([[], ['ANSWER 5 1']]);
});

test('c.2: a vSTE of a device that may stall is a domain with a fault queue', () => {
  const { made } = accelGuest(1, [8], STALLS, true);
  expect(made[1]).toBe('FAULT_QUEUE_ALLOC -> 101');
});
