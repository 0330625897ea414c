import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeEvent } from '../../../src/model/stack/host/driver/event.ts';
import { decodedLines, rawLines } from '../../../src/model/stack/host/driver/event-text.ts';
import { FAULT_REASON } from '../../../src/model/stack/host/driver/types.ts';
import type { EventWords, UnrecoverableFault } from '../../../src/model/stack/host/driver/types.ts';
import { DEVICE, HostMachine, TRANSLATE } from './host-machine.ts';
import type { HostOptions } from './host-machine.ts';

const PREFIX = /^\[ *[\d.]+\] arm-smmu-v3 9050000\.smmuv3: /;

/** The driver's lines of a capture, without time and device. */
function dmesgOf(name: string): string[] {
  const file = fileURLToPath(new URL(`../../fixtures/captures/${name}/dmesg-smmu.txt`, import.meta.url));
  return readFileSync(file, 'utf8').split('\n').filter((line) => PREFIX.test(line)).map((line) => line.replace(PREFIX, ''));
}

/** Each event of a log: its four words, and the lines that are printed for it. */
function eventsOf(lines: readonly string[]): { words: EventWords; printed: string[] }[] {
  const starts = lines.flatMap((line, i) => (/^event 0x.. received:/.test(line) ? [i] : []));
  return starts.map((start) => {
    const [a, b, c, d] = lines.slice(start + 1, start + 5).map((line) => BigInt(line.trim()));
    let end = start + 5;
    while (end < lines.length && /^event: |^(un)?priv /.test(lines[end]!)) end++;
    return { words: [a!, b!, c!, d!], printed: lines.slice(start, end) };
  });
}

const clientOf = (printed: readonly string[]): string | null => {
  const name = /client: (.*?) sid:/.exec(printed.join('\n'))?.[1];
  return name === undefined || name === '(unassigned sid)' ? null : name;
};

describe('dmesg (d.7)', () => {
  test.each(['s1-6.1', 's1-6.12', 's2-6.12', 'hand-6.12', 'ev-6.1'])('%s: the raw lines of every event', (name) => {
    const events = eventsOf(dmesgOf(name));
    expect(events.length).toBeGreaterThan(0);
    for (const { words, printed } of events) expect(rawLines(words)).toEqual(printed);
  });

  test('ev-7.3: raw and decoded lines of every event', () => {
    const events = eventsOf(dmesgOf('ev-7.3'));
    expect(events.length).toBeGreaterThan(10);
    for (const { words, printed } of events) expect([...rawLines(words), ...decodedLines(decodeEvent(words), clientOf(printed))]).toEqual(printed);
  });

  test('Shameer\'s sample: noise in STAG and IPA is tolerated', () => {
    const event = decodeEvent([0x0000_7d12_0000_0010n, 0x0000_1200_0000_007cn, 0xfffe_f040n, 0xfffe_f000n]);
    expect(event).toMatchObject({ sid: 0x7d12, ssv: false, ssid: 0, s2: false, class: 2, read: false, privileged: false, instruction: false, ttRead: true, stag: 0x7c, stall: false });
    expect(decodedLines(event, null)).toEqual([
      'event: F_TRANSLATION client: (unassigned sid) sid: 0x7d12 ssid: 0x0 iova: 0xfffef040 ipa: 0xfffef000',
      'unpriv data write s1 "Input address caused fault" stag: 0x7c',
    ]);
  });

  test.each([
    [0x0b, 'UNKNOWN'], [0x01, 'UNKNOWN'], [0x05, 'UNKNOWN'], [0x07, 'UNKNOWN'], [0x20, 'UNKNOWN'], [0x21, 'UNKNOWN'],
    [0x02, 'C_BAD_STREAMID'], [0x04, 'C_BAD_STE'], [0x06, 'F_STREAM_DISABLED'], [0x08, 'C_BAD_SUBSTREAMID'], [0x0a, 'C_BAD_CD'],
  ])('event 0x%s is %s: name, client, sid, ssid', (id, name) => {
    expect(decodedLines(decodeEvent([BigInt(id) | (0x20n << 32n), 0n, 0n, 0n]), 'dev')).toEqual([`event: ${name} client: dev sid: 0x20 ssid: 0x0`]);
  });

  test.each([[0x03, 'F_STE_FETCH'], [0x09, 'F_CD_FETCH'], [0x25, 'F_VMS_FETCH']])('event 0x%s is %s with its fetch_addr', (id, name) => {
    const event = decodeEvent([BigInt(id) | (0x20n << 32n), 0n, 0n, 0xfff0_0000_1234_5678n]);
    expect(decodedLines(event, 'dev')).toEqual([`event: ${name} client: dev sid: 0x20 ssid: 0x0 fetch_addr: 0x12345678`]);
  });

  test('ttd_read and ttd_write for F_PERMISSION with CLASS TT only; the class says stage 1 also at stage 2', () => {
    const words = (id: bigint, w1: bigint): EventWords => [id | (0x20n << 32n), w1, 0x1000n, 0x2000n];
    expect(decodedLines(decodeEvent(words(0x13n, 0x1180_0000_0000n)), 'dev')[1]).toBe('unpriv data write s2 "Stage 1 translation table fetch" ttd_read stag: 0x0');
    expect(decodedLines(decodeEvent(words(0x13n, 0x0180_0000_0000n)), 'dev')[1]).toBe('unpriv data write s2 "Stage 1 translation table fetch" ttd_write stag: 0x0');
    expect(decodedLines(decodeEvent(words(0x10n, 0x1180_0000_0000n)), 'dev')[1]).toBe('unpriv data write s2 "Stage 1 translation table fetch" stag: 0x0');
    expect(decodedLines(decodeEvent(words(0x10n, 0x020e_8000_0003n)), 'dev')[1]).toBe('priv inst read s1 "Input address caused fault" stall stag: 0x3');
    expect(decodedLines(decodeEvent(words(0x10n, 0x0000_0000_0000n)), 'dev')[1]).toBe('unpriv data write s1 "CD fetch" stag: 0x0');
    expect(decodedLines(decodeEvent(words(0x10n, 0x0300_0000_0000n)), 'dev')[1]).toBe('unpriv data write s1 "Reserved" stag: 0x0');
  });
});

const SID = 0x20n << 32n;
const IN = 2n << 40n;
const S2 = 1n << 39n;
const READ = 1n << 35n;
const STALL = 1n << 31n;

function machine(options: HostOptions = {}, device = DEVICE) {
  const host = new HostMachine(options);
  const domain = host.attached(device);
  host.driver.attachPasidTable(domain, TRANSLATE);
  return host;
}

const FETCH = 0x4567_8040n;

describe('arm_smmu_handle_evt with patch 8 (a.8)', () => {
  const rows: [string, number, number, number, bigint][] = [
    ['0x10 F_TRANSLATION', 0x10, FAULT_REASON.PTE_FETCH, 2, 0n],
    ['0x11 F_ADDR_SIZE', 0x11, FAULT_REASON.OOR_ADDRESS, 2, 0n],
    ['0x12 F_ACCESS', 0x12, FAULT_REASON.ACCESS, 2, 0n],
    ['0x13 F_PERMISSION', 0x13, FAULT_REASON.PERMISSION, 2, 0n],
    ['0x08 C_BAD_SUBSTREAMID', 0x08, FAULT_REASON.PASID_INVALID, 0, 0n],
    ['0x09 F_CD_FETCH', 0x09, FAULT_REASON.PASID_FETCH, 4, FETCH],
    ['0x0a C_BAD_CD', 0x0a, FAULT_REASON.BAD_PASID_ENTRY, 0, 0n],
    ['0x0b F_WALK_EABT', 0x0b, FAULT_REASON.WALK_EABT, 6, FETCH],
  ];

  test.each(rows)('%s as intended', (_, id, reason, flags, fetchAddr) => {
    const host = machine({ as: 'intended' });
    host.raise([BigInt(id) | SID, IN | READ, 0xbad0_0000n, FETCH]);
    expect(host.faults).toEqual([[DEVICE, { type: 1, reason, flags, pasid: 0, perm: 1, addr: 0xbad0_0000n, fetchAddr }]]);
    expect(host.dmesg()).toEqual([]);
  });

  test.each(rows)('%s as posted', (_, id, reason, flags) => {
    const host = machine();
    host.raise([BigInt(id) | SID, IN, 0xbad0_0000n, FETCH]);
    if (id >= 0x10) expect(host.faults[0]?.[1]).toMatchObject({ reason, flags, perm: 2, fetchAddr: 0n });
    else {
      // The first switch returns -EOPNOTSUPP: the added rows are dead.
      expect([host.faults, host.dmesg()[0]]).toEqual([[], `event 0x0${id.toString(16)} received:`]);
      expect(host.journal.records.at(-1)).toMatchObject({ action: 'handle_evt', result: -95 });
    }
  });

  test.each([0x02, 0x03, 0x04, 0x06, 0x20, 0x21])('event 0x%s is not reported in either form: -EOPNOTSUPP', (id) => {
    for (const as of ['posted', 'intended'] as const) {
      const host = machine({ as });
      host.raise([BigInt(id) | SID, 0n, 0n, 0n]);
      expect([host.faults, host.journal.records.at(-1)?.result]).toEqual([[], -95]);
    }
  });

  test('S2 = 1: -EFAULT, and the host prints it', () => {
    for (const as of ['posted', 'intended'] as const) {
      const host = machine({ as });
      host.raise([0x10n | SID, S2, 0x1000n, 0x8_4567_8000n]);
      expect([host.faults, host.journal.records.at(-1)?.result, host.dmesg().length]).toEqual([[], -14, 5]);
    }
  });

  test('perm, PASID and SSV', () => {
    const host = machine();
    host.raise([0x10n | SID | (1n << 11n) | (7n << 12n), IN | READ | (1n << 34n) | (1n << 33n), 0x1000n, 0n]);
    expect(host.faults[0]?.[1]).toMatchObject({ pasid: 7, perm: 1 | 4 | 8, flags: 3 });
  });

  test('no device has the StreamID: -EINVAL', () => {
    const host = machine();
    host.raise([0x10n | (0x99n << 32n), IN, 0x1000n, 0n]);
    expect([host.faults, host.journal.records.at(-1)?.result]).toEqual([[], -22]);
  });

  test('a report that nobody takes is printed at dev_info, one that is taken leaves no trace', () => {
    const host = machine();
    host.coreResult = -28;
    host.raise([0x10n | SID, IN, 0x1000n, 0n]);
    expect(host.log.lines.map((line) => line.level)).toEqual(['info', 'info', 'info', 'info', 'info']);
    expect(host.log.lines[0]?.text).toBe('arm-smmu-v3 9050000.smmuv3: event 0x10 received:');
  });

  test('STALL: a page request; when nobody takes it, CMD_RESUME with abort', () => {
    const host = machine({}, { ...DEVICE, canStall: true });
    host.coreResult = -28;
    host.mark();
    host.raise([0x10n | SID, IN | STALL | 0x1234n, 0x1000n, 0n]);
    expect(host.faults[0]?.[1]).toEqual({ type: 2, flags: 2, pasid: 0, grpid: 0x1234, perm: 2, addr: 0x1000n });
    expect(host.words()).toEqual(['0000002000002044 0000000000001234']);
    expect(host.names()).toEqual(['RESUME']);
  });

  test('events of the real SMMU arrive: a guest CD outside stage 2 is a fault of stage 2, never reported', () => {
    const host = machine({ as: 'intended' });
    const { fault } = host.smmu.translate({ sid: 0x20, iova: 0x1000n, access: 'read' });
    expect(fault).toMatchObject({ name: 'F_TRANSLATION', stage: 2 });
    expect([host.faults, host.dmesg()[0]]).toEqual([[], 'event 0x10 received:']);
  });

  test('an overflow is told and acknowledged, every event that was kept is handled', () => {
    const host = machine({ evtqShift: 2 });
    const held = host.driver.interrupt.bind(host.driver);
    host.driver.interrupt = () => undefined;
    for (let i = 0; i < 6; i++) host.raise([0x10n | SID, IN, BigInt(i), 0n]);
    held('EVENTQ');
    expect(host.faults.map(([, fault]) => (fault as UnrecoverableFault).addr)).toEqual([0n, 1n, 2n, 3n]);
    expect(host.dmesg()).toEqual(['EVTQ overflow detected -- events lost']);
    expect(host.smmu.read32(0x100a8)).toBe(host.smmu.read32(0x100ac));
  });
});

describe('page response (a.8)', () => {
  const stalling = { ...DEVICE, canStall: true };
  const response = { flags: 0, pasid: 0, grpid: 0x12, code: 0 };

  test.each([
    ['SUCCESS', 0, '0000002000001044 0000000000000012'],
    ['INVALID', 1, '0000002000002044 0000000000000012'],
    ['FAILURE', 2, '0000002000002044 0000000000000012'],
  ])('%s: CMD_RESUME, no CMD_SYNC', (_, code, words) => {
    const host = machine({}, stalling);
    host.mark();
    expect(host.driver.pageResponse(stalling, { ...response, code })).toBe(0);
    expect([host.words(), host.names()]).toEqual([[words], ['RESUME']]);
  });

  test('another code: -EINVAL', () => {
    expect(machine({}, stalling).driver.pageResponse(stalling, { ...response, code: 3 })).toBe(-22);
  });

  test('a device that does not stall: -ENODEV', () => {
    expect(machine().driver.pageResponse(DEVICE, response)).toBe(-19);
  });
});
