/** Which commands must remove what a cache holds (IHI 0070 4.3, 4.4): only what the architecture requires, never what it allows. */
import { caseOf, COMMANDS, decode } from '../../model/spec/index.ts';
import type { FieldValue } from '../../model/spec/index.ts';
import type { Footprint, Held } from './footprint.ts';

interface Command {
  readonly name: string;
  readonly number: (field: string) => number;
  readonly address: bigint;
}

function read(words: Uint32Array): Command | null {
  const found = caseOf(COMMANDS, words, 0);
  if (found === null) return null;
  const values: Record<string, FieldValue> = decode(found, words, 0);
  return { name: found.id, number: (field) => Number(values[field] ?? 0), address: BigInt(values['Address'] ?? 0) };
}

/** Whether a command names the page of `address`: one address, or a range of granules (4.4.1.1). */
function namesPage(command: Command, address: bigint): boolean {
  const granule = [0, 12, 14, 16][command.number('TG')]!;
  if (granule === 0) return command.address >> 12n === address >> 12n;
  const bytes = (BigInt(command.number('NUM')) + 1n) << BigInt(command.number('SCALE') + granule);
  return address >= command.address && address < command.address + bytes;
}

const anyOf = (since: readonly Uint32Array[], removes: (command: Command) => boolean): boolean =>
  since.some((words) => {
    const command = read(words);
    return command !== null && removes(command);
  });

/** Whether entries by VA of a past transaction's page are gone. Only a leaf is removed by a command with Leaf=1. */
export function removesVa(since: readonly Uint32Array[], past: Footprint, leaf: boolean): boolean {
  return anyOf(since, (command) => {
    const sameVmid = command.number('VMID') === past.vmid;
    const sameAsid = command.number('ASID') === past.asid;
    const page = namesPage(command, past.iova) && (leaf || command.number('Leaf') === 0);
    switch (command.name) {
      case 'CMD_TLBI_NSNH_ALL':
        return true;
      case 'CMD_TLBI_S12_VMALL':
      case 'CMD_TLBI_NH_ALL':
        return sameVmid;
      case 'CMD_TLBI_NH_ASID':
        return sameVmid && sameAsid && past.nonGlobal;
      case 'CMD_TLBI_NH_VA':
        return sameVmid && (sameAsid || !past.nonGlobal) && page;
      case 'CMD_TLBI_NH_VAA':
        return sameVmid && page;
      default:
        return false;
    }
  });
}

/** Whether stage-2 entries by IPA that `held` went into are gone (4.4.3). */
export function removesIpa(since: readonly Uint32Array[], vmid: number, held: Held): boolean {
  return anyOf(since, (command) => {
    const sameVmid = command.number('VMID') === vmid;
    if (command.name === 'CMD_TLBI_NSNH_ALL') return true;
    if (command.name === 'CMD_TLBI_S12_VMALL') return sameVmid;
    if (command.name !== 'CMD_TLBI_S2_IPA' || !sameVmid) return false;
    return held.ipa !== null && namesPage(command, held.ipa) && (held.leaf || command.number('Leaf') === 0);
  });
}

/** Whether the cached configuration of a stream is gone: its STE, or only its CD (4.3). */
export function removesConfig(since: readonly Uint32Array[], sid: number, structure: 'ste' | 'cd'): boolean {
  return anyOf(since, (command) => {
    const sameSid = command.number('StreamID') === sid;
    switch (command.name) {
      case 'CMD_CFGI_STE':
        return sameSid;
      case 'CMD_CFGI_STE_RANGE': {
        const range = command.number('Range');
        return range === 31 || Math.floor(command.number('StreamID') / 2 ** (range + 1)) === Math.floor(sid / 2 ** (range + 1));
      }
      case 'CMD_CFGI_CD':
      case 'CMD_CFGI_CD_ALL':
        return sameSid && structure === 'cd';
      default:
        return false;
    }
  });
}
