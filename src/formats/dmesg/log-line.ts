/** One line of a kernel log that the SMMUv3 driver printed. */
export interface LogLine {
  /** 1-based line of the text. */
  readonly number: number;
  /** Seconds since boot, when the log has timestamps. */
  readonly time: number | null;
  /** The device as the kernel names it, such as `9050000.smmuv3` or `arm-smmu-v3.0.auto`. */
  readonly device: string;
  /** What the driver printed, its leading tab kept. */
  readonly text: string;
}

const DRIVER_LINE = /\barm-smmu-v3 (\S+?):(?: (.*))?$/;
const TIMESTAMP = /\[\s*(\d+\.\d+)\]/;

/** The lines of the SMMUv3 driver in `text`, whatever comes before them (timestamps, syslog's host and facility) or nothing. */
export function driverLines(text: string): LogLine[] {
  const found: LogLine[] = [];
  text.split('\n').forEach((raw, index) => {
    const match = DRIVER_LINE.exec(raw.trimEnd());
    if (match === null) return;
    const time = TIMESTAMP.exec(raw.slice(0, match.index));
    found.push({ number: index + 1, time: time === null ? null : Number(time[1]), device: match[1]!, text: match[2] ?? '' });
  });
  return found;
}
