/** Messages of the Linux driver on one line each. */
import type { EventAccess, EventText } from './records.ts';

const HEX = '0x[0-9a-f]+|0';
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

/** Messages without words, and the architecture's name of what each reports. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/^(?:ias \d+-bit, )?oas \d+-bit \(features 0x[0-9a-f]+\)$/, 'probe'],
  [/^allocated \d+ entries for (?:cmdq|evtq|priq)$/, 'probe'],
  [/^option mask 0x[0-9a-f]+$/, 'probe'],
  [/^msi_domain absent - falling back to wired irqs$/, 'probe'],
  [/^failed to allocate MSIs - falling back to wired irqs$/, 'probe'],
  [/^2-level strtab only covers \d+\/\d+ bits of SID$/, 'probe'],
  [/^SMMU currently enabled! Resetting\.\.\.$/, 'probe'],
  [/^EVTQ write aborted -- events may have been lost$/, 'EVENTQ_ABT_ERR'],
  [/^PRIQ write aborted -- events may have been lost$/, 'PRIQ_ABT_ERR'],
  [/^CMDQ MSI write aborted$/, 'MSI_CMDQ_ABT_ERR'],
  [/^EVTQ MSI write aborted$/, 'MSI_EVENTQ_ABT_ERR'],
  [/^PRIQ MSI write aborted$/, 'MSI_PRIQ_ABT_ERR'],
  [/^GERROR MSI write aborted$/, 'MSI_GERROR_ABT_ERR'],
  [/^device has entered Service Failure Mode!$/, 'SFM_ERR'],
  [/^EVTQ overflow detected -- events lost$/, 'EVENTQ_PROD.OVFLG'],
  [/^PRIQ overflow detected -- requests lost$/, 'PRIQ_PROD.OVFLG'],
  [/^retrying command fetch$/, 'CERROR_ABT'],
  [/^CMD_SYNC timeout\b.*$/, 'CMD_SYNC'],
];

/** What a message without words is about, or null when this driver's message is not known. */
export function plainMessage(text: string): string | null {
  return PLAIN.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
