import type { CacheEntry } from '../../../protocol/contract.ts';
import { hexId } from '../../widgets/address.ts';

/** What a lookup finds the entry by, but for its address: `SID 0x8.1`, `VMID 1 ASID 3`, `VMID 1 global`. */
export function tagOf({ sid, ssid, world, vmid, asid, global }: CacheEntry): string {
  if (sid !== null) return `SID ${hexId(sid)}${ssid === null ? '' : `.${ssid}`}`;
  const where = world === 'NS-EL1' ? `VMID ${vmid ?? 0}` : (world ?? '');
  return [where, ...(asid === null ? [] : [`ASID ${asid}`]), ...(global ? ['global'] : [])].join(' ');
}

/** An address that somebody typed: hex digits, with or without 0x and separators; null where it is none. */
export function typedAddress(text: string): string | null {
  const digits = text.trim().replace(/_/g, '').replace(/^0x/i, '');
  return /^[0-9a-fA-F]{1,16}$/.test(digits) ? `0x${digits.toLowerCase()}` : null;
}
