/** A translation request as it is typed into the form. */
import { fail, ok, type Result } from '../../../model/base/result.ts';
import type { Params } from '../../../protocol/contract.ts';

export interface RequestForm {
  readonly sid: string;
  /** Empty: the access has no SubstreamID. */
  readonly ssid: string;
  readonly iova: string;
  readonly access: 'read' | 'write' | 'execute';
  readonly privileged: boolean;
}

/** A failure's code is the name of the field that is wrong. */
export function parseRequest(form: RequestForm): Result<Params<'capture.translate'>> {
  const sid = number(form.sid);
  if (sid === null) return fail('sid', 'StreamID: expected a number such as 0x10');
  if (sid > 0xffff_ffffn) return fail('sid', 'StreamID: a StreamID has at most 32 bits');
  const ssid = form.ssid.trim() === '' ? undefined : number(form.ssid);
  if (ssid === null) return fail('ssid', 'SubstreamID: expected a number such as 1, or nothing');
  if (ssid !== undefined && ssid > 0xf_ffffn) return fail('ssid', 'SubstreamID: a SubstreamID has at most 20 bits');
  const iova = address(form.iova);
  if (iova === null) return fail('iova', 'IOVA: expected an address in hex such as 0x10000000');
  if (iova > 0xffff_ffff_ffff_ffffn) return fail('iova', 'IOVA: an address has at most 64 bits');
  return ok({
    sid: Number(sid),
    ...(ssid === undefined ? {} : { ssid: Number(ssid) }),
    iova: `0x${iova.toString(16)}`,
    access: form.access,
    privileged: form.privileged,
  });
}

function number(text: string): bigint | null {
  const plain = text.trim().replace(/_/g, '');
  return /^(0x[0-9a-f]+|\d+)$/i.test(plain) ? BigInt(plain) : null;
}

/** Addresses are hex with or without `0x`, as in logs. */
function address(text: string): bigint | null {
  const plain = text.trim().replace(/_/g, '').replace(/^0x/i, '');
  return /^[0-9a-f]+$/i.test(plain) ? BigInt(`0x${plain}`) : null;
}
