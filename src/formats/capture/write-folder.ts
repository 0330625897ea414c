/** The reverse of reading a capture: its files. */
import { hex } from '../../model/base/address.ts';
import { bytesOf } from '../../model/lab/configuration.ts';
import { REGISTERS } from '../../model/spec/index.ts';
import type { Capture, Sha256 } from './capture.ts';
import { CAPTURE_FORMAT, REGISTER_BYTES } from './manifest.ts';
import { joinRanges } from './ranges.ts';

const KEY_REGISTERS = ['IDR0', 'IDR1', 'IDR5', 'CR0', 'STRTAB_BASE', 'STRTAB_BASE_CFG'] as const;

/** Segments in order, those that touch made one: fewer and larger. */
function joined(segments: Capture['segments']): { base: bigint; size: bigint; parts: Uint8Array[] }[] {
  const found: { base: bigint; size: bigint; parts: Uint8Array[] }[] = [];
  for (const { base, size, bytes } of [...segments].sort((a, b) => (a.base < b.base ? -1 : 1))) {
    const last = found.at(-1);
    if (last !== undefined && last.base + last.size === base) {
      last.size += size;
      last.parts.push(bytes);
    } else found.push({ base, size, parts: [bytes] });
  }
  return found;
}

const jsonFile = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? hex(one) : one), 1)}\n`);

/** The files of a capture folder (docs/captures.md), by name. Of what is known beyond its bytes, translations are kept. */
export function captureFilesOf(capture: Capture, sha256: Sha256, mmioBase = 0n): Map<string, Uint8Array> {
  const segments = joined(capture.segments);
  const memory = new Uint8Array(segments.reduce((sum, { size }) => sum + Number(size), 0));
  const listed: { base: string; size: number; file: string; offset: number }[] = [];
  let offset = 0;
  for (const { base, size, parts } of segments) {
    listed.push({ base: hex(base), size: Number(size), file: 'mem-all.bin', offset });
    for (const part of parts) {
      memory.set(part, offset);
      offset += part.length;
    }
  }
  const registers = bytesOf(capture.registers);
  const ram = joinRanges(capture.ram);
  const [first, last] = [ram[0]!, ram.at(-1)!];
  const manifest = {
    format: CAPTURE_FORMAT,
    description: capture.description,
    registers: { file: 'registers.bin', mmioBase: hex(mmioBase), size: REGISTER_BYTES },
    segments: listed,
    zeroRanges: joinRanges(capture.zeroRanges).map(({ base, size }) => ({ base: hex(base), size: Number(size) })),
    ramBase: hex(first.base),
    ramSize: Number(last.base + last.size - first.base),
    ...(ram.length === 1 ? {} : { ramRanges: ram.map(({ base, size }) => ({ base: hex(base), size: Number(size) })) }),
    keyRegisters: Object.fromEntries(KEY_REGISTERS.map((name) => [name, hex(capture.registers[REGISTERS.get(name)!.offset / 4]! >>> 0)])),
    streams: capture.streams,
    ...(capture.names.length === 0 ? {} : { names: capture.names }),
    sha256: { 'registers.bin': sha256(registers), 'mem-all.bin': sha256(memory) },
  };
  const files = new Map([['manifest.json', jsonFile(manifest)], ['registers.bin', registers], ['mem-all.bin', memory]]);
  if (capture.translations.length > 0) files.set('translations.json', jsonFile(capture.translations));
  return files;
}
