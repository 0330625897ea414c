import { hex } from '../../model/base/address.ts';
import { eventName } from '../../model/spec/index.ts';
import { driverLines } from './log-line.ts';
import type { LogLine } from './log-line.ts';
import { eventAccess, eventText, requestText } from './messages.ts';
import { plainMessage } from './plain-messages.ts';
import type { EventText, KernelLog, LoggedEvent, LoggedRecord, LogProblem } from './records.ts';

const EVENT_HEAD = /^event (0x[0-9a-f]+) received:$/;
const SKIPPED_HEAD = /^skipping command in error state:$/;
const GERROR = /^unexpected global error reported \((0x[0-9a-f]{1,8})\), this could be serious$/;
const CMDQ_ERROR = /^CMDQ error \(cons (0x[0-9a-f]{1,8})\): (.+)$/;
/** The request itself is on the next line. */
const REQUEST_HEAD = /^unexpected PRI request received:$/;
const WORD = /^\s*(0x[0-9a-f]{16})$/;

/** Words that a message announced and that have not all come yet. */
interface Pending {
  readonly head: LogLine;
  readonly kind: 'event' | 'cmd';
  readonly wanted: number;
  /** For an event: the number in its head line. */
  readonly number: number;
  readonly words: bigint[];
}

const WORDS = { event: 4, cmd: 2 } as const;

/** Whether a line of the driver is one that is understood; a line that was wrapped is not, until it is whole. */
const isKnown = (text: string): boolean =>
  [EVENT_HEAD, SKIPPED_HEAD, GERROR, CMDQ_ERROR, REQUEST_HEAD, WORD].some((pattern) => pattern.test(text)) ||
  [eventText, eventAccess, requestText, plainMessage].some((read) => read(text) !== null);

/** Messages of several lines are put together per device, since the lines of two SMMUs may be mixed. */
class LogReader {
  readonly records: LoggedRecord[] = [];
  readonly problems: LogProblem[] = [];
  readonly #pending = new Map<string, Pending>();
  /** Index in `records` of a device's last event: the driver's decoding of it follows its words. */
  readonly #lastEvent = new Map<string, number>();

  read(line: LogLine): void {
    const word = WORD.exec(line.text);
    if (word !== null) return this.#word(line, BigInt(word[1]!));
    this.#giveUp(line.device);
    if (!this.#head(line) && !this.#decoded(line) && !this.#single(line)) {
      this.problems.push({ line: line.number, message: `a message of the SMMUv3 driver that is not known: "${line.text.trim()}"` });
    }
  }

  end(): void {
    for (const device of [...this.#pending.keys()]) this.#giveUp(device);
  }

  /** A message whose words stop early is reported, not guessed. */
  #giveUp(device: string): void {
    const pending = this.#pending.get(device);
    if (pending === undefined) return;
    this.#pending.delete(device);
    const what = pending.kind === 'event' ? 'an event record' : 'a command';
    this.problems.push({
      line: pending.head.number,
      message: `${what} has ${pending.wanted} words of 64 bits, ${pending.words.length} follow${pending.kind === 'event' ? `; event ${hex(BigInt(pending.number))} is ${eventName(pending.number)}` : ''}`,
    });
  }

  #head(line: LogLine): boolean {
    const event = EVENT_HEAD.exec(line.text);
    const kind = event !== null ? 'event' : SKIPPED_HEAD.test(line.text) ? 'cmd' : null;
    if (kind === null) return false;
    this.#pending.set(line.device, { head: line, kind, wanted: WORDS[kind], number: Number(event?.[1] ?? 0), words: [] });
    return true;
  }

  #word(line: LogLine, word: bigint): void {
    const pending = this.#pending.get(line.device);
    if (pending === undefined) {
      this.problems.push({ line: line.number, message: 'a word that no message announced; expected "event 0x.. received:" before it' });
      return;
    }
    pending.words.push(word);
    if (pending.words.length < pending.wanted) return;
    this.#pending.delete(line.device);
    this.#complete(pending);
  }

  #complete({ head, kind, number, words }: Pending): void {
    const at = { line: head.number, time: head.time, device: head.device };
    if (kind === 'cmd') {
      this.records.push({ ...at, kind, words });
      return;
    }
    if (Number(words[0]! & 0xffn) !== number) {
      this.problems.push({ line: head.number, message: `event 0x${number.toString(16)} is announced, but its first word is 0x${words[0]!.toString(16)}` });
      return;
    }
    this.#lastEvent.set(head.device, this.records.push({ ...at, kind, words, text: null }) - 1);
  }

  /** The lines that Linux 6.14 added. They belong to the words before them; on their own they are a record without words. */
  #decoded(line: LogLine): boolean {
    const text = eventText(line.text);
    if (text !== null) {
      if (!this.#attach(line.device, text)) {
        const record: LoggedEvent = { kind: 'event', line: line.number, time: line.time, device: line.device, words: null, text };
        this.#lastEvent.set(line.device, this.records.push(record) - 1);
      }
      return true;
    }
    const access = eventAccess(line.text);
    const last = this.#last(line.device);
    if (access === null || last?.text == null || last.text.access !== undefined) return false;
    this.#replace(line.device, { ...last, text: { ...last.text, access } });
    return true;
  }

  #attach(device: string, text: EventText): boolean {
    const last = this.#last(device);
    if (last?.words == null || last.text !== null || Number(last.words[0]! >> 32n) !== text.sid) return false;
    this.#replace(device, { ...last, text });
    return true;
  }

  #last(device: string): LoggedEvent | undefined {
    const record = this.records[this.#lastEvent.get(device) ?? -1];
    return record?.kind === 'event' ? record : undefined;
  }

  #replace(device: string, event: LoggedEvent): void {
    this.records[this.#lastEvent.get(device)!] = event;
  }

  #single(line: LogLine): boolean {
    const at = { line: line.number, time: line.time, device: line.device };
    const gerror = GERROR.exec(line.text);
    if (gerror !== null) {
      this.records.push({ ...at, kind: 'gerror', value: Number(gerror[1]) });
      return true;
    }
    const cmdq = CMDQ_ERROR.exec(line.text);
    if (cmdq !== null) {
      this.records.push({ ...at, kind: 'cmdq-cons', value: Number(cmdq[1]), reason: cmdq[2]! });
      return true;
    }
    const request = requestText(line.text);
    if (request !== null) {
      this.records.push({ ...at, kind: 'pri', text: request });
      return true;
    }
    if (REQUEST_HEAD.test(line.text)) return true;
    const plain = plainMessage(line.text);
    if (plain === null) return false;
    this.records.push({ ...at, kind: 'message', ...plain, text: line.text });
    return true;
  }
}

/**
 * Reads the messages of Linux's SMMUv3 driver out of a kernel log, with or without timestamps. Lines of anything else
 * are passed over; lines of the driver that cannot be used are reported with their numbers.
 */
export function parseKernelLog(text: string): KernelLog {
  const reader = new LogReader();
  for (const line of driverLines(text, isKnown)) reader.read(line);
  reader.end();
  return { records: reader.records, problems: reader.problems };
}
