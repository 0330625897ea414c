import { describe, expect, test } from 'vitest';
import { CERROR } from '../../../spec/index.ts';
import { encodeStruct } from '../../uapi/bytes.ts';
import { STRUCT_VEVENT_ARM_SMMUV3, STRUCT_VEVENT_HEADER } from '../../uapi/iommufd/events.ts';
import { QEMU_V10_ID } from '../id-registers.ts';
import { NOWHERE, S1_STE } from '../test-guest.ts';
import { accelGuest } from './test-iommufd.ts';

const ABORT = 102;
const BYPASS = 103;

function started(commandsPerIoctl = 1, ...sids: readonly number[]) {
  const { guest, iommufd, made } = accelGuest(commandsPerIoctl, [8, ...sids]);
  return { guest, iommufd, made, boot: iommufd.take() };
}

describe('c.9: what is made before the guest runs', () => {
  test('vIOMMU, a vDEVICE for each device, the domains for abort and bypass; devices start with bypass', () => {
    expect(started().made).toEqual([
      'VIOMMU_ALLOC parent 50 -> 100',
      'VDEVICE_ALLOC vSID 8 -> 101',
      'HWPT_ALLOC 1 0 -> 102',
      'HWPT_ALLOC 9 0 -> 103',
      'ATTACH 8 to 103',
    ]);
  });

  test("SMMUEN: a vEVENTQ as deep as the guest's event queue, and every STE is looked at; V = 0 is the abort domain", () => {
    expect(started().boot).toEqual(['VEVENTQ_ALLOC depth 4 -> 104', `ATTACH 8 to ${ABORT}`]);
  });
});

describe('c.9: vSTEs', () => {
  test('S1: a new domain from the first two words, attach, free the old one', () => {
    const { guest, iommufd } = started();
    guest.ste(8, { ...S1_STE, S1DSS: 2, S1CIR: 1, S1COR: 1, S1CSH: 3 });
    expect(guest.commands(['CMD_CFGI_STE', { StreamID: 8 }], ['CMD_SYNC'])).toBe(0);
    expect(iommufd.take()).toEqual(['HWPT_ALLOC 4004000b d6 -> 105', 'ATTACH 8 to 105']);
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    expect(iommufd.take()).toEqual(['HWPT_ALLOC 4004000b d6 -> 106', 'ATTACH 8 to 106', 'DESTROY 105']);
  });

  test('what the uAPI has no bits for is left out', () => {
    const { guest, iommufd } = started();
    guest.ste(8, { ...S1_STE, MEV: true, SHCFG: 1, CONT: 3 });
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    expect(iommufd.take()[0]).toBe('HWPT_ALLOC 4004000b 0 -> 105');
  });

  test.each([
    ['bypass', { V: true, Config: 4 }, BYPASS],
    ['abort', { V: true, Config: 0 }, ABORT],
    ['V = 0', {}, ABORT],
    ['stage 2', { V: true, Config: 7 }, ABORT],
  ])('%s', (_, ste, domain) => {
    const { guest, iommufd } = started();
    guest.ste(8, S1_STE);
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    iommufd.take();
    guest.ste(8, ste);
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    expect(iommufd.take()).toEqual([`ATTACH 8 to ${domain}`, 'DESTROY 105']);
  });

  test('a stream table outside RAM: abort', () => {
    const { guest, iommufd } = started();
    guest.write('CR0', 12);
    guest.write64('STRTAB_BASE', NOWHERE);
    iommufd.take();
    guest.write('CR0', 13);
    expect(iommufd.take()).toEqual([`ATTACH 8 to ${ABORT}`]);
  });

  test('the host refuses: CERROR_ILL, CONS stays', () => {
    const { guest, iommufd } = started();
    guest.ste(8, S1_STE);
    iommufd.failAlloc = -5;
    const before = guest.cons;
    expect(guest.commands(['CMD_CFGI_STE', { StreamID: 8 }])).toBe(CERROR.ILL);
    expect(guest.cons).toBe(before);
  });

  test('a domain that cannot be attached is given back, the old one stays', () => {
    const { guest, iommufd } = started();
    guest.ste(8, S1_STE);
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    iommufd.take();
    iommufd.failAttach = -22;
    expect(guest.commands(['CMD_CFGI_STE', { StreamID: 8 }])).toBe(CERROR.ILL);
    expect(iommufd.take()).toEqual(['HWPT_ALLOC 4004000b 0 -> 106', 'ATTACH 8 to 106', 'DESTROY 106']);
  });

  test('CFGI_ALL and CFGI_STE_RANGE reach every device in range', () => {
    const { guest, iommufd } = started(1, 9);
    guest.ste(8, { V: true, Config: 4 });
    guest.ste(9, { V: true, Config: 4 });
    guest.commands(['CMD_CFGI_STE_RANGE', { StreamID: 9, Range: 0 }]);
    expect(iommufd.take()).toEqual(['ATTACH 9 to 104']);
    guest.commands(['CMD_CFGI_STE_RANGE', { Range: 31 }]);
    expect(iommufd.take()).toEqual(['ATTACH 8 to 104', 'ATTACH 9 to 104']);
  });
});

test('c.9: SMMUEN and GBPA.ABORT switch all devices', () => {
  const { guest, iommufd } = started();
  guest.write('CR0', 12);
  expect(iommufd.take()).toEqual([`ATTACH 8 to ${BYPASS}`]);
  guest.write('GBPA', 0x8010_0000);
  expect(iommufd.take()).toEqual([`ATTACH 8 to ${ABORT}`]);
  guest.ste(8, S1_STE);
  guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
  expect(iommufd.take()).toEqual([]);
  guest.write('CR0', 13);
  expect(iommufd.take()).toEqual(['HWPT_ALLOC 4004000b 0 -> 105', 'ATTACH 8 to 105']);
});

describe('c.9: commands', () => {
  const all = [
    ['CMD_TLBI_NSNH_ALL'],
    ['CMD_TLBI_NH_ALL'],
    ['CMD_TLBI_NH_ASID'],
    ['CMD_TLBI_NH_VA'],
    ['CMD_TLBI_NH_VAA'],
    ['CMD_CFGI_CD', { StreamID: 8 }],
    ['CMD_CFGI_CD_ALL', { StreamID: 8 }],
  ] as const;

  test('one command per ioctl, as QEMU does it', () => {
    const { guest, iommufd } = started(1);
    guest.commands(...all);
    expect(iommufd.take()).toEqual(['30', '10', '11', '12', '13', '5', '6'].map((opcode) => `HWPT_INVALIDATE ${opcode}`));
  });

  test('batches: what follows one another goes together, a CMD_SYNC or CFGI_STE ends a batch', () => {
    const { guest, iommufd } = started(3);
    guest.ste(8, { V: true, Config: 4 });
    guest.commands(
      ['CMD_TLBI_NH_ALL'],
      ['CMD_TLBI_NH_ASID'],
      ['CMD_SYNC'],
      ['CMD_TLBI_NH_VA'],
      ['CMD_CFGI_STE', { StreamID: 8 }],
      ...all.slice(0, 4),
    );
    expect(iommufd.take()).toEqual([
      'HWPT_INVALIDATE 10 11',
      'HWPT_INVALIDATE 12',
      `ATTACH 8 to ${BYPASS}`,
      'HWPT_INVALIDATE 30 10 11',
      'HWPT_INVALIDATE 12',
    ]);
  });

  test('a batch that fails: CERROR_ILL at the command that entry_num names', () => {
    const { guest, iommufd } = started(8);
    iommufd.failInvalidate = [-5, 2];
    const before = guest.cons;
    expect(guest.commands(['CMD_TLBI_NH_ALL'], ['CMD_TLBI_NH_ASID'], ['CMD_TLBI_NH_VA'], ['CMD_SYNC'])).toBe(CERROR.ILL);
    expect(guest.cons).toBe(before + 2);
    guest.write('GERRORN', 1);
    expect(iommufd.take()).toEqual(['HWPT_INVALIDATE 10 11 12', 'HWPT_INVALIDATE 12']);
    expect(guest.cons).toBe(before + 4);
  });

  test('a batch goes on around the end of the ring', () => {
    const { guest, iommufd } = started(8);
    guest.commands(...Array.from({ length: 61 }, () => ['CMD_SYNC'] as const));
    guest.commands(...all, ['CMD_SYNC']);
    expect(iommufd.take()).toEqual(['HWPT_INVALIDATE 30 10 11 12 13 5 6']);
    expect(guest.cons).toBe(69);
  });

  test('CFGI_CD for a StreamID without device is no error and goes nowhere', () => {
    const { guest, iommufd } = started(8);
    expect(guest.commands(['CMD_CFGI_CD', { StreamID: 77 }], ['CMD_SYNC'])).toBe(0);
    expect(iommufd.take()).toEqual([]);
    expect(guest.dropped()).toMatchObject([{ action: 'CMD_CFGI_CD', dropped: 'no device has the StreamID' }]);
  });

  test('ATC_INV needs IDR0.ATS', () => {
    expect(started().guest.commands(['CMD_ATC_INV', { StreamID: 8 }])).toBe(CERROR.ILL);
    const { guest, iommufd } = accelGuest(1, [8], { ...QEMU_V10_ID, IDR0: QEMU_V10_ID.IDR0 | (1 << 10) });
    iommufd.take();
    expect(guest.commands(['CMD_ATC_INV', { StreamID: 8 }])).toBe(0);
    expect(iommufd.take()).toEqual(['HWPT_INVALIDATE 40']);
  });

  test.each(['CMD_TLBI_EL2_ALL', 'CMD_TLBI_S12_VMALL', 'CMD_TLBI_S2_IPA', 'CMD_RESUME', 'CMD_PRI_RESP'])('%s: CERROR_ILL', (name) => {
    expect(started().guest.commands([name])).toBe(CERROR.ILL);
  });

  test('unknown opcodes, SSec = 1 and CS = 3: CERROR_ILL', () => {
    expect(started().guest.raw(Int32Array.of(0xff, 0, 0, 0))).toBe(CERROR.ILL);
    expect(started(8).guest.commands(['CMD_CFGI_CD', { StreamID: 8, SSec: true }])).toBe(CERROR.ILL);
    expect(started().guest.commands(['CMD_SYNC', { CS: 3 }])).toBe(CERROR.ILL);
  });

  test('PREFETCH: no-op; RESUME where the virtual SMMU stalls is consumed, as iommufd takes none', () => {
    const { guest, iommufd } = accelGuest(1, [8], { ...QEMU_V10_ID, IDR0: QEMU_V10_ID.IDR0 & ~(3 << 24) });
    iommufd.take();
    expect(guest.commands(['CMD_PREFETCH_CONFIG', { StreamID: 8 }], ['CMD_RESUME', { StreamID: 8 }])).toBe(0);
    expect(iommufd.take()).toEqual([]);
    expect(guest.dropped()).toMatchObject([{ action: 'CMD_RESUME' }]);
  });
});

describe("c.9: the read thread copies raw records into the guest's queue", () => {
  const record = (sequence: number, address: bigint): Uint8Array =>
    Uint8Array.from([
      ...encodeStruct(STRUCT_VEVENT_HEADER, { sequence }),
      ...encodeStruct(STRUCT_VEVENT_ARM_SMMUV3, { evt: [0x8_0000_0010n, 0x208_0000_0000n, address, 0n] }),
    ]);
  const lost = (sequence: number): Uint8Array => encodeStruct(STRUCT_VEVENT_HEADER, { flags: 1, sequence });
  const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

  test('word for word', () => {
    const { guest, iommufd } = started();
    iommufd.pending = [join(record(0, 0x1000n), record(1, 0x2000n)), record(2, 0x3000n)];
    guest.smmu.hostEvents();
    expect(guest.events.map(({ fields }) => fields['InputAddr'])).toEqual([0x1000n, 0x2000n, 0x3000n]);
    expect(guest.events[0]).toEqual({ name: 'F_TRANSLATION', fields: { StreamID: 8, RnW: true, Class: 2, InputAddr: 0x1000n } });
    expect(guest.dropped()).toEqual([]);
  });

  test('a gap in the numbers and a lone header say how many are lost', () => {
    const { guest, iommufd } = started();
    iommufd.pending = [join(record(0, 0n), record(3, 0n), lost(6))];
    guest.smmu.hostEvents();
    expect(guest.events).toHaveLength(2);
    expect(guest.dropped().map(({ detail }) => detail)).toEqual([{ lost: 2 }, { lost: 3 }]);
  });

  test('numbers come round at INT_MAX', () => {
    const { guest, iommufd } = started();
    iommufd.pending = [record(0x7fff_ffff, 0n), record(0, 0n)];
    guest.smmu.hostEvents();
    expect(guest.dropped()).toHaveLength(1);
    expect(guest.events).toHaveLength(2);
  });
});
