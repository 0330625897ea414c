/** Messages of the Linux driver on one line each. */
import type { EventAccess, EventText, PageRequestText } from './records.ts';

const HEX = '0x[0-9a-f]{1,16}|0';
const EVENT_TEXT = new RegExp(
  `^event: (\\S+) client: (\\(unassigned sid\\)|\\S+) sid: (${HEX}) ssid: (${HEX})` +
    `(?: iova: (${HEX}) ipa: (${HEX}))?(?: fetch_addr: (${HEX}))?$`,
);
const EVENT_ACCESS = new RegExp(
  `^(un)?priv (data|inst) (read|write) s([12]) "([^"]*)"(?: ttd_read| ttd_write)?( stall)? stag: (${HEX})$`,
);

/** `event: F_TRANSLATION client: ... sid: ... ssid: ...` (Linux 6.14 and later), or null. */
export function eventText(text: string): EventText | null {
  const match = EVENT_TEXT.exec(text);
  if (match === null) return null;
  const [, name, client, sid, ssid, iova, ipa, fetchAddr] = match;
  return {
    name: name!,
    client: client!,
    sid: Number(sid),
    ssid: Number(ssid),
    ...(iova === undefined ? {} : { iova: BigInt(iova) }),
    ...(ipa === undefined ? {} : { ipa: BigInt(ipa) }),
    ...(fetchAddr === undefined ? {} : { fetchAddr: BigInt(fetchAddr) }),
  };
}

/** `unpriv data read s1 "Input address caused fault" stag: 0x0`, or null. */
export function eventAccess(text: string): EventAccess | null {
  const match = EVENT_ACCESS.exec(text);
  if (match === null) return null;
  return {
    privileged: match[1] === undefined,
    instruction: match[2] === 'inst',
    read: match[3] === 'read',
    stage2: match[4] === '2',
    cause: match[5]!,
    stall: match[6] !== undefined,
    stag: Number(match[7]),
  };
}

const REQUEST_TEXT = /^\s*sid (0x[0-9a-f]{8})\.([0-9a-f]{5}): \[(\d{1,3})(L?)\] (un)?privileged (R?)(W?)(X?) access at iova (0x[0-9a-f]{1,16})$/;

/** The line behind `unexpected PRI request received:`, or null. */
export function requestText(text: string): PageRequestText | null {
  const match = REQUEST_TEXT.exec(text);
  if (match === null) return null;
  const [, sid, ssid, group, last, unprivileged, read, write, execute, iova] = match;
  return {
    sid: Number(sid),
    ssid: Number.parseInt(ssid!, 16),
    group: Number(group),
    last: last !== '',
    privileged: unprivileged === undefined,
    read: read !== '',
    write: write !== '',
    execute: execute !== '',
    iova: BigInt(iova!),
  };
}
