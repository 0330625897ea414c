/** The commands that the driver issues, as two 64-bit words (IHI 0070 4.1; d.1). Fields are cut to their width as FIELD_PREP cuts them. */
import { assert } from '../../../base/assert.ts';
import { fromWords, hiWord, loWord } from '../../../base/address.ts';
import { COMMANDS, commandName, decode, encode } from '../../../spec/index.ts';
import type { FieldValues } from '../../../spec/index.ts';
import type { HopDetail } from '../../journal.ts';
import type { CommandWords } from './types.ts';

const PAGE_MASK = 0xffff_ffff_ffff_f000n;
const IPA_MASK = 0x000f_ffff_ffff_f000n;

function command(name: string, fields: FieldValues): CommandWords {
  const record = COMMANDS.byName.get(name);
  assert(record !== undefined, `there is a command ${name}`);
  const words = new Uint32Array(4);
  encode(record, fields, words, 0);
  return [fromWords(words[1]!, words[0]!), fromWords(words[3]!, words[2]!)];
}

/** Name and non-zero fields of a command, for the journal. */
export function describeCommand(words: CommandWords): { readonly name: string; readonly fields: HopDetail } {
  const opcode = Number(words[0] & 0xffn);
  const record = COMMANDS.byNumber.get(opcode);
  if (record === undefined) return { name: commandName(opcode), fields: { D0: words[0], D1: words[1] } };
  const raw = Int32Array.of(loWord(words[0]), hiWord(words[0]), loWord(words[1]), hiWord(words[1]));
  const fields = Object.entries(decode(record, raw, 0)).filter(([name, value]) => name !== 'Opcode' && Number(value) !== 0);
  return { name: record.id, fields: Object.fromEntries(fields) };
}

export const cfgiSte = (sid: number): CommandWords => command('CMD_CFGI_STE', { StreamID: sid, Leaf: true });
export const cfgiAll = (): CommandWords => command('CMD_CFGI_STE_RANGE', { Range: 31 });
export const cfgiCd = (sid: number, ssid: number): CommandWords => command('CMD_CFGI_CD', { StreamID: sid, SubstreamID: ssid, Leaf: true });
export const prefetchConfig = (sid: number): CommandWords => command('CMD_PREFETCH_CONFIG', { StreamID: sid });
export const tlbiNhAll = (vmid: number): CommandWords => command('CMD_TLBI_NH_ALL', { VMID: vmid });
export const tlbiNhAsid = (asid: number, vmid: number): CommandWords => command('CMD_TLBI_NH_ASID', { ASID: asid & 0xffff, VMID: vmid });
export const tlbiEl2Asid = (asid: number): CommandWords => command('CMD_TLBI_EL2_ASID', { ASID: asid });
export const tlbiEl2All = (): CommandWords => command('CMD_TLBI_EL2_ALL', {});
export const tlbiS12Vmall = (vmid: number): CommandWords => command('CMD_TLBI_S12_VMALL', { VMID: vmid });
/** The builder of 5.15 encodes no VMID for this opcode, whatever the caller filled in (a.7). */
export const tlbiNsnhAll = (): CommandWords => command('CMD_TLBI_NSNH_ALL', {});

/** Everything of a TLBI by address but the range. */
export type TlbiTarget =
  | { readonly op: 'CMD_TLBI_NH_VA'; readonly asid: number; readonly vmid: number }
  | { readonly op: 'CMD_TLBI_EL2_VA'; readonly asid: number }
  | { readonly op: 'CMD_TLBI_S2_IPA'; readonly vmid: number };

export interface TlbiRange {
  readonly address: bigint;
  readonly leaf: boolean;
  readonly num: number;
  readonly scale: number;
  readonly tg: number;
  readonly ttl: number;
}

export function tlbiByAddress(target: TlbiTarget, range: TlbiRange): CommandWords {
  const ids = {
    ...('asid' in target ? { ASID: target.asid & 0xffff } : {}),
    ...('vmid' in target ? { VMID: target.vmid } : {}),
  };
  return command(target.op, {
    ...ids,
    Address: range.address & (target.op === 'CMD_TLBI_S2_IPA' ? IPA_MASK : PAGE_MASK),
    Leaf: range.leaf,
    NUM: range.num & 31,
    SCALE: range.scale & 31,
    TG: range.tg & 3,
    TTL: range.ttl & 3,
  });
}

export interface AtcRange {
  readonly address: bigint;
  readonly size: number;
}

/** SSV only where a SubstreamID is given; 5.15 takes 0 for none. */
export const atcInv = (sid: number, ssid: number, range: AtcRange): CommandWords =>
  command('CMD_ATC_INV', { StreamID: sid, SSV: ssid !== 0, SubstreamID: ssid, Address: range.address, Size: range.size });

export const resume = (sid: number, stag: number, retry: boolean): CommandWords =>
  command('CMD_RESUME', { StreamID: sid, STAG: stag & 0xffff, Ac: retry, Ab: !retry });

/** CMD_SYNC that ends with an MSI into its own slot, or with an event that wakes the poller (CS = SIG_SEV). */
export const sync = (msiAddress: bigint | null): CommandWords =>
  command('CMD_SYNC', { CS: msiAddress === null ? 2 : 1, MSH: 3, MSIAttr: 15, MSIAddress: msiAddress ?? 0n });
