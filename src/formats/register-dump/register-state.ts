/** Registers of a dump as the pages of an SMMU, and what of them is missing. */
import { hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import { REGISTERS } from '../../model/spec/index.ts';
import { REGISTER_BYTES, readAssignment, readRegisterDump, registerName } from './register-dump.ts';
import type { RegisterDump } from './register-dump.ts';

/** Both pages as 32-bit words, and the offsets of those that are known. */
export interface RegisterState {
  readonly image: Int32Array;
  readonly known: ReadonlySet<number>;
  readonly problems: readonly LabError[];
}

/** Without these nothing can be walked. */
const NEEDED = ['IDR0', 'IDR1', 'IDR5', 'STRTAB_BASE', 'STRTAB_BASE_CFG'] as const;
const IDENTIFYING = ['IDR0', 'IDR1', 'IDR5'] as const;
const SMMUEN = 1;

const offsetsOf = (name: string): number[] => {
  const { offset, bits } = REGISTERS.get(name)!;
  return bits === 64 ? [offset, offset + 4] : [offset];
};

/** Binary: one page or both, as they were read. */
function fromPages(bytes: Uint8Array): RegisterState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const image = new Int32Array(REGISTER_BYTES / 4);
  const known = new Set<number>();
  for (let at = 0; at < bytes.length; at += 4) {
    image[at / 4] = view.getInt32(at, true);
    known.add(at);
  }
  return { image, known, problems: [] };
}

function fromDumps(dumps: readonly RegisterDump[]): RegisterState {
  const image = new Int32Array(REGISTER_BYTES / 4);
  const known = new Set<number>();
  for (const { words } of dumps) {
    for (const [offset, value] of words) {
      image[offset / 4] = value | 0;
      known.add(offset);
    }
  }
  return { image, known, problems: dumps.flatMap(({ problems }) => problems) };
}

export interface RegisterFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One page or both, by their size; text of that size has no zeros in it. */
export const isRegisterPages = (bytes: Uint8Array): boolean => (bytes.length === REGISTER_BYTES || bytes.length === REGISTER_BYTES / 2) && bytes.includes(0);

/** Registers from a file (text, JSON, or the pages themselves) and from `NAME=VALUE`, which go over those of the file. */
export function readRegisters(file: RegisterFile | null, assignments: readonly string[], mmioBase: bigint | null = null): Result<RegisterState> {
  if (file !== null && isRegisterPages(file.bytes)) {
    const pages = fromPages(file.bytes);
    const more = readRegisters(null, assignments);
    if (!more.ok) return more;
    for (const offset of more.value.known) pages.image[offset / 4] = more.value.image[offset / 4]!;
    return ok(pages);
  }
  const dumps: RegisterDump[] = [];
  if (file !== null) {
    const dump = readRegisterDump(new TextDecoder().decode(file.bytes), file.name, mmioBase);
    if (!dump.ok) return dump;
    dumps.push(dump.value);
  }
  for (const text of assignments) {
    const dump = readAssignment(text);
    if (!dump.ok) return dump;
    dumps.push(dump.value);
  }
  return ok(fromDumps(dumps));
}

/** Fails with what is missing and how to read it. CR0 that is not there is taken as on: nobody dumps an SMMU that is off. */
export function completed({ image, known, problems }: RegisterState): Result<{ readonly image: Int32Array; readonly notes: readonly string[]; readonly problems: readonly LabError[] }> {
  const missing = NEEDED.flatMap(offsetsOf).filter((offset) => !known.has(offset));
  // The upper half of an address is 0 on most machines, and often not read.
  const vital = missing.filter((offset) => !registerName(offset).endsWith('_HI'));
  if (vital.length > 0) {
    const list = vital.map((offset) => `${registerName(offset)} (offset ${hex(offset)})`).join(', ');
    return fail('missing-registers', `the memory of a dump says nothing of the SMMU's registers: missing ${list}. Give them beside the dump, as a file (--registers) or as NAME=VALUE (--register); on the machine, devmem prints them: SMMU base + offset`);
  }
  if (IDENTIFYING.every((name) => image[REGISTERS.get(name)!.offset / 4] === 0)) {
    return fail('no-registers', `${IDENTIFYING.join(', ')} read 0, which no SMMUv3 has: is the base address right? QEMU's xp reads several words of a device as 0: ask for one word at a time (xp /1wx)`);
  }
  const notes = missing.map((offset) => `${registerName(offset)} is not among the registers: taken as 0`);
  const complete = Int32Array.from(image);
  const cr0 = REGISTERS.get('CR0')!.offset;
  if (!known.has(cr0)) {
    complete[cr0 / 4] = SMMUEN;
    notes.push('CR0 is not among the registers: taken as 1, translation on');
  }
  // The model goes by what the SMMU acknowledged (IHI 0070 6.3.10).
  const ack = REGISTERS.get('CR0ACK')!.offset;
  if (!known.has(ack)) complete[ack / 4] = complete[cr0 / 4]!;
  return ok({ image: complete, notes, problems });
}
