import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captureFolder, EVENT_CAPTURES, MEMORY_CAPTURES } from './captures.ts';
import { cli, jsonLines } from './run-cli.ts';

const log = (capture: string): string => readFileSync(join(captureFolder(capture), 'dmesg-smmu.txt'), 'utf8');

/** The architecture's names of the event numbers that the kernels met. */
const NAMES: Readonly<Record<string, string>> = {
  '02': 'C_BAD_STREAMID', '03': 'F_STE_FETCH', '04': 'C_BAD_STE', '09': 'F_CD_FETCH', '0a': 'C_BAD_CD', '0b': 'F_WALK_EABT',
  10: 'F_TRANSLATION', 11: 'F_ADDR_SIZE', 12: 'F_ACCESS', 13: 'F_PERMISSION',
};

describe.each([...MEMORY_CAPTURES, ...EVENT_CAPTURES])('decode of the kernel log of %s', (capture) => {
  it('names every record, in order, with its words', async () => {
    const text = log(capture);
    const { code, out, err } = await cli(['decode', '--json'], text);
    expect([code, err]).toEqual([0, '']);
    const events = jsonLines(out).filter((one) => one['kind'] === 'event');
    const printed = [...text.matchAll(/event 0x(..) received:\n.*?0x(\w{16})\n.*?0x(\w{16})\n.*?0x(\w{16})\n.*?0x(\w{16})\n/g)];
    expect(events.map((one) => one['type'])).toEqual(printed.map((one) => NAMES[one[1]!]));
    expect(events.map((one) => one['words'])).toEqual(printed.map((one) => one.slice(2)));
  });

  it('agrees with what a newer kernel decoded itself', async () => {
    const events = jsonLines((await cli(['decode', '--json'], log(capture))).out).filter((one) => one['kind'] === 'event');
    const decoded = [...log(capture).matchAll(/event: (\w+) client: \S+ sid: (\w+) ssid: (\w+)(?: iova: (\w+))?/g)];
    expect(decoded.length).toBe(capture === 'ev-7.3' ? events.length : 0);
    for (const [index, [, name, sid, ssid, iova]] of decoded.entries()) {
      expect(events[index]).toMatchObject({ type: name === 'UNKNOWN' ? 'F_WALK_EABT' : name, StreamID: Number(sid), SubstreamID: Number(ssid) });
      if (iova !== undefined) expect(BigInt(events[index]!['InputAddr'] as string)).toBe(BigInt(iova));
    }
  });
});

describe('decode of a kernel log', () => {
  it('has the fields under the architecture\'s names, addresses as hex strings', async () => {
    const { out } = await cli(['decode', '--json'], log('ev-7.3'));
    expect(jsonLines(out).find((one) => one['type'] === 'F_WALK_EABT')).toEqual({
      kind: 'event', type: 'F_WALK_EABT', line: expect.any(Number),
      words: ['000000280000000b', '0000010800000000', '0000000000100000', '0000000800000000'],
      notes: ['the driver has no name for it and prints UNKNOWN'],
      cause: expect.stringMatching(/^A translation table could not be read at PA 0x800000000, for a read of 0x100000 by StreamID 0x28/), remedy: expect.stringContaining('TTB0'),
      EventNumber: 0x0b, SSV: 0, SubstreamID: 0, StreamID: 0x28, Reason: 0, GPCF: 0, PnU: 0, InD: 0, RnW: 1, S2: 0, Class: 'TT',
      InputAddr: '0x100000', FetchAddr: '0x800000000',
    });
  });

  it('decodes errors of the queues and the commands that were skipped', async () => {
    const { out } = await cli(['decode', '--json'], log('ev-6.1'));
    const others = jsonLines(out).filter((one) => one['kind'] !== 'event' && one['type'] !== 'probe');
    expect(others.map((one) => [one['kind'], one['type']])).toEqual([
      ['gerror', 'EVENTQ_ABT_ERR'], ['message', 'EVENTQ_ABT_ERR'],
      ['gerror', 'CMDQ_ERR'], ['cmdq-error', 'CERROR_ILL'], ['cmd', 'RESERVED_0x7f'],
      ['gerror', 'CMDQ_ERR'], ['cmdq-error', 'CERROR_ILL'], ['cmd', 'RESERVED_0xfe'],
    ]);
    expect(others[3]).toMatchObject({ RD: 0x4dd, ERR: 'CERROR_ILL' });
  });

  it('makes a record of a line that the driver decoded when its words are lost', async () => {
    const lines = [
      'arm-smmu-v3 9050000.smmuv3: event: F_PERMISSION client: 0000:00:05.0 sid: 0x28 ssid: 0x3 iova: 0x800010 ipa: 0x41ef8000',
      'arm-smmu-v3 9050000.smmuv3: priv inst read s2 "Stage 1 translation table fetch" ttd_read stag: 0x0',
    ];
    const { code, out } = await cli(['decode', '--json'], lines.join('\n'));
    expect(code).toBe(0);
    expect(jsonLines(out)).toMatchObject([{
      type: 'F_PERMISSION', words: ['0000002800003813', '0000018e00000000', '0000000000800010', '0000000041ef8000'],
      StreamID: 0x28, SubstreamID: 3, SSV: 1, PnU: 1, InD: 1, RnW: 1, S2: 1, Class: 'TT', InputAddr: '0x800010', IPA: '0x41ef8000',
    }]);
  });

  it('reports lines that it cannot use with their numbers, prints the rest, and exits with 2', async () => {
    const text = log('s1-6.12').split('\n');
    text[12] = '[    3.592599] arm-smmu-v3 9050000.smmuv3: something else';
    const { code, out, err } = await cli(['decode', '--json'], text.join('\n'));
    expect(code).toBe(2);
    expect(jsonLines(out).filter((one) => one['kind'] === 'event').length).toBe(8);
    expect(err).toContain('an event record has 4 words of 64 bits, 0 follow; event 0x2 is C_BAD_STREAMID, in line 12');
    expect(err).toContain('a message of the SMMUv3 driver that is not known: "something else", in line 13');
    expect(err).toContain('a word that no message announced');
  });
});

const STE = '0x000000020000000f 0x00001000000000d4 0x040c355900000007 0x43000000 0 0 0 0';
const CD = '0x0031e204f5993519 0x100000000 0 0xff 0 0 0 0';

describe('decode of words', () => {
  it.each([
    ['event', '0x0000002800000010 0x0000028800000000 0x103004 0x41ef8000', 'F_TRANSLATION', { StreamID: 40, S2: 1, Class: 'IN', IPA: '0x41ef8000' }],
    ['ste', STE, 'STE', { V: 1, Config: 7, S1ContextPtr: '0x200000000', S2VMID: 7, S2T0SZ: 25, S2TTB: '0x43000000' }],
    ['cd', CD, 'CD', { V: 1, T0SZ: 25, T1SZ: 25, ASID: 0x31, AA64: 1, TTB0: '0x100000000', EPD1: 1 }],
    ['cmd', '0x0032000700000012 0x1234567001', 'CMD_TLBI_NH_VA', { VMID: 7, ASID: 0x32, Leaf: 1, Address: '0x1234567000' }],
    ['pri', '0x7000000000000028 0x90001007', 'PRI', { StreamID: 40, W: 1, R: 1, Last: 1, PRGIndex: 7, Address: '0x90001000' }],
    ['pte', '0x41ef5f47', 'Page', { AF: 1, AP: 1, OutputAddress: '0x41ef5000' }],
  ])('recognises a record of kind %s, and decodes it alike when told', async (kind, words, type, fields) => {
    const recognised = await cli(['decode', '--json', ...words.split(' ')]);
    const told = await cli(['decode', '--json', '--kind', kind, ...words.split(' ')]);
    expect([recognised.code, told.code, recognised.err]).toEqual([0, 0, '']);
    expect(jsonLines(recognised.out)).toEqual(jsonLines(told.out));
    expect(jsonLines(told.out)).toMatchObject([{ kind, type, ...fields }]);
    expect((jsonLines(told.out)[0]!['words'] as string[]).every((word) => /^[0-9a-f]{16}$/.test(word))).toBe(true);
  });

  it('reads bytes in memory order, 32-bit words, and words one below the other', async () => {
    const event = { type: 'F_TRANSLATION', StreamID: 16, InputAddr: '0x4f396046ebc' };
    const bytes = '10000000100000000000000088020000bc6e0496f3040000bc6e0496f3040000';
    const halves = '00000010 00000010 00000000 00000288 96046ebc 000004f3 96046ebc 000004f3';
    const column = '0x0000001000000010\n0x0000028800000000\n0x000004f396046ebc\n0x000004f396046ebc\n';
    expect(jsonLines((await cli(['decode', '--json', bytes])).out)).toMatchObject([event]);
    expect(jsonLines((await cli(['decode', '--json', ...halves.split(' ')])).out)).toMatchObject([event]);
    expect(jsonLines((await cli(['decode', '--json', '-'], column)).out)).toMatchObject([event]);
    expect(jsonLines((await cli(['decode', '--json'], `${column}\n${column}# and a comment\n`)).out)).toMatchObject([{ ...event, line: 1 }, { ...event, line: 6 }]);
  });

  it('takes the place of a descriptor, which its bits do not tell', async () => {
    const at = async (...place: string[]): Promise<unknown> => jsonLines((await cli(['decode', '--json', '--kind', 'pte', '0x41ef57ff', ...place])).out)[0];
    expect(await at('--stage', '2', '--granule', '4K', '--level', '3')).toMatchObject({ type: 'Page', S2AP: 3, MemAttr: 15, OutputAddress: '0x41ef5000' });
    expect(await at('--stage', '1', '--granule', '4K', '--level', '2')).toMatchObject({ type: 'Table', NextTable: '0x41ef5000' });
    expect(await at('--stage', '2', '--granule', '64K')).toMatchObject({ type: 'Page', OutputAddress: '0x41ef0000', notes: ['assumed: a page, by its access flag'] });
  });

  it.each([
    [['--kind', 'event', '0x99', '0', '0', '0'], '0x99 is no event number (IHI 0070 7.3); expected one of 0x01 0x02'],
    [['--kind', 'event', '0x10', '0', '0'], 'an event record has 4 words of 64 bits, got 3'],
    [['--kind', 'cmd', '0xfe', '0'], '0xfe is no command opcode'],
    [['--kind', 'nonsense', '0'], 'Allowed choices are event, ste, cd, cmd, pri, pte'],
    [['hello'], '"hello" is no word'],
    [['0x11112222333344445'], 'expected up to 16 hexadecimal digits'],
    [['0x99', '0', '0', '0'], 'these 4 words are not an event record'],
    [['1', '2', '3'], '3 words of 64 bits are no record of the SMMU'],
    [['0', '0', '0', '0', '0', '0', '0', '0'], 'not an STE or a CD'],
    [['0x3000000000000012', '0x1000'], 'can be a command and a PRI queue entry; say which with --kind'],
  ])('refuses %j with exit status 2', async (args, said) => {
    const { code, out, err } = await cli(['decode', '--json', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });

  it('refuses input without anything to decode', async () => {
    const { code, err } = await cli(['decode'], 'nvme 0000:00:03.0: Adding to iommu group 4\nand more\n');
    expect(code).toBe(2);
    expect(err).toMatch(/^smmu-lab: "nvme" is no word.*, in line 1\n$/);
    expect((await cli(['decode'], '\n')).err).toContain('nothing to decode');
  });
});
