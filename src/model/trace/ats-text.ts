/** ATS, ATC and PRI in words (IHI 0070 3.9.1, 4.5, 8.1). */
import { hex } from '../base/address.ts';
import { decode, eventName, PRI_ENTRY } from '../spec/index.ts';
import { ATC, COMPLETION_NAMES, GRANT, PAGE_RESPONSE_NAMES, payload64, REQUEST, SPACE } from './record.ts';
import type { TraceRecord } from './record.ts';

/** By PPR (queues/pri-queue.ts). */
export const PPR_VERDICTS = [
  'written',
  'discarded: queue full',
  'discarded: queue disabled',
  'write aborted',
  'discarded: PRIQ_ABT_ERR active',
  'discarded: overflow not acknowledged',
] as const;

/** `R W`, or `no access`. */
function grantText(grant: number): string {
  const names = (['R', 'W', 'EXE', 'PRIV'] as const).filter((name) => (grant & GRANT[name]) !== 0);
  return (grant & (GRANT.R | GRANT.W | GRANT.EXE)) === 0
    ? 'no access'
    : names.map((name) => (name === 'EXE' ? 'Exe' : name === 'PRIV' ? 'Priv' : name)).join(' ');
}

/** `, NW, Exe`: the bits of a request that are set. */
function requestText(bits: number): string {
  const parts = [(bits & REQUEST.NW) !== 0 ? 'NW' : '', (bits & REQUEST.EXE) !== 0 ? 'Exe' : '', (bits & REQUEST.PRIV) !== 0 ? 'Priv' : ''];
  return parts
    .filter((part) => part !== '')
    .map((part) => `, ${part}`)
    .join('');
}

export function completionText(record: TraceRecord): string {
  const [request, grant, , , shift, space, cause] = record.payload;
  const asked = `translation request for IOVA ${hex(record.address)}${requestText(request!)}`;
  const behind = cause === 0 ? '' : `: ${eventName(cause!)}`;
  if (record.verdict !== 0) return `${asked} is answered with ${COMPLETION_NAMES[record.verdict] ?? 'CA'}${behind}`;
  if ((grant! & ~GRANT.PRIV) === 0) return `${asked} is answered with Success, R = W = 0${behind}`;
  const where = `${space === SPACE.IPA ? 'IPA' : 'PA'} ${hex(payload64(record, 2))}`;
  return `${asked} is answered with ${where}, ${grantText(grant!)}, ${hex(1n << BigInt(shift!))} bytes`;
}

export function atcText(record: TraceRecord): string {
  const [entries, grant, , , shift, origin] = record.payload;
  const page = `IOVA ${hex(record.address)}`;
  const entry = `${hex(payload64(record, 2))}, ${grantText(grant!)}, ${hex(1n << BigInt(shift!))} bytes`;
  switch (record.verdict) {
    case ATC.HIT:
      return `ATC hit for ${page}, filled by transaction ${origin!}: ${entry}`;
    case ATC.MISS:
      return `ATC: no entry for ${page} that permits the access`;
    case ATC.FILL:
      return `ATC keeps ${page}: ${entry}`;
    case ATC.INVALIDATED:
      return `ATC invalidates ${rangeText(record)}: ${entries === 0 ? 'no entry' : entries === 1 ? '1 entry' : `${entries!} entries`} removed`;
    default:
      return `the device does not answer the invalidation of ${rangeText(record)}`;
  }
}

/** log2 of all 64 bits of the address: 4096 * 2^52 bytes. */
const EVERYTHING = 64;

const rangeText = (record: TraceRecord): string =>
  record.payload[4]! >= EVERYTHING ? 'everything' : `IOVA ${hex(record.address)}, ${hex(1n << BigInt(record.payload[4]!))} bytes`;

export function pageRequestText(record: TraceRecord): string {
  const entry = decode(PRI_ENTRY, record.payload, 0);
  const { R, W, X, Priv, Last, SSV, PRGIndex } = entry;
  const access = [R === true ? 'R' : '', W === true ? 'W' : '', X === true ? 'X' : '', Priv === true ? 'Priv' : '']
    .filter((one) => one !== '')
    .join(' ');
  const marker = SSV === true && Last === true && R !== true && W !== true;
  const what = marker ? 'stop marker' : `page request for IOVA ${hex(record.address)}${access === '' ? '' : ` ${access}`}`;
  const pasid = record.ssid === null ? '' : ` SubstreamID ${hex(record.ssid)}`;
  return `${what}, StreamID ${hex(record.sid)}${pasid}, group ${Number(PRGIndex)}${Last === true ? ', last' : ''}: ${PPR_VERDICTS[record.verdict] ?? ''}`;
}

export function pageResponseText(record: TraceRecord): string {
  const pasid = record.ssid === null ? '' : ` SubstreamID ${hex(record.ssid)}`;
  const by = record.payload[1] === 1 ? ', by the SMMU itself' : '';
  return `page response ${PAGE_RESPONSE_NAMES[record.verdict] ?? ''} to StreamID ${hex(record.sid)}${pasid}, group ${record.payload[0]!}${by}`;
}
