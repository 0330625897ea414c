import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captureFolder } from '../../../test/cli/captures.ts';
import { parseKernelLog } from './parse.ts';

const log = (capture: string): string => readFileSync(join(captureFolder(capture), 'dmesg-smmu.txt'), 'utf8');
const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

describe.each(['ev-6.1', 'ev-7.3', 'hand-6.12', 'nestedhand-6.12', 's1-6.1', 's1-6.12', 's2-6.12', 'vfionest-6.1'])('the kernel log of %s', (capture) => {
  it('is understood completely: every event, command and error, no line left over', () => {
    const text = log(capture);
    const { records, problems } = parseKernelLog(text);
    expect(problems).toEqual([]);
    const events = records.filter((one) => one.kind === 'event');
    expect(events.length).toBe(countOf(text, /event 0x.. received:/g));
    expect(events.length).toBeGreaterThan(0);
    expect(events.every((one) => one.words?.length === 4)).toBe(true);
    expect(events.filter((one) => one.text !== null).length).toBe(countOf(text, / event: /g));
    expect(records.filter((one) => one.kind === 'cmd').length).toBe(countOf(text, /skipping command/g));
    expect(records.filter((one) => one.kind === 'gerror').length).toBe(countOf(text, /unexpected global error/g));
  });

  it('says the same without timestamps', () => {
    const text = log(capture);
    const bare = parseKernelLog(text.replace(/^\[ *[0-9.]+\] /gm, '')).records;
    const dated = parseKernelLog(text).records;
    expect(dated.every((one) => one.time !== null)).toBe(true);
    expect(bare).toEqual(dated.map((one) => ({ ...one, time: null })));
  });
});

describe('parseKernelLog', () => {
  it('puts the decoded lines of Linux 6.14 and later to the words before them', () => {
    const first = parseKernelLog(log('ev-7.3')).records.find((one) => one.kind === 'event');
    expect(first).toMatchObject({
      line: 18,
      words: [0x0000_0020_0000_0010n, 0x0000_0208_0000_0000n, 0xbad0_0000n, 0n],
      text: { name: 'F_TRANSLATION', client: '0000:00:04.0', sid: 0x20, ssid: 0, iova: 0xbad0_0000n, ipa: 0n },
    });
    expect(first).toMatchObject({ text: { access: { privileged: false, instruction: false, read: true, stage2: false, cause: 'Input address caused fault' } } });
  });

  it('takes a decoded line on its own as a record without words', () => {
    const { records, problems } = parseKernelLog(
      'arm-smmu-v3 arm-smmu-v3.0.auto: event: F_CD_FETCH client: (unassigned sid) sid: 0x28 ssid: 0x3 fetch_addr: 0x80000000\n',
    );
    expect(problems).toEqual([]);
    expect(records).toMatchObject([{ kind: 'event', words: null, device: 'arm-smmu-v3.0.auto', text: { name: 'F_CD_FETCH', sid: 0x28, ssid: 3, fetchAddr: 0x8000_0000n } }]);
  });

  it('keeps two SMMUs apart whose lines are mixed', () => {
    const word = (device: string, value: string): string => `arm-smmu-v3 ${device}: \t0x${value.padStart(16, '0')}`;
    const head = (device: string): string => `arm-smmu-v3 ${device}: event 0x10 received:`;
    const lines = [head('a'), head('b'), word('a', '0100000010'), word('b', '0200000010')];
    for (const value of ['1', '2', '3']) lines.push(word('a', value), word('b', value));
    const { records, problems } = parseKernelLog(lines.join('\n'));
    expect(problems).toEqual([]);
    expect(records.map((one) => [one.device, one.kind === 'event' ? one.words : null])).toEqual([
      ['a', [0x1_0000_0010n, 1n, 2n, 3n]],
      ['b', [0x2_0000_0010n, 1n, 2n, 3n]],
    ]);
  });

  it('does not take words for an event that they are not of', () => {
    const words = ['0000002000000013', '0', '0', '0'].map((word) => `arm-smmu-v3 a: \t0x${word.padStart(16, '0')}`);
    const { records, problems } = parseKernelLog(['arm-smmu-v3 a: event 0x10 received:', ...words].join('\n'));
    expect(records).toEqual([]);
    expect(problems).toMatchObject([{ line: 1, message: 'event 0x10 is announced, but its first word is 0x2000000013' }]);
  });

  it('keeps a decoded line apart from the words of another stream', () => {
    const words = ['0000002000000010', '0', '0', '0'].map((word) => `arm-smmu-v3 a: \t0x${word.padStart(16, '0')}`);
    const decoded = 'arm-smmu-v3 a: event: F_TRANSLATION client: 0000:00:05.0 sid: 0x28 ssid: 0x0 iova: 0x1000 ipa: 0x0';
    const { records } = parseKernelLog(['arm-smmu-v3 a: event 0x10 received:', ...words, decoded].join('\n'));
    expect(records).toMatchObject([
      { kind: 'event', words: [0x20_0000_0010n, 0n, 0n, 0n], text: null },
      { kind: 'event', words: null, text: { sid: 0x28 } },
    ]);
  });

  it('reports what it cannot use, with line numbers, and loses nothing else', () => {
    const { records, problems } = parseKernelLog(
      [
        'arm-smmu-v3 a: \t0x0000000000000001',
        'arm-smmu-v3 a: event 0x10 received:',
        'arm-smmu-v3 a: \t0x0000002000000010',
        'arm-smmu-v3 a: EVTQ write aborted -- events may have been lost',
        'nvme 0000:01:00.0: Adding to iommu group 0',
        'arm-smmu-v3 a: something new',
        'arm-smmu-v3 a: unpriv data read s1 "Input address caused fault" stag: 0x0',
      ].join('\n'),
    );
    expect(records).toMatchObject([{ kind: 'message', type: 'EVENTQ_ABT_ERR', line: 4 }]);
    expect(problems.map((one) => one.line)).toEqual([1, 2, 6, 7]);
    expect(problems[1]!.message).toMatch(/4 words of 64 bits, 1 follow; event 0x[0-9a-f]+ is [CF]_[A-Z_]+$/);
  });
});

describe('a log as people send it', () => {
  const EVENT = ['event 0x10 received:', '\t0x0000002000000010', '\t0x0000020800000000', '\t0x00000000bad00000', '\t0x0000000000000000'];
  const wanted = [{ kind: 'event', words: [0x0000_0020_0000_0010n, 0x0000_0208_0000_0000n, 0xbad0_0000n, 0n] }];

  it('is read out of journald entries, with their time and the line they stand in', () => {
    const entry = (message: unknown): string => JSON.stringify({ _TRANSPORT: 'kernel', _SOURCE_MONOTONIC_TIMESTAMP: '5120044', MESSAGE: message });
    const bytes = [...new TextEncoder().encode(`arm-smmu-v3 a: ${EVENT[1]!}`)];
    const lines = ['{"MESSAGE":"something else"}', ...EVENT.map((text) => `arm-smmu-v3 a: ${text}`).map((text, at) => entry(at === 1 ? bytes : text))];
    const { records, problems } = parseKernelLog(lines.join('\n'));
    expect(problems).toEqual([]);
    expect(records).toMatchObject([{ ...wanted[0], line: 2, time: 5.120044 }]);
  });

  it('is read out of a mail that quotes it twice', () => {
    const { records, problems } = parseKernelLog(['On Monday somebody wrote:', ...EVENT.map((text) => `> >> [    5.120044] arm-smmu-v3 a: ${text}`)].join('\n'));
    expect(problems).toEqual([]);
    expect(records).toMatchObject([{ ...wanted[0], line: 2, time: 5.120044 }]);
  });

  it('is put together again where a mailer wrapped its lines', () => {
    const text = [
      '> [    5.120044] arm-smmu-v3', '> 9050000.smmuv3: event 0x10 received:',
      '> [    5.124721] arm-smmu-v3 9050000.smmuv3:', '> 0x0000002000000010',
      ...EVENT.slice(2).map((word) => `> [    5.124903] arm-smmu-v3 9050000.smmuv3: ${word}`),
      '> [    5.124995] arm-smmu-v3 9050000.smmuv3: event: F_TRANSLATION client:', '> 0000:00:04.0 sid: 0x20 ssid: 0x0 iova: 0xbad00000', '> ipa: 0x0',
      '> [    5.125093] arm-smmu-v3 9050000.smmuv3: unpriv data read s1 "Input address', '> caused fault" stag: 0x0',
      'What does it mean?',
    ].join('\n');
    const { records, problems } = parseKernelLog(text);
    expect(problems).toEqual([]);
    expect(records).toMatchObject([{ ...wanted[0], line: 1, text: { iova: 0xbad0_0000n, ipa: 0n, access: { read: true } } }]);
  });

  it('has a message of every kind that the driver prints', () => {
    const messages = [
      ['[1.0] arm_smmu_evtq_thread: 54 callbacks suppressed', 'suppressed'],
      ['arm-smmu-v3 a: CMD_SYNC timeout at 0x00000116 [hwprod 0x00000117, hwcons 0x00000101]', 'CMD_SYNC'],
      ['arm-smmu-v3 a: CMDQ timeout', 'CMDQ'],
      ['arm-smmu-v3 a: EVTQ overflow detected -- events lost', 'EVENTQ_PROD.OVFLG'],
      ['arm-smmu-v3 a: ias 48-bit, oas 48-bit (features 0x00001fef)', 'probe'],
      ['arm-smmu-v3 a: no evtq irq - events will not be reported!', 'probe'],
      ['arm-smmu-v3 a: failed to enable gerror irq', 'driver'],
      ['arm-smmu-v3 a: IDR0.COHACC overridden by FW configuration (true)', 'probe'],
      ['arm-smmu-v3 a: failed to allocate l2 stream table for SID 4096', 'driver'],
    ] as const;
    const { records, problems } = parseKernelLog(messages.map(([line]) => line).join('\n'));
    expect(problems).toEqual([]);
    expect(records.map((one) => one.kind === 'message' && one.type)).toEqual(messages.map(([, type]) => type));
  });

  it('has the page request that the driver refuses', () => {
    const { records, problems } = parseKernelLog(
      'arm-smmu-v3 a: unexpected PRI request received:\narm-smmu-v3 a: \tsid 0x00000100.00003: [7L] unprivileged RW access at iova 0x0000ffff80001000\n',
    );
    expect(problems).toEqual([]);
    expect(records).toMatchObject([{ kind: 'pri', text: { sid: 0x100, ssid: 3, group: 7, last: true, privileged: false, read: true, write: true, execute: false, iova: 0xffff_8000_1000n } }]);
  });
});
