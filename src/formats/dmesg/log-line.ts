import { sourceLines } from '../text/source-lines.ts';
import type { SourceLine } from '../text/source-lines.ts';

/** One line of a kernel log that the SMMUv3 driver printed. */
export interface LogLine {
  /** 1-based line of the text. */
  readonly number: number;
  /** Seconds since boot, when the log has timestamps. */
  readonly time: number | null;
  /** The device as the kernel names it, such as `9050000.smmuv3` or `arm-smmu-v3.0.auto`; empty where the line names none. */
  readonly device: string;
  /** What the driver printed, its leading tab kept. */
  readonly text: string;
}

const DRIVER_LINE = /\barm-smmu-v3 (\S+?):(?: (.*))?$/;
const TIMESTAMP = /\[\s*(\d+\.\d+)\]/;
/** The rate limiter's own words; it names the function of the driver, not the device. */
const SUPPRESSED = /\b(arm_smmu_\w+: \d+ callbacks suppressed)$/;
/** The driver's name at the end of a line: a mail was wrapped behind it. */
const CUT_NAME = /\barm-smmu-v3$/;
/** A line of a log begins so; what does not may be the rest of a line that was wrapped. */
const BEGINNING = /^(?:<\d+>|\[\s*\d+\.\d+\]|\w{3} [ \d]\d \d\d:|\d{4}-\d\d-\d\d)|\barm-smmu-v3\b|\bkernel:/;
/** A line is wrapped into no more than so many pieces. */
const PIECES = 4;

/** Whether the text holds anything that this driver, or the rate limiter for it, printed. */
export const hasDriverLines = (text: string): boolean => /\barm-smmu-v3 \S+?:(?: |$)|\barm-smmu-v3\s*$|arm_smmu_\w+: \d+ callbacks suppressed/m.test(text);

function driverLine({ number, text }: SourceLine): LogLine | null {
  const match = DRIVER_LINE.exec(text);
  const suppressed = match === null ? SUPPRESSED.exec(text) : null;
  if (match === null && suppressed === null) return null;
  const time = TIMESTAMP.exec(text.slice(0, (match ?? suppressed)!.index));
  return { number, time: time === null ? null : Number(time[1]), device: match?.[1] ?? '', text: match === null ? suppressed![1]! : (match[2] ?? '') };
}

/** The line at `at` with as many of the next as make a message of it that is known; how many there were. */
function unwrapped(lines: readonly SourceLine[], at: number, isKnown: (text: string) => boolean): { line: LogLine; pieces: number } | null {
  const first = lines[at]!;
  const alone = driverLine(first);
  if (alone === null && !CUT_NAME.test(first.text)) return null;
  const joined = [first.text];
  let best = alone === null ? null : { line: alone, pieces: 1 };
  for (let next = at + 1; next < lines.length && joined.length < PIECES; next++) {
    const { text } = lines[next]!;
    if (text === '' || BEGINNING.test(text)) break;
    joined.push(text.trim());
    const line = driverLine({ number: first.number, text: joined.join(' ') });
    if (line !== null && isKnown(line.text)) best = { line, pieces: joined.length };
  }
  return best;
}

/**
 * The lines of the SMMUv3 driver in `text`, whatever comes before them (timestamps, syslog's host and facility, a mail's
 * quoting) or nothing. A line that was wrapped is put together again where that makes a message that `isKnown`.
 */
export function driverLines(text: string, isKnown: (text: string) => boolean): LogLine[] {
  const lines = sourceLines(text);
  const found: LogLine[] = [];
  for (let at = 0; at < lines.length; at++) {
    const one = unwrapped(lines, at, isKnown);
    if (one === null) continue;
    found.push(one.line);
    at += one.pieces - 1;
  }
  return found;
}
