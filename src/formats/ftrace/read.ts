/** Linux's trace points `iommu:*` (ftrace, trace-cmd, perf script) as records; a fault is told what the trace knows of its address. */
import { hex } from '../../model/base/address.ts';
import type { LabError } from '../../model/base/result.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { DecodedRecord } from '../words/decoded.ts';
import { fact } from '../words/facts.ts';
import { sourceLines } from '../text/source-lines.ts';

const NAMES = 'add_device_to_group|remove_device_from_group|attach_device_to_domain|detach_device_from_domain|map|unmap|io_page_fault';
const LINE = new RegExp(`(?:^|\\s)([\\d.]+):\\s+(?:iommu:)?(${NAMES}):\\s+IOMMU:\\s*(.*)$`);
const RECOGNISED = new RegExp(`(?:iommu:)?(?:${NAMES}):\\s+IOMMU:`);

const GROUP = /^groupID=(\d+) device=(\S+)$/;
const DEVICE = /^device=(\S+)$/;
const MAP = /^iova=(0x[0-9a-f]{1,16}) - (0x[0-9a-f]{1,16}) paddr=(0x[0-9a-f]{1,16}) size=(\d{1,15})$/;
const UNMAP = /^iova=(0x[0-9a-f]{1,16}) - (0x[0-9a-f]{1,16}) size=(\d{1,15}) unmapped_size=(\d{1,15})$/;
const FAULT = /^(.*?)\s*(\S+) iova=(0x[0-9a-f]{1,16}) flags=(0x[0-9a-f]{1,8})$/;

/** How far back a fault looks for the map and unmap of its address. */
const LOOK_BACK = 20_000;
const WRITE = 1;

interface Range {
  readonly line: number;
  readonly time: number;
  readonly iova: bigint;
  readonly end: bigint;
  readonly isMap: boolean;
}

type Made = Omit<DecodedRecord, 'title' | 'words' | 'section'>;

class TraceReader {
  readonly #ranges: Range[] = [];

  read(name: string, rest: string, time: number, line: number): Made | null {
    switch (name) {
      case 'map':
        return this.#map(rest, time, line);
      case 'unmap':
        return this.#unmap(rest, time, line);
      case 'io_page_fault':
        return this.#fault(rest, time);
      default:
        return membership(name, rest);
    }
  }

  #map(rest: string, time: number, line: number): Made | null {
    const match = MAP.exec(rest);
    if (match === null) return null;
    const [iova, end] = [BigInt(match[1]!), BigInt(match[2]!)];
    this.#ranges.push({ line, time, iova, end, isMap: true });
    return { kind: 'map', type: 'map', fields: [fact('iova', iova), fact('end', end), fact('paddr', BigInt(match[3]!)), fact('size', BigInt(match[4]!)), fact('time', String(time))] };
  }

  #unmap(rest: string, time: number, line: number): Made | null {
    const match = UNMAP.exec(rest);
    if (match === null) return null;
    const [iova, end, size, unmapped] = [BigInt(match[1]!), BigInt(match[2]!), BigInt(match[3]!), BigInt(match[4]!)];
    this.#ranges.push({ line, time, iova, end, isMap: false });
    const fields = [fact('iova', iova), fact('end', end), fact('size', size), fact('unmapped_size', unmapped), fact('time', String(time))];
    if (size === unmapped) return { kind: 'map', type: 'unmap', fields };
    return { kind: 'map', type: 'unmap', fields, cause: `Of ${hex(size)} bytes ${hex(unmapped)} were unmapped: the rest was not mapped, or a block reaches further than the request.`, remedy: 'Unmap what was mapped, in the same sizes.' };
  }

  #fault(rest: string, time: number): Made | null {
    const match = FAULT.exec(rest);
    if (match === null) return null;
    const [driver, device, iova, flags] = [match[1]!, match[2]!, BigInt(match[3]!), Number(match[4])];
    const access = (flags & WRITE) === 0 ? 'read' : 'write';
    return {
      kind: 'fault', type: 'io_page_fault',
      fields: [fact('device', device), ...(driver === '' ? [] : [fact('driver', driver)]), fact('iova', iova), fact('flags', flags, access), fact('time', String(time))],
      ...this.#whatIsKnown(device, iova, access, time),
    };
  }

  #whatIsKnown(device: string, iova: bigint, access: string, time: number): { cause: string; remedy: string } {
    const last = this.#last(iova);
    const what = `${device} wanted to ${access} ${hex(iova)}`;
    if (last === null) return { cause: `${what}, and this trace has no mapping of that address.`, remedy: 'The driver must map the address before the device is told of it; or the trace began after the mapping was made.' };
    const ago = `${Math.round((time - last.time) * 1e6)} microseconds before, in line ${last.line}`;
    return last.isMap
      ? { cause: `${what}, which was mapped ${ago}, and not unmapped since.`, remedy: 'Compare the rights of the mapping with the access. If they suffice, the mapping is of another domain, or the SMMU still had a table entry from before it (a missing invalidation).' }
      : { cause: `${what}, which was unmapped ${ago}.`, remedy: 'The device used a buffer that its driver had given back: stop the device, or wait for its completion, before dma_unmap_*.' };
  }

  #last(iova: bigint): Range | null {
    const from = Math.max(0, this.#ranges.length - LOOK_BACK);
    for (let at = this.#ranges.length - 1; at >= from; at--) {
      const range = this.#ranges[at]!;
      if (iova >= range.iova && iova < range.end) return range;
    }
    return null;
  }
}

function membership(name: string, rest: string): Made | null {
  const group = GROUP.exec(rest);
  if (group !== null) return { kind: 'device', type: name, fields: [fact('device', group[2]!), fact('groupID', Number(group[1]))] };
  const device = DEVICE.exec(rest);
  return device === null ? null : { kind: 'device', type: name, fields: [fact('device', device[1]!)] };
}

export const isFtrace = (text: string): boolean => RECOGNISED.test(text);

export function readFtrace(text: string): DecodedText {
  const reader = new TraceReader();
  const records: DecodedRecord[] = [];
  const problems: LabError[] = [];
  for (const { number: line, text: raw } of sourceLines(text)) {
    const match = LINE.exec(raw);
    if (match === null) {
      if (RECOGNISED.test(raw)) problems.push({ code: 'bad-trace-line', message: 'a trace point of iommu without its time: expected "SECONDS: NAME: IOMMU: ..."', at: { line } });
      continue;
    }
    const made = reader.read(match[2]!, match[3]!, Number(match[1]), line);
    if (made === null) problems.push({ code: 'bad-trace-line', message: `not what iommu:${match[2]!} prints: "${match[3]!.slice(0, 120)}"`, at: { line } });
    else records.push({ ...made, title: `iommu:${made.type}`, section: '', words: [], line });
  }
  return { records, problems };
}
