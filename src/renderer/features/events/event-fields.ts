/** Which fields of an event record stand for it in a list. */
import type { EventRow, Field } from '../../../protocol/contract.ts';
import type { AddressSpace } from '../../widgets/address.ts';

const field = (event: EventRow, name: string): Field | undefined => event.fields.find((candidate) => candidate.name === name);

export const streamOf = (event: EventRow): string => field(event, 'StreamID')?.raw ?? '';

/** InputAddr is what the device issued; an event of a fetch has the physical address of the structure instead. */
export function addressOf(event: EventRow): { readonly space: AddressSpace; readonly value: string } | null {
  const input = field(event, 'InputAddr');
  if (input !== undefined) return { space: 'iova', value: hexOf(input) };
  const fetched = field(event, 'FetchAddr');
  return fetched === undefined ? null : { space: 'pa', value: hexOf(fetched) };
}

/** A field's value where it is an address: an address field may be shown shifted back in place, its raw bits not. */
const hexOf = ({ value, raw }: Field): string => (/^0x[0-9a-f]+$/.test(value) ? value : raw);
