/**
 * strace of a VMM: the ioctls of VFIO and iommufd, how they ended and why. strace prints the address of their structures, not
 * what is in them; bytes behind a call in the form of its own dumps (` | 00000  20 00 ...`) are decoded through the uAPI's layouts.
 */
import type { LabError } from '../../model/base/result.ts';
import { ERRNO, errnoText } from '../../model/stack/errno.ts';
import type { ErrnoName } from '../../model/stack/errno.ts';
import { ioctlNumber } from '../../model/stack/uapi/ioctl.ts';
import { sourceLines } from '../text/source-lines.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { DecodedField, DecodedRecord } from '../words/decoded.ts';
import { wordText } from '../words/decoded.ts';
import { fact } from '../words/facts.ts';
import { decodeUapi } from '../words/uapi.ts';
import { IOCTL_NAMES, isIoctlName, reasonOf } from './ioctls.ts';

const CALL = /\bioctl\((\d+|0x[0-9a-f]+)(?:<([^>]*)>)?, (.+)\)\s+= (-?\d+|0x[0-9a-f]+|\?)(?:<[^>]*>)?(?: (E[A-Z0-9]+)\b.*)?$/;
const NUMBER = /^_IOC\((?:0|_IOC_NONE), 0x3b, (0x[0-9a-f]+|\d+), (?:0|0x0)\)|^_IO\((?:0x3b|';'), (0x[0-9a-f]+|\d+)\)|^(0x3b[0-9a-f]{2})\b/;
const DUMP = /^\s*\|\s*([0-9a-f]{5,})\s+((?:[0-9a-f]{2}\s+){1,16})/;
const MEMBER = /(\w+)=(0x[0-9a-f]+|\d+|[A-Z_][A-Z0-9_|]*)/g;
const MAX_BYTES = 4096;

/** Whether a call is of VFIO or iommufd, whatever else strace saw. */
const isOurs = (request: string): boolean => /\bVFIO_|\bIOMMU_|^_IOC\([^,]*, 0x3b,|^_IO\((?:0x3b|';'),|^0x3b[0-9a-f]{2}\b/.test(request);

interface Call {
  readonly line: number;
  readonly name: string;
  readonly fd: string;
  readonly file: string | null;
  readonly rest: string;
  readonly result: string;
  readonly errno: string | null;
  readonly bytes: number[];
}

/** Of the names that strace has for the number that of VFIO or iommufd, or the number's own by our table. */
function nameOf(request: string): string | null {
  const number = NUMBER.exec(request);
  if (number !== null) {
    const nr = number[3] === undefined ? ioctlNumber(Number(number[1] ?? number[2]) & 0xff) : Number(number[3]);
    return IOCTL_NAMES.get(nr) ?? null;
  }
  const [first = ''] = request.split(/,|\/\*/);
  return first.trim().split(' or ').find(isIoctlName) ?? null;
}

const membersOf = (rest: string): DecodedField[] => [...rest.matchAll(MEMBER)].map(([, name, value]) => fact(name!, /^[A-Z_]/.test(value!) ? value! : BigInt(value!)));

function wordsOf(bytes: readonly number[]): string[] {
  const words: string[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    let word = 0n;
    for (let byte = 7; byte >= 0; byte--) word = (word << 8n) | BigInt(bytes[at + byte] ?? 0);
    words.push(wordText(word));
  }
  return words;
}

function explained(name: string, errno: string | null): { cause: string; remedy?: string } {
  if (errno === null) return { cause: 'The call succeeded.' };
  const reason = reasonOf(name, errno);
  if (reason !== null) return { cause: reason[0], remedy: reason[1] };
  const known = Object.hasOwn(ERRNO, errno) ? errnoText(-ERRNO[errno as ErrnoName]) : errno;
  return { cause: `The call failed: ${known}.`, ...(errno === 'ENOTTY' ? { remedy: 'This file is not of VFIO or iommufd, or the kernel is older than the call.' } : {}) };
}

function recordOf({ line, name, fd, file, rest, result, errno, bytes }: Call): DecodedRecord {
  const uapi = bytes.length === 0 ? null : decodeUapi(name, Uint8Array.from(bytes));
  const decoded = uapi?.members.map((member): DecodedField => ({ ...member, bits: [...member.bits], json: member.value, section: '' })) ?? [];
  const call = [fact('fd', file === null ? fd : `${fd} ${file}`), fact('result', errno === null ? result : `${result} ${errno}`)];
  return {
    kind: 'ioctl', type: name, title: uapi?.title ?? name, section: '', line, words: decoded.length === 0 ? [] : wordsOf(bytes),
    fields: decoded.length > 0 ? decoded : [...call, ...membersOf(rest)],
    ...(decoded.length > 0 ? { notes: [`fd ${fd}${file === null ? '' : ` ${file}`}, result ${result}${errno === null ? '' : ` ${errno}`}`] } : {}),
    ...explained(name, errno),
  };
}

function callOf(match: RegExpExecArray, line: number): Call | null {
  const [, fd, file, request, result, errno] = match;
  const name = nameOf(request!);
  if (name === null) return null;
  return { line, name, fd: String(Number(fd)), file: file ?? null, rest: request!, result: result!, errno: errno ?? null, bytes: [] };
}

export const isStrace = (text: string): boolean => text.split('\n').some((line) => isOurs(CALL.exec(line)?.[3] ?? ''));

/** Calls of anything else are passed over; those of VFIO and iommufd that the table does not have are reported. */
export function readStrace(text: string): DecodedText {
  const calls: Call[] = [];
  const problems: LabError[] = [];
  let last: Call | null = null;
  for (const { number: line, text: raw } of sourceLines(text)) {
    const dump = DUMP.exec(raw);
    if (dump !== null && last !== null) {
      if (last.bytes.length < MAX_BYTES) last.bytes.push(...dump[2]!.trim().split(/\s+/).map((byte) => Number.parseInt(byte, 16)));
      continue;
    }
    const match = CALL.exec(raw);
    last = null;
    if (match === null || !isOurs(match[3]!)) continue;
    last = callOf(match, line);
    if (last !== null) calls.push(last);
    else problems.push({ code: 'bad-trace-line', message: `an ioctl of VFIO or iommufd that is not known: "${match[3]!.slice(0, 80)}"`, at: { line } });
  }
  return { records: calls.map(recordOf), problems };
}
