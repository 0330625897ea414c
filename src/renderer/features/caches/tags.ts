import type { CacheEntry } from '../../../protocol/contract.ts';
import { hexId } from '../../widgets/address.ts';

/** What a lookup finds the entry by, but for its address: `SID 0x8.1`, `VMID 1 ASID 3`, `VMID 1 global`. */
export function tagOf({ sid, ssid, world, vmid, asid, global }: CacheEntry): string {
  if (sid !== null) return `SID ${hexId(sid)}${ssid === null ? '' : `.${ssid}`}`;
  const where = world === 'NS-EL1' ? `VMID ${vmid ?? 0}` : (world ?? '');
  return [where, ...(asid === null ? [] : [`ASID ${asid}`]), ...(global ? ['global'] : [])].join(' ');
}
