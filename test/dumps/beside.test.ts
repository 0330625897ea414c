// Logs and tables of firmware beside a capture: events with the structure that decides now, StreamIDs with the names of their devices.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { besideMemory, surveyEvents } from '../../src/model/survey/events.ts';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import { openFiles } from '../../src/formats/capture/open-files.ts';
import { sha256 } from '../../src/formats/capture/folder.ts';
import { readCapture } from '../../src/formats/capture/capture.ts';
import { captureFilesOf } from '../../src/formats/capture/write-folder.ts';
import { besideJson } from '../../src/formats/survey/event-text.ts';
import { surroundingsOf } from '../../src/formats/capture/surroundings.ts';
import { translateAsItStood } from '../../src/host/engine/as-it-stood.ts';
import { captureFolder, withCopy } from '../cli/captures.ts';
import { cli, jsonLines } from '../cli/run-cli.ts';
import { loadCapture, valueOf } from './fixtures.ts';

const imports = (name: string): string => fileURLToPath(new URL(`../fixtures/imports/${name}`, import.meta.url));
const log = join(captureFolder('ev-7.3'), 'dmesg-smmu.txt');
const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-beside-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('events CAPTURE --log', () => {
  it('puts each event of a kernel log beside the structure that decides, with the name of its device', async () => {
    const { code, out } = await cli(['events', captureFolder('s1-6.12'), '--log', log, '--names', imports('virt-qemu-10.dtb')]);
    expect(code).toBe(0);
    expect(out).toContain('line    60  F_TRANSLATION StreamID 0x28 (/pcie@10000000 00:05.0), write of IOVA 0x5500000004: would fault still, decided by the stage 1 level 1 descriptor at PA 0x43bbdaa0  [s1.invalid]\n');
    expect(out).toContain('line   154  F_TRANSLATION StreamID 0x28 (/pcie@10000000 00:05.0), read of IOVA 0x100000: would not fault any more: PA 0x42842000, decided by the stage 1 level 3 descriptor at PA 0x43bc0800\n');
    expect(out).toContain('line    86  C_BAD_STREAMID StreamID 0x28 (/pcie@10000000 00:05.0): its configuration does not fault any more, decided by the CD at PA 0x48047000\n');
    expect(out.trimEnd().split('\n').at(-1)).toBe('28 events in the log, 8 would fault still');
  });

  it('gives the same as JSON, and says what is no log', async () => {
    const { out } = await cli(['events', captureFolder('s1-6.12'), '--log', imports('mail.txt'), '--json']);
    expect(jsonLines(out)).toMatchObject([{ line: 4, type: 'F_TRANSLATION', sid: 0x20, device: null, now: 'same', rule: 's1.invalid', what: 'stage 1 level 0 descriptor', cause: '0x43b78000' }]);
    expect(await cli(['events', captureFolder('s1-6.12'), '--log', imports('iort-qemu-10.aml')])).toMatchObject({ code: 2, err: expect.stringContaining('it tells of no events') as string });
  });

  it('says where memory that decides was not captured', async () => {
    const capture = await loadCapture('s1-6.12');
    const machine = buildMachine({ ...capture, zeroRanges: [] });
    const words = Uint32Array.from([0x10, 0x20, 0, 0x208, 0xbad00000, 0, 0, 0]);
    const json = besideJson(besideMemory(machine.smmu)(words), surroundingsOf({ ...capture, zeroRanges: [] }));
    expect([json.now, json.text]).toEqual([null, 'what it does now is not known: memory at PA 0x43b78000 was not captured']);
    machine.memory.release();
  });
});

describe('names of firmware', () => {
  it('stand beside StreamIDs in every command on a capture, from --names or from a table in its folder', async () => {
    const names = ['--names', imports('iort-qemu-10.aml')];
    const capture = captureFolder('s2-6.12');
    expect((await cli(['ptdump', capture, '--sid', '0x28', ...names])).out).toMatch(/^StreamID 0x28 \(PCI 0000 00:05\.0\): stage 2/);
    expect((await cli(['lint', captureFolder('vfionest-6.1'), ...names])).out).toMatch(/StreamID 0x30 bypasses .* of PCI 0000 00:06\.0\n/);
    await withCopy('s2-6.12', async (copy) => {
      copyFileSync(imports('virt-qemu-10.dts'), join(copy, 'machine.dts'));
      const [mapping] = jsonLines((await cli(['ptdump', copy, '--sid', '0x28', '--json'])).out);
      expect(mapping).toMatchObject({ sid: 0x28, device: '/pcie@10000000 00:05.0' });
      const { reaching } = jsonLines((await cli(['who', copy, String((mapping as { pa: string }).pa), '--json'])).out)[0] as { reaching: unknown[] };
      expect(reaching).toMatchObject([{ device: '/pcie@10000000 00:05.0' }, { device: '/pcie@10000000 00:06.0' }]);
    });
    expect(await cli(['lint', capture, '--names', log])).toMatchObject({ code: 2, err: expect.stringContaining('it names no StreamIDs') as string });
  });

  it('are kept by capture-folder', async () => {
    const made = join(folder, 'named');
    expect(await cli(['capture-folder', captureFolder('s2-6.12'), made, '--names', imports('iort-qemu-10.aml')])).toMatchObject({ code: 0 });
    expect((await cli(['ptdump', made, '--sid', '0x28'])).out).toContain('(PCI 0000 00:05.0)');
  });
});

it('files that are opened together: a dump, its registers, firmware, a log; and what none of it is', () => {
  const bytes = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
  const capture = captureFolder('s2-6.12');
  const files = ['manifest.json', 'registers.bin', 'mem-all.bin'].map((name) => ({ name, bytes: bytes(join(capture, name)) }));
  const beside = [{ name: 'iort.aml', bytes: bytes(imports('iort-qemu-10.aml')) }, { name: 'dmesg.txt', bytes: bytes(log) }];
  const opened = valueOf(openFiles([...files, ...beside], { registers: '', base: null }, sha256));
  expect([opened.capture.names.length > 0, opened.logged.length, opened.logged[0]?.line]).toEqual([true, 28, 18]);
  const image = { name: 'ram.bin', bytes: bytes(join(capture, 'mem-all.bin')) };
  const registers = { name: 'registers.bin', bytes: bytes(join(capture, 'registers.bin')) };
  const dump = openFiles([image, registers, ...beside, { name: 'notes.txt', bytes: new TextEncoder().encode('nothing\n') }], { registers: `STRTAB_BASE=0x${(0x4000_0000).toString(16)}`, base: 0x4000_0000n }, sha256);
  expect(valueOf(dump)).toMatchObject({ logged: { length: 28 }, notes: expect.arrayContaining(['notes.txt was not used: it is text']) as unknown });
});

it('a capture that was written is read back equal', async () => {
  const capture = await loadCapture('nestedhand-6.12');
  const names = [{ name: 'eth0', first: 0x28, count: 1, input: 0, isPci: false }];
  const read = valueOf(readCapture(captureFilesOf({ ...capture, names }, sha256, 0x905_0000n), sha256));
  const again = valueOf(readCapture(captureFilesOf(read, sha256, 0x905_0000n), sha256));
  expect(again).toEqual(read);
  expect([again.names, again.registers, again.ram]).toEqual([names, capture.registers, capture.ram]);
});

it('a capture that is asked stays as it stood', async () => {
  const capture = await loadCapture('nestedhand-6.12');
  const machine = buildMachine(capture);
  const registers = Int32Array.from(machine.smmu.registers.image);
  const memory = capture.segments.map(({ base, size }) => machine.memory.readBytes(base, Number(size))!.slice());
  const events = surveyEvents(machine.smmu, 1024).length;
  for (const iova of [0xdead000n, 0xdead000n, 0x100900n]) translateAsItStood(machine, { sid: 0x28, iova, access: 'write' });
  expect(machine.smmu.registers.image).toEqual(registers);
  expect(surveyEvents(machine.smmu, 1024).length).toBe(events);
  expect(capture.segments.map(({ base, size }) => machine.memory.readBytes(base, Number(size)))).toEqual(memory);
  machine.memory.release();
});

it('the cases of an event capture are records with what had been done before', async () => {
  const file = join(captureFolder('ev-6.1'), 'events-cases.json');
  const records = jsonLines((await cli(['decode', file, '--json'])).out);
  expect(records.filter(({ kind }) => kind === 'event').length).toBe(27);
  const note = (name: string): unknown => records.find(({ notes }) => (notes as string[]).includes(`case ${name}`));
  expect(note('cd-v0')).toMatchObject({ type: 'C_BAD_CD', StreamID: 0x28, notes: ['case cd-v0', expect.stringMatching(/^what had been done before: CD qword0@0x433e7000 /), 'the access: r 0x100000 4 (r reads, w writes)'] });
  expect(note('ste-abort')).toMatchObject({ kind: 'message', type: 'ste-abort' });
  writeFileSync(join(folder, 'cases.json'), '{"kernel": "x", "cases": [{"case": "a", "records": [["0x10"]]}]}');
  expect(await cli(['decode', join(folder, 'cases.json')])).toMatchObject({ code: 2, err: expect.stringContaining('expected') as string });
});
