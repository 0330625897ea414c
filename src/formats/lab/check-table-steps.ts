/** Checks of map and unmap: the keys of one stage or of the other, alignment, ranges. */
import { hex, iova, ipa, pa } from '../../model/base/address.ts';
import type { ContextData, LeafData, MapInput, Stage1Data, StepData, UnmapInput } from '../../model/lab/data.ts';
import { checkAlignment, inside } from './check-map.ts';
import { leafFields } from './map-schema.ts';
import { device, refuse, vm } from './step-context.ts';
import type { Context, Documents, Known } from './step-context.ts';

const UNMAP_FORM = 'unmap takes vm and ipa (stage 2), or device and iova (stage 1)';

const MAP_FORM = 'stage 2 takes vm and ipa (and pa); stage 1 takes device, iova and ipa (pa when the host owns it)';

/** Attributes of the leaves; raw descriptor fields are those of the stage. */
function leaf(input: Documents['map'], stage: 1 | 2, context: Context): LeafData {
  const { access, execute, memory, AF, block } = input;
  const raw = input.descriptor === undefined ? null : leafFields(stage).safeParse(input.descriptor);
  if (raw !== null && !raw.success) {
    context.report.issues('steps', raw.error.issues.map((issue) => ({ ...issue, path: [...context.where.path, 'descriptor', ...issue.path] })));
  }
  return { access, execute, memory, AF, block, descriptor: raw?.data ?? {} };
}

function mapStage2(input: Documents['map'], context: Context): MapInput | null {
  if (input.vm === undefined || input.ipa === undefined || input.iova !== undefined) return refuse(context, 'bad-form', MAP_FORM);
  const owner = vm(context, input.vm, 'vm');
  if (owner === null) return null;
  checkAlignment(owner.stage2.granule, input.block, { ipa: input.ipa, pa: input.pa ?? null, size: input.size }, context.where, context.report);
  if (input.ipa + input.size > 1n << BigInt(owner.stage2.ipaBits)) return refuse(context, 'out-of-range', `the IPA does not fit into the ${owner.stage2.ipaBits} bits of ${owner.name}`, 'ipa');
  if (input.pa !== undefined && !inside(context.host.memory, input.pa, input.size)) return refuse(context, 'outside-memory', `PA ${hex(input.pa)} lies outside host.memory`, 'pa');
  const entry = { ...leaf(input, 2, context), ipa: ipa(input.ipa), pa: input.pa === undefined ? null : pa(input.pa), size: input.size };
  return { stage: 2, vm: input.vm, entry };
}

/** The stage 1 of a device, wherever it stands. */
function contextOf(name: string, { host, guests }: Known): ContextData | null {
  const found = host.devices.find((one) => one.name === name);
  const guest = guests.find((one) => one.vm === found?.vm)?.devices.find((one) => one.name === name);
  return found?.context ?? guest?.context ?? null;
}

/** The stage 1 of one CD of a device; null is told. */
function stage1Of(name: string, Config: string, ssid: number, context: Context): Stage1Data | null {
  const found = contextOf(name, context);
  if (found === null) return refuse(context, 'unused', `${name} has Config ${Config}: it has no stage 1`, 'device');
  if (ssid === 0) return found.stage1;
  return found.substreams.find((one) => one.ssid === ssid)?.stage1 ?? refuse(context, 'unknown-substream', unknownSubstream(name, ssid, found), 'ssid');
}

const unknownSubstream = (name: string, ssid: number, { substreams }: ContextData): string =>
  `${name} has no CD for SubstreamID ${ssid}; ${substreams.length === 0 ? 'it has no substreams' : `substreams has ${substreams.map((one) => one.ssid).join(', ')}`}`;

/** Whether a step may name this CD of a device; what is wrong is told. */
export function hasCd(name: string, ssid: number, context: Context): boolean {
  const found = contextOf(name, context);
  if (ssid === 0 || found?.substreams.some((one) => one.ssid === ssid) === true) return true;
  refuse(context, 'unknown-substream', found === null ? `${name} has no CDs` : unknownSubstream(name, ssid, found), 'ssid');
  return false;
}

function mapStage1(input: Documents['map'], name: string, context: Context): MapInput | null {
  const found = device(context, name, 'device');
  if (found === null) return null;
  const stage1 = stage1Of(name, found.Config, input.ssid, context);
  if (stage1 === null) return null;
  const key = found.Config === 's1' ? 'pa' : 'ipa';
  const output = input[key];
  if (input.vm !== undefined || input.iova === undefined || output === undefined) return refuse(context, 'bad-form', MAP_FORM);
  checkAlignment(stage1.granule, input.block, { iova: input.iova, [key]: output, size: input.size }, context.where, context.report);
  if (!inHalf(input.iova, input.size, stage1.vaBits)) return refuse(context, 'out-of-range', `the IOVA does not fit into the ${stage1.vaBits} bits of ${name}`, 'iova');
  if (input.access !== 'rw' && input.access !== 'ro') return refuse(context, 'bad-value', `stage 1 permits rw or ro; ${input.access} is for stage 2`, 'access');
  const { privileged, nG, size } = input;
  return { stage: 1, device: name, ssid: input.ssid, entry: { ...leaf(input, 1, context), iova: iova(input.iova), output, size, privileged, nG } };
}

const inHalf = (base: bigint, size: bigint, bits: number): boolean => {
  const half = 1n << BigInt(bits);
  return base + size <= half || (base >= (1n << 64n) - half && base + size <= 1n << 64n);
};

export function resolveMap(input: Documents['map'], context: Context): StepData | null {
  const resolved = input.device === undefined ? mapStage2(input, context) : mapStage1(input, input.device, context);
  return resolved === null ? null : { verb: 'map', input: resolved };
}

function unmapStage1(input: Documents['unmap'], name: string, context: Context): UnmapInput | null {
  const found = device(context, name, 'device');
  if (found === null) return null;
  const stage1 = stage1Of(name, found.Config, input.ssid, context);
  if (stage1 === null) return null;
  if (input.vm !== undefined || input.iova === undefined || input.ipa !== undefined) return refuse(context, 'bad-form', UNMAP_FORM);
  checkAlignment(stage1.granule, null, { iova: input.iova, size: input.size }, context.where, context.report);
  if (!inHalf(input.iova, input.size, stage1.vaBits)) return refuse(context, 'out-of-range', `the IOVA does not fit into the ${stage1.vaBits} bits of ${name}`, 'iova');
  return { stage: 1, device: name, ssid: input.ssid, address: iova(input.iova), size: input.size };
}

function unmapStage2(input: Documents['unmap'], context: Context): UnmapInput | null {
  if (input.vm === undefined || input.ipa === undefined || input.iova !== undefined) return refuse(context, 'bad-form', UNMAP_FORM);
  const owner = vm(context, input.vm, 'vm');
  if (owner === null) return null;
  checkAlignment(owner.stage2.granule, null, { ipa: input.ipa, size: input.size }, context.where, context.report);
  if (input.ipa + input.size > 1n << BigInt(owner.stage2.ipaBits)) return refuse(context, 'out-of-range', `the IPA does not fit into the ${owner.stage2.ipaBits} bits of ${owner.name}`, 'ipa');
  return { stage: 2, vm: input.vm, address: ipa(input.ipa), size: input.size };
}

export function resolveUnmap(input: Documents['unmap'], context: Context): StepData | null {
  const resolved = input.device === undefined ? unmapStage2(input, context) : unmapStage1(input, input.device, context);
  return resolved === null ? null : { verb: 'unmap', input: resolved };
}
