import { addressHi, addressLo } from '../../spec/layout.ts';
import type { TlbiScope } from '../cache-maintenance.ts';
import { CERROR } from '../../spec/commands.ts';
import type { CommandContext, CommandHandler } from './command.ts';
import { maskHi, maskLo } from '../walk/geometry.ts';
import { commandRecord, optionalField } from './command-field.ts';

/** CMD_TLBI_*: forgets translations (IHI 0070 4.4). */

const TG_16K = 2;

interface Range {
  readonly ttl: number;
  readonly tg: number;
  readonly num: number;
  readonly scale: number;
}

/** Without RIL, or with TG = 0, the bits are RES0: one address at any level (4.4.1.1). */
const SINGLE: Range = { ttl: 0, tg: 0, num: 0, scale: 0 };

type RangeReader = (words: Int32Array, context: CommandContext) => Range | null;

/** Reads the range fields of a command; null for the combination that 4.4.1.1 reserves. */
function rangeReader(op: TlbiScope['op']): RangeReader {
  const record = commandRecord(`CMD_TLBI_${op}`);
  const tgOf = optionalField(record, 'TG');
  const ttlOf = optionalField(record, 'TTL');
  const numOf = optionalField(record, 'NUM');
  const scaleOf = optionalField(record, 'SCALE');
  return (words, { features }) => {
    const tg = tgOf(words, 0);
    if (!features.ril || tg === 0) return SINGLE;
    const level = ttlOf(words, 0);
    // 4.4.1.1: 16K has no block at level 1 without DS, so that hint says nothing.
    const ttl = tg === TG_16K && level === 1 && !features.ds ? 0 : level;
    const range: Range = { ttl, tg, num: numOf(words, 0), scale: scaleOf(words, 0) };
    return ttl === 0 && range.num === 0 && range.scale === 0 ? null : range;
  };
}

/** Address bits that a level leaves no meaning, by TG and TTL (4.4.1.1): bits [top:12] must be 0. 4K, 16K, 64K; TTL 0 to 3. */
const MUST_BE_ZERO: readonly (readonly number[])[] = [[], [11, 29, 20, 11], [13, 13, 24, 13], [15, 41, 28, 15]];

/** 4.4.1.1: which range such a command reaches is UNPREDICTABLE (the choice tlbi.misaligned). */
function isMisaligned({ tg, ttl }: Range, hi: number, lo: number): boolean {
  const top = MUST_BE_ZERO[tg]![ttl] ?? 11;
  return top >= 12 && ((hi & maskHi(top, 12)) | (lo & maskLo(top, 12))) !== 0;
}

type AddressReader = (words: Int32Array) => readonly [hi: number, lo: number];

function addressReader(op: TlbiScope['op']): AddressReader {
  const record = commandRecord(`CMD_TLBI_${op}`);
  if (!record.fields.some((field) => field.name === 'Address')) return () => [0, 0];
  const hi = addressHi(record, 'Address');
  const lo = addressLo(record, 'Address');
  return (words) => [hi(words, 0) | 0, lo(words, 0) | 0];
}

/**
 * The handler of one TLBI command, from the fields that its record has. A VMID or ASID above 8 bits on an SMMU with
 * 8-bit ones is no error (4.1.3) and matches nothing. Without stage 2 no entry has a VMID, so the command's does not count.
 */
function tlbi(op: TlbiScope['op']): CommandHandler {
  const record = commandRecord(`CMD_TLBI_${op}`);
  const vmidOf = optionalField(record, 'VMID');
  const asidOf = optionalField(record, 'ASID');
  const leafOf = optionalField(record, 'Leaf');
  const rangeOf = rangeReader(op);
  const addressOf = addressReader(op);
  return (words, context) => {
    const range = rangeOf(words, context);
    if (range === null) return context.registers.deviates['commands-ignored'] ? CERROR.NONE : CERROR.ILL;
    const [addressHigh, addressLow] = addressOf(words);
    const { features, registers } = context;
    if (isMisaligned(range, addressHigh, addressLow)) {
      context.hooks.misuse?.('tlbi-misaligned');
      if (registers.choices['tlbi.misaligned'] === 'nothing') return CERROR.NONE;
    }
    if (!features.s2p && vmidOf(words, 0) !== 0 && registers.choices['tlbi.nh-vmid-without-stage-2'] === 'matched') return CERROR.NONE;
    context.maintenance.tlbi({
      op,
      vmid: context.features.s2p ? vmidOf(words, 0) : 0,
      // 6.3.9: VMW = n makes invalidation ignore the n least significant bits of the VMID.
      vmidMask: 0xffff & (0xffff << context.registers.vmw),
      asid: asidOf(words, 0),
      addressLo: addressLow,
      addressHi: addressHigh,
      leaf: leafOf(words, 0) === 1,
      ...range,
    });
    return CERROR.NONE;
  };
}

export const TLBI: Readonly<Record<string, CommandHandler>> = {
  CMD_TLBI_NH_ALL: tlbi('NH_ALL'),
  CMD_TLBI_NH_ASID: tlbi('NH_ASID'),
  CMD_TLBI_NH_VA: tlbi('NH_VA'),
  CMD_TLBI_NH_VAA: tlbi('NH_VAA'),
  CMD_TLBI_EL2_ALL: tlbi('EL2_ALL'),
  CMD_TLBI_EL2_ASID: tlbi('EL2_ASID'),
  CMD_TLBI_EL2_VA: tlbi('EL2_VA'),
  CMD_TLBI_EL2_VAA: tlbi('EL2_VAA'),
  CMD_TLBI_S12_VMALL: tlbi('S12_VMALL'),
  CMD_TLBI_S2_IPA: tlbi('S2_IPA'),
  CMD_TLBI_NSNH_ALL: tlbi('NSNH_ALL'),
};
