/** What a real kernel and its firmware hand out (test/qemu-linux makes these), through the importers. */
import { describe, expect, it } from 'vitest';
import { gunzipSync } from 'node:zlib';
import { decodeFile } from '../../src/formats/import/decode-file.ts';
import { importText } from '../../src/formats/import/importers.ts';
import type { DecodedRecord } from '../../src/formats/words/decoded.ts';
import { bytesOf, textOf } from './fixtures.ts';

const recordsOf = (name: string): readonly DecodedRecord[] => importText(textOf(name))!.records;
const valueOf = (record: DecodedRecord | undefined, name: string): unknown => record?.fields.find((field) => field.name === name)?.json;

describe('Linux under QEMU', () => {
  it('dmesg, whole: what the driver says of its SMMU, and the events of a device that nobody mapped anything for', () => {
    const records = recordsOf('linux-6.12-dmesg.txt');
    expect(records.filter(({ kind }) => kind === 'event').map((event) => [event.type, valueOf(event, 'StreamID'), valueOf(event, 'InputAddr'), valueOf(event, 'RnW')])).toEqual([
      ['F_TRANSLATION', 0x20, '0xbad00040', 1],
      ['F_TRANSLATION', 0x20, '0xbad00044', 1],
    ]);
    expect(records.filter(({ kind }) => kind === 'message').map(({ cause }) => cause)).toEqual(expect.arrayContaining([expect.stringContaining('PAs of 44 bits')]));
    expect(textOf('linux-6.12-dmesg.txt').split('\n').length).toBeGreaterThan(records.length * 10);
  });

  it('ftrace from boot on: every line of a trace point, devices in their groups, each unmap of something mapped before', () => {
    const records = recordsOf('linux-6.1-ftrace.txt');
    const lines = textOf('linux-6.1-ftrace.txt').split('\n').filter((line) => line.includes('IOMMU:'));
    expect(records.length).toBe(lines.length);
    expect(records.filter(({ type }) => type === 'add_device_to_group').map((record) => [valueOf(record, 'device'), valueOf(record, 'groupID')])).toContainEqual(['0000:00:02.0', 1]);
    const mapped = new Set(records.filter(({ type }) => type === 'map').map((record) => valueOf(record, 'iova')));
    const unmaps = records.filter(({ type }) => type === 'unmap');
    expect(unmaps.length).toBeGreaterThan(10);
    expect(unmaps.filter((record) => !mapped.has(valueOf(record, 'iova')))).toEqual([]);
  });

  it("QEMU's trace of a driver that starts: its registers, its commands, its first translation", () => {
    const types = recordsOf('linux-6.1-qemu-trace.txt').map(({ type }) => type);
    for (const type of ['CR0', 'STRTAB_BASE_CFG', 'CMD_CFGI_STE', 'CMD_TLBI_NSNH_ALL', 'CMD_SYNC', 'smmuv3_translate_success']) expect(types).toContain(type);
  });

  it('the device tree that a kernel booted with', () => {
    const { records, streams, problems } = decodeFile(gunzipSync(bytesOf('linux-6.12-fdt.dtb.gz')));
    expect(problems).toEqual([]);
    expect(records.map(({ type }) => type)).toEqual(expect.arrayContaining(['iommu-map']));
    expect(streams).toEqual([{ name: '/pcie@10000000', first: 0, count: 0x10000, input: 0, isPci: true }]);
  });

  it('the IORT that a kernel got from its firmware: an SMMUv3, and the two buses behind it', () => {
    const { records, streams, problems } = decodeFile(bytesOf('linux-6.12-iort.aml'));
    expect(problems).toEqual([]);
    expect(records.map(({ type }) => type)).toEqual(['IORT', 'ITS group', 'SMMUv3', 'Root complex']);
    expect(records.find(({ type }) => type === 'SMMUv3')).toMatchObject({ cause: expect.stringContaining('0x9050000') });
    expect(streams).toEqual([{ name: 'PCI 0000', first: 0, count: 0x200, input: 0, isPci: true }]);
  });
});
