/** What the driver prints of an event: raw words, and from 6.14 on decoded (d.7). Without the device's prefix. */
import { EVENT } from './event.ts';
import type { DriverEvent } from './event.ts';
import { hex64 } from './kernel-log.ts';
import type { EventWords } from './types.ts';

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(Object.entries(EVENT).filter(([, id]) => id !== EVENT.F_WALK_EABT).map(([name, id]) => [id, name]));

const CLASSES = ['CD fetch', 'Stage 1 translation table fetch', 'Input address caused fault', 'Reserved'];
const CLASS_TT = 1;

const UNASSIGNED = '(unassigned sid)';

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** `event 0x10 received:` and its four words. */
export function rawLines(words: EventWords): string[] {
  const id = Number(words[0] & 0xffn);
  return [`event 0x${id.toString(16).padStart(2, '0')} received:`, ...words.map((word) => `\t${hex64(word)}`)];
}

/** One line, two for translation faults; `client` is the device's name, null when no device has the StreamID. */
export function decodedLines(event: DriverEvent, client: string | null): string[] {
  const head = `event: ${NAMES[event.id] ?? 'UNKNOWN'} client: ${client ?? UNASSIGNED} sid: ${hex(event.sid)} ssid: ${hex(event.ssid)}`;
  switch (event.id) {
    case EVENT.F_TRANSLATION:
    case EVENT.F_ADDR_SIZE:
    case EVENT.F_ACCESS:
    case EVENT.F_PERMISSION:
      return [`${head} iova: ${hex(event.iova)} ipa: ${hex(event.ipa)}`, accessLine(event)];
    case EVENT.F_STE_FETCH:
    case EVENT.F_CD_FETCH:
    case EVENT.F_VMS_FETCH:
      return [`${head} fetch_addr: ${hex(event.fetchAddr)}`];
    default:
      return [head];
  }
}

function accessLine(event: DriverEvent): string {
  const ofTable = event.id === EVENT.F_PERMISSION && event.class === CLASS_TT;
  const table = ofTable ? (event.ttRead ? ' ttd_read' : ' ttd_write') : '';
  return [
    event.privileged ? 'priv' : 'unpriv',
    event.instruction ? 'inst' : 'data',
    event.read ? 'read' : 'write',
    event.s2 ? 's2' : 's1',
    `"${CLASSES[event.class]}"${table}${event.stall ? ' stall' : ''}`,
    `stag: ${hex(event.stag)}`,
  ].join(' ');
}
