/** Everything that is read out of a text or a file by what it says: logs, traces, dumps of structures, firmware tables. */
import { isEventCases, readEventCases } from '../capture/read-event-cases.ts';
import { hasDriverLines } from '../dmesg/log-line.ts';
import { decodeLog } from '../dmesg/decode-log.ts';
import { isContextFault, readContextFaults } from '../debugfs/context-fault.ts';
import { isDebugfs, readDebugfs } from '../debugfs/read.ts';
import { readDevicesOfBlob, readDevicesOfSource } from '../device-tree/devices.ts';
import { isTreeBlob } from '../device-tree/read-blob.ts';
import { isTreeSource } from '../device-tree/read-source.ts';
import { isFtrace, readFtrace } from '../ftrace/read.ts';
import { decodeAcpidump, decodeIort, isAcpidump } from '../iort/decode.ts';
import { isIort } from '../iort/parse.ts';
import { isQemuTrace, readQemuTrace } from '../qemu-trace/read.ts';
import { isStrace, readStrace } from '../strace/read.ts';
import type { DecodedText } from '../words/decoded-text.ts';

export type ImportKind = 'event-cases' | 'kernel-log' | 'qemu-trace' | 'ftrace' | 'strace' | 'debugfs' | 'context-fault' | 'device-tree' | 'acpidump' | 'iort' | 'device-tree-blob';

interface Importer<Of> {
  readonly kind: ImportKind;
  /** For people: `a kernel log`. */
  readonly title: string;
  recognises(from: Of): boolean;
  read(from: Of): DecodedText;
}

/** What is of one kind as a whole, whatever its lines look like. */
const WHOLE_TEXT_IMPORTERS: readonly Importer<string>[] = [
  { kind: 'event-cases', title: 'a capture of events', recognises: isEventCases, read: readEventCases },
];

/** What may be mixed, line by line. */
const LINE_IMPORTERS: readonly Importer<string>[] = [
  { kind: 'kernel-log', title: 'a kernel log', recognises: hasDriverLines, read: decodeLog },
  { kind: 'qemu-trace', title: "QEMU's trace of its SMMU", recognises: isQemuTrace, read: readQemuTrace },
  { kind: 'ftrace', title: 'trace points of iommu', recognises: isFtrace, read: readFtrace },
  { kind: 'strace', title: 'strace of VFIO or iommufd', recognises: isStrace, read: readStrace },
  { kind: 'debugfs', title: 'a debugfs file of an SMMUv3 driver', recognises: isDebugfs, read: readDebugfs },
  { kind: 'context-fault', title: 'context faults of an SMMUv2 (--smmu-s1-fault)', recognises: isContextFault, read: readContextFaults },
  { kind: 'acpidump', title: 'acpidump with an IORT', recognises: isAcpidump, read: decodeAcpidump },
  { kind: 'device-tree', title: 'device tree source', recognises: isTreeSource, read: readDevicesOfSource },
];

export const TEXT_IMPORTERS: readonly Importer<string>[] = [...WHOLE_TEXT_IMPORTERS, ...LINE_IMPORTERS];

export const BINARY_IMPORTERS: readonly Importer<Uint8Array>[] = [
  { kind: 'iort', title: 'an IORT', recognises: isIort, read: decodeIort },
  { kind: 'device-tree-blob', title: 'a device tree blob', recognises: isTreeBlob, read: readDevicesOfBlob },
];

/** What all importers that recognise something in the text make of it, by line; null: none does. */
export function importText(text: string): DecodedText | null {
  const whole = WHOLE_TEXT_IMPORTERS.find((one) => one.recognises(text));
  const used = whole === undefined ? LINE_IMPORTERS.filter((one) => one.recognises(text)) : [whole];
  if (used.length === 0) return null;
  const read = used.map((one) => one.read(text));
  return {
    records: read.flatMap(({ records }) => records).sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    problems: read.flatMap(({ problems }) => problems).sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0)),
    streams: read.flatMap(({ streams = [] }) => streams),
    sources: used.map(({ title }) => title),
  };
}

/** What a file that is no text holds; null: nothing that is known. */
export function importBytes(bytes: Uint8Array): DecodedText | null {
  const found = BINARY_IMPORTERS.find((one) => one.recognises(bytes));
  return found === undefined ? null : { ...found.read(bytes), sources: [found.title] };
}
