import { describe, expect, it } from 'vitest';
import { decodeFile } from '../../src/formats/import/decode-file.ts';
import { BINARY_IMPORTERS, importText, TEXT_IMPORTERS } from '../../src/formats/import/importers.ts';
import { nameOfStream } from '../../src/formats/import/named-stream.ts';
import { writeIort } from '../../src/formats/iort/write.ts';
import { sniff } from '../../src/formats/sniff/sniff.ts';
import type { DecodedRecord } from '../../src/formats/words/decoded.ts';
import { BINARIES, bytesOf, kernelLog, TEXTS, textOf } from './fixtures.ts';

const recordsOf = (text: string): readonly DecodedRecord[] => importText(text)!.records;
const valueOf = (record: DecodedRecord | undefined, name: string): unknown => record?.fields.find((field) => field.name === name)?.json;

describe.each(TEXTS)('%s: %s', (kind, _, text) => {
  it('is recognised by its content, and as nothing else', () => {
    expect(importText(text)!.sources).toEqual([TEXT_IMPORTERS.find((one) => one.kind === kind)!.title]);
    expect(sniff(new TextEncoder().encode(text)).kind).toBe(kind);
    expect(BINARY_IMPORTERS.some((one) => one.recognises(new TextEncoder().encode(text)))).toBe(false);
  });

  it('is read without a problem, every record in a line of it', () => {
    const { records, problems } = importText(text)!;
    expect(problems).toEqual([]);
    expect(records.length).toBeGreaterThan(0);
    const count = text.split('\n').length;
    for (const { line } of records) expect(line! > 0 && line! <= count).toBe(true);
  });

  it('is read amid other lines too, and tells their lines', () => {
    const other = ['', 'Nov 23 12:00:00 host systemd[1]: Started something.', 'usb 1-1: new device'];
    if (kind === 'event-cases') return;
    const shifted = importText([...other, text].join('\n'))!;
    expect(shifted.records.map(({ line }) => line! - other.length)).toEqual(recordsOf(text).map(({ line }) => line));
  });
});

it.each(BINARIES)('%s: %s is recognised and read without a problem', (kind, _, bytes) => {
  expect(sniff(bytes).kind).toBe(kind);
  const { records, problems } = decodeFile(bytes);
  expect(problems).toEqual([]);
  expect(records.length).toBeGreaterThan(1);
});

it('a log with lines of two importers is read by both, in order', () => {
  const both = importText(`${textOf('ftrace.txt')}${kernelLog('ev-6.1')}`)!;
  expect(both.sources).toEqual(['a kernel log', 'trace points of iommu']);
  expect(both.records.length).toBe(recordsOf(textOf('ftrace.txt')).length + recordsOf(kernelLog('ev-6.1')).length);
});

describe('what the importers understand', () => {
  it('ftrace: a fault is told that its address was unmapped before it', () => {
    const faults = recordsOf(textOf('ftrace.txt')).filter(({ kind }) => kind === 'fault');
    expect(faults.map(({ cause }) => cause)).toEqual([
      '0000:00:04.0 wanted to write 0xfffff040, which was unmapped 12 microseconds before, in line 10.',
      '0000:00:04.0 wanted to read 0xbad00000, and this trace has no mapping of that address.',
    ]);
  });

  it('strace: names for the numbers that strace does not know, and why a call failed', () => {
    const records = recordsOf(textOf('strace-6.1.txt'));
    expect(records.map(({ type }) => type)).toEqual([
      'VFIO_GET_API_VERSION', 'VFIO_SET_IOMMU', 'VFIO_IOMMU_MAP_DMA', 'VFIO_IOMMU_UNMAP_DMA', 'IOMMU_IOAS_ALLOC', 'IOMMU_IOAS_MAP', 'IOMMU_IOAS_UNMAP',
      'IOMMU_HWPT_ALLOC', 'IOMMU_HWPT_INVALIDATE', 'IOMMU_VIOMMU_ALLOC',
    ]);
    expect(records.every(({ cause }) => cause === 'The call failed: -ENOTTY (no such ioctl).')).toBe(true);
    const [denied] = recordsOf('ioctl(9</dev/iommu>, 0x3b90, 0x7ffd) = -1 EOPNOTSUPP (Operation not supported)');
    expect(denied).toMatchObject({ type: 'IOMMU_VIOMMU_ALLOC', cause: expect.stringContaining('neither S2FWB nor CANWBS') });
  });

  it('strace: bytes behind a call are the members of its structure', () => {
    const map = [
      'ioctl(12</dev/vfio/vfio>, VFIO_IOMMU_MAP_DMA, 0x7ffd0) = 0',
      ' | 00000  20 00 00 00 03 00 00 00  00 00 00 00 00 7f 00 00   ...............',
      ' | 00010  00 00 00 80 00 00 00 00  00 00 00 01 00 00 00 00  ................',
    ].join('\n');
    const [record] = recordsOf(map);
    expect(record!.words).toEqual(['0000000300000020', '00007f0000000000', '0000000080000000', '0000000001000000']);
    expect(record!.fields.map(({ name, value }) => [name, value])).toEqual([['argsz', '0x20'], ['flags', expect.stringContaining('READ | ')], ['vaddr', '0x7f0000000000'], ['iova', '0x80000000'], ['size', '0x1000000']]);
  });

  it('debugfs: structures with their words, leaves as runs', () => {
    for (const name of ['debugfs-2021.txt', 'debugfs-2025.txt', 'debugfs-walker.txt', 'debugfs-logged.txt']) {
      const ste = recordsOf(textOf(name)).find(({ kind }) => kind === 'ste');
      expect([valueOf(ste, 'S1ContextPtr'), valueOf(ste, 'S2TTB'), valueOf(ste, 'S2VMID')]).toEqual(['0x200000000', '0x43000000', 7]);
    }
    const runs = recordsOf(textOf('debugfs-walker.txt')).filter(({ kind }) => kind === 'map');
    expect(runs.map((run) => [valueOf(run, 'va'), valueOf(run, 'size'), valueOf(run, 'leaves')])).toEqual([['0x100000000', '0x2000', 2], ['0x200000000', '0x200000', 1]]);
    expect(importText('SMMUv3 STE values for device: a\n0x0000000000000001\n0x0000000000000001\n\n')!.problems).toMatchObject([{ message: 'an STE has 8 words of 64 bits, 2 follow', at: { line: 1 } }]);
  });

  it('debugfs: descriptors of a walk that a driver logged, by their levels', () => {
    const walked = recordsOf(textOf('debugfs-logged.txt')).filter(({ kind }) => kind === 'pte');
    expect(walked.map(({ type, notes }) => [type, notes?.[0]])).toEqual([['Table', 'pud of a walk'], ['Table', 'pmd of a walk'], ['Page', 'pte of a walk, VA 0x100000000'], ['Invalid', 'pte of a walk, VA 0x100001000']]);
    expect(valueOf(walked[2], 'OutputAddress')).toBe('0x41ef9000');
    const [cd] = recordsOf(textOf('debugfs-logged.txt')).filter(({ kind }) => kind === 'cd');
    expect([valueOf(cd, 'TTB0'), cd?.notes?.[0]]).toEqual(['0x100000000', 'of SubstreamID 0']);
  });

  it('context faults of an SMMUv2 are told, and that there is nothing of an SMMUv3 in them', () => {
    const text = textOf('smmu_s1_fault.txt');
    const [fault, ...more] = recordsOf(text);
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'fault', cause: 'Write Fault at IOVA 0xdeadb000: Translation Fault, Level 3. Driver and SMMU walk to the same: 0x0.', notes: [expect.stringContaining('no SMMUv3')] });
    expect(fault!.fields.map(({ name, value }) => [name, value])).toContainEqual(['FSR', '0x402']);
    expect(recordsOf(`${text}${text.replace('SMMU table walk result: 0x0000', 'SMMU table walk result: 0x1000')}`).map(({ cause }) => cause?.includes('its TLB is stale'))).toEqual([false, true]);
  });

  it('context faults without their first lines are told apart by their addresses', () => {
    const far = (address: string): string => `Faulting I/O Virtual Address (SMMU_CBn_FAR): ${address}`;
    expect(recordsOf(`${far('0x1000')}\n${far('0x2000')}`).map((fault) => valueOf(fault, 'FAR'))).toEqual(['0x1000', '0x2000']);
  });

  it('QEMU traces: registers by name with their fields, events by theirs', () => {
    const records = recordsOf(textOf('qemu-trace.txt'));
    expect(records.find(({ kind, type }) => kind === 'register' && type === 'CR0')).toMatchObject({ section: '6.3.9' });
    expect(importText('smmuv3_record_event SMMU_EVT_NONSENSE sid=0x8\nsmmuv3_translate_success r sid=0x8 iova=0x1000 translated=0x2000 perm=0x3 stage=3')).toMatchObject({
      problems: [{ at: { line: 1 } }],
      records: [{ type: 'smmuv3_translate_success' }],
    });
  });

  it('a device tree gives the same streams from its source and its blob', () => {
    const wanted = [{ name: '/pcie@10000000', first: 0, count: 0x10000, input: 0, isPci: true }];
    expect(decodeFile(bytesOf('virt-qemu-10.dts')).streams).toEqual(wanted);
    expect(decodeFile(bytesOf('virt-qemu-10.dtb')).streams).toEqual(wanted);
    expect(nameOfStream(wanted, 0x20)).toBe('/pcie@10000000 00:04.0');
  });

  it('a fragment of a device tree by its labels: iommus, a map with a wrong number of cells', () => {
    const text = 'smmu: iommu@9050000 { compatible = "arm,smmu-v3"; #iommu-cells = <1>; reg = <0x9050000>; };\neth@1 { iommus = <&smmu 0x100 &smmu 0x101>; };\npcie@2 {\n\tiommu-map = <0x0 &smmu 0x0>;\n};';
    const { streams, problems } = importText(text)!;
    expect(streams).toEqual([0x100, 0x101].map((first) => ({ name: '/eth@1', first, count: 1, input: 0, isPci: false })));
    expect(problems).toMatchObject([{ message: expect.stringContaining('iommu-map of /pcie@2 has 3 cells'), at: { line: 4 } }]);
  });

  it('an IORT: every ID of a mapping, its checksum, RMRs that Linux passes over', () => {
    const bytes = bytesOf('iort-qemu-10.aml');
    const { streams } = decodeFile(bytes);
    const last = Math.max(...streams!.map(({ first, count }) => first + count));
    expect([nameOfStream(streams!, last - 1), nameOfStream(streams!, last), last]).toEqual(['PCI 0000 00:1f.7', null, 0x100]);
    const damaged = Uint8Array.from(bytes);
    damaged[9]! ^= 1;
    expect(decodeFile(damaged).problems).toMatchObject([{ message: expect.stringContaining('checksum is wrong') }]);
    const node = { revision: 3, identifier: 0, values: {}, name: null, its: [], raw: [], mappings: [] };
    const rmr = (base: bigint, size: bigint): Uint8Array => writeIort({ revision: 5, oemId: 'TEST', oemTableId: 'TEST', oemRevision: 1, creatorId: 'TEST', creatorRevision: 1, nodes: [{ ...node, type: 6, ranges: [{ base, size }] }] });
    const aligned = (base: bigint, size: bigint): boolean => !decodeFile(rmr(base, size)).problems.some(({ message }) => message.includes('multiples of 64 KiB'));
    expect([aligned(0x1_0000n, 0x1_0000n), aligned(0x1_1000n, 0x1_0000n), aligned(0x1_0000n, 0x1000n)]).toEqual([true, false, false]);
  });

  it('the narrowest range names a StreamID', () => {
    const range = { input: 0, isPci: false };
    expect(nameOfStream([{ ...range, name: 'bridge', first: 0, count: 0x100 }, { ...range, name: 'device', first: 8, count: 1 }, { ...range, name: 'segment', first: 0, count: 0x1_0000 }], 8)).toBe('device');
  });

  it('ftrace: the end of a mapping is not in it', () => {
    const [map] = textOf('ftrace.txt').split('\n').filter((line) => line.includes('map: IOMMU: iova='));
    const fields = recordsOf(map!)[0]!;
    const end = String(valueOf(fields, 'end'));
    const fault = (iova: string): string => recordsOf(`${map!}\n${textOf('ftrace.txt').split('\n').find((line) => line.includes('io_page_fault'))!.replace(/iova=0x[0-9a-f]+/, `iova=${iova}`)}`)[1]!.cause!;
    expect(fault(String(valueOf(fields, 'iova')))).toContain('and not unmapped since');
    expect(fault(end)).toContain('has no mapping of that address');
  });

  it('strace: bytes behind a call of something else are not those of the call before it', () => {
    const calls = ['ioctl(12</dev/vfio/vfio>, VFIO_IOMMU_MAP_DMA, 0x7ffd0) = 0', 'read(3, "x", 1) = 1', ' | 00000  20 00 00 00 03 00 00 00  00 00 00 00 00 7f 00 00   ...............'];
    expect(recordsOf(calls.join('\n')).map(({ words }) => words)).toEqual([[]]);
  });

  it('debugfs: half an entry is one, a part of it is not; leaves that lead elsewhere are no run', () => {
    const words = textOf('debugfs-walker.txt').split('\n').filter((line) => line.includes('STE['));
    const ofSte = (count: number): unknown => {
      const { records, problems } = importText(words.slice(0, count).join('\n'))!;
      return [records.length, problems.length];
    };
    expect([ofSte(4), ofSte(3)]).toEqual([[1, 0], [0, 1]]);
    const leaves = ['SMMUv3 dump page table for device a, stage 1, ssid 0x0:', 'va: 1000 -> pa: 5000', 'va: 2000 -> pa: 6000', 'va: 3000 -> pa: 9000'];
    expect(recordsOf(leaves.join('\n')).map((run) => valueOf(run, 'leaves'))).toEqual([2, 1]);
  });
});
