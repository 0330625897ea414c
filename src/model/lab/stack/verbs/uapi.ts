/** Calls of a VMM by the kernel's names, regions and files: real bytes, members usual unless the step says otherwise. */
import { fromWords, hex, hexBytes } from '../../../base/address.ts';
import { ok } from '../../../base/result.ts';
import type { Result } from '../../../base/result.ts';
import { decodeStruct, encodeStruct } from '../../../stack/uapi/bytes.ts';
import type { UapiField, UapiStruct, UapiValue } from '../../../stack/uapi/bytes.ts';
import { VFIO_PCI_NUM_REGIONS } from '../../../stack/uapi/vfio-v16/device.ts';
import { STRUCT_HWPT_PAGE_RESPONSE } from '../../../stack/uapi/iommufd/events.ts';
import { wordsOf } from '../../configuration.ts';
import type { Detail } from '../../verbs/verb.ts';
import type { StackBench } from '../bench.ts';
import { CALL_NAMES, CALLS } from '../calls.ts';
import type { CallInput, CallName, MemberValues, UapiCall } from '../calls.ts';
import type { StackDone, StackVerb } from '../verb.ts';

/** Members that every caller sets alike. */
const USUAL: Readonly<Record<string, bigint>> = { version: 1n, smmuv3_version: 1n };

const isWide = ({ type }: UapiField): boolean => type.startsWith('u64');

function memberValue(field: UapiField, value: bigint | readonly bigint[]): UapiValue {
  if (typeof value === 'object') return isWide(field) ? value : value.map(Number);
  return isWide(field) ? value : Number(value);
}

function encode(struct: UapiStruct, members: MemberValues, usual: MemberValues): Uint8Array {
  const values: Record<string, UapiValue> = {};
  for (const field of struct.fields) {
    const value = members[field.name] ?? usual[field.name] ?? USUAL[field.name];
    if (value !== undefined) values[field.name] = memberValue(field, value);
  }
  return encodeStruct(struct, values as never);
}

function pointers({ data }: UapiCall, bytes: Uint8Array, ptr: bigint): MemberValues {
  if (data === undefined) return {};
  const length = data.length === undefined ? {} : { [data.length]: BigInt(bytes.length) };
  const entries = data.entry === undefined ? {} : { [data.entry.length]: BigInt(data.entry.bytes), [data.entry.count]: BigInt(Math.floor(bytes.length / data.entry.bytes)) };
  return { [data.pointer]: ptr, ...length, ...entries };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return bytes;
}

/** The bytes of the call, with its buffer in the memory of the VMM. */
function bytesOf(call: UapiCall, { members, then, tail, present }: CallInput, buffer: MemberValues): Uint8Array {
  const parts: Uint8Array[] = [];
  if (call.then !== undefined && then !== null) parts.push(encode(call.then.struct, then, { argsz: BigInt(call.then.struct.bytes) }));
  parts.push(Uint8Array.from(tail));
  const size = BigInt(call.struct.bytes + parts.reduce((sum, part) => sum + part.length, 0));
  const whole = join([encode(call.struct, members, { size, argsz: size, ...buffer }), ...parts]);
  return present === null ? whole : whole.slice(0, present);
}

function fieldsOf(struct: UapiStruct, bytes: Uint8Array): Record<string, bigint> {
  if (bytes.length < struct.bytes) return {};
  const values = decodeStruct(struct, bytes) as Readonly<Record<string, UapiValue>>;
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (typeof value === 'object' ? [] : [[name, BigInt(value)]])));
}

/** Whole words of 64 bits. */
function words64(bytes: Uint8Array): bigint[] {
  const words = wordsOf(bytes.slice(0, bytes.length - (bytes.length % 8)));
  return Array.from({ length: words.length / 2 }, (_, i) => fromWords(words[i * 2 + 1]!, words[i * 2]!));
}

function make({ stack }: StackBench, name: CallName, input: CallInput): StackDone {
  const call: UapiCall = CALLS[name];
  const { vmm } = stack.vmOf(input.device);
  const data = Uint8Array.from(input.data ?? []);
  const ptr = input.data === null ? 0n : vmm.space.place(data);
  const bytes = bytesOf(call, input, input.data === null ? {} : pointers(call, data, ptr));
  const errno = call.file === 'device' ? vmm.deviceIoctl(input.device, call.cmd, bytes) : vmm.ioctl(input.device, call.cmd, bytes);
  if (input.data !== null) vmm.space.remove(ptr);
  const fields = fieldsOf(call.struct, bytes);
  const shown = Object.entries(fields).filter(([, value]) => value !== 0n).map(([member, value]): Detail => ({ name: member, value: hex(value) }));
  const behind: Detail[] = input.data === null ? [] : [{ name: 'data', value: hexBytes(data) }];
  return { text: `the VMM of ${input.device}: ${name}`, errno, fields, bytes, words: words64(data), details: [...shown, ...behind] };
}

const callVerb = <C extends CallName>(name: C): StackVerb<C> => ({ name, doc: CALLS[name].doc, execute: (bench, input) => ok(make(bench, name, input)) });

/** One verb for each call. */
export const CALL_VERBS = Object.fromEntries(CALL_NAMES.map((name) => [name, callVerb(name)])) as { readonly [C in CallName]: StackVerb<C> };

/** Bytes, or the errno instead of them. */
function answer(text: string, got: Uint8Array | number): Result<StackDone> {
  if (typeof got === 'number') return ok({ text, errno: got });
  return ok({ text: `${text}: ${got.length} bytes`, errno: 0, bytes: got, words: words64(got), details: [{ name: 'bytes', value: hexBytes(got) }] });
}

const taken = (text: string, result: number): Result<StackDone> => ok({ text, errno: Math.min(result, 0), fields: { taken: BigInt(Math.max(result, 0)) } });

const REGIONS = { DMA_FAULT: VFIO_PCI_NUM_REGIONS, DMA_FAULT_RESPONSE: VFIO_PCI_NUM_REGIONS + 1 } as const;

export const regionReadVerb: StackVerb<'region_read'> = {
  name: 'region_read',
  doc: 'The VMM reads a fault region of a device: the header at position 0, entries from 4096 on.',
  execute: ({ stack }, { device, region, position, length }) => answer(`the VMM reads ${region} of ${device} at ${position}`, stack.vmOf(device).vmm.readRegion(device, REGIONS[region], position, length)),
};

export const regionWriteVerb: StackVerb<'region_write'> = {
  name: 'region_write',
  doc: 'The VMM writes a fault region of a device: pwrite(), or with `mapped` a store into the pages that it has mapped.',
  execute: ({ stack }, { device, region, position, bytes, mapped }) => taken(`the VMM writes ${bytes.length} bytes to ${region} of ${device} at ${position}`, stack.vmOf(device).vmm.writeRegion(device, REGIONS[region], position, Uint8Array.from(bytes), mapped)),
};

export const fileReadVerb: StackVerb<'file_read'> = {
  name: 'file_read',
  doc: 'The VMM reads the file of a vEVENTQ or of a fault queue, by the descriptor that its allocation gave.',
  execute: ({ stack }, { vm, fd, length }) => answer(`the VMM of ${vm} reads file ${fd}`, stack.vm(vm).vmm.readFile(fd, length)),
};

export const fileWriteVerb: StackVerb<'file_write'> = {
  name: 'file_write',
  doc: 'The VMM writes the file of a fault queue: answers of struct iommu_hwpt_page_response.',
  execute: ({ stack }, { vm, fd, bytes }) => taken(`the VMM of ${vm} writes ${bytes.length} bytes to file ${fd}`, stack.vm(vm).vmm.writeFile(fd, Uint8Array.from(bytes))),
};

export const pageResponseVerb: StackVerb<'page_response'> = {
  name: 'page_response',
  doc: 'The VMM answers a page request: through the DMA FAULT RESPONSE region, or with `fd` and `cookie` through the file of a fault queue.',
  execute(bench, input) {
    const { device, fd, cookie, code, grpid, pasid } = input;
    const text = `the VMM of ${device} answers a page request with ${code}`;
    if (fd === null) return taken(text, bench.stack.vmOf(device).vmm.answerFault(device, { grpid, pasid, code }));
    return taken(text, bench.stack.vmOf(device).vmm.writeFile(fd, encodeStruct(STRUCT_HWPT_PAGE_RESPONSE, { cookie, code })));
  },
};
