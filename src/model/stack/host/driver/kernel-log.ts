/** What the kernel prints: dmesg without time stamps. */
export type LogLevel = 'err' | 'warn' | 'info';

export interface LogLine {
  readonly level: LogLevel;
  /** As dmesg shows it: `arm-smmu-v3 9050000.smmuv3: event 0x10 received:`. */
  readonly text: string;
}

export class KernelLog {
  private _lines: LogLine[] = [];

  /** Since they were last taken. */
  get lines(): readonly LogLine[] {
    return this._lines;
  }

  /** The lines so far, which the log then lets go, as the kernel's ring of them would in time. */
  take(): readonly LogLine[] {
    const taken = this._lines;
    this._lines = [];
    return taken;
  }

  print(level: LogLevel, text: string): void {
    this._lines.push({ level, text });
  }
}

/** As printf %08x and %016llx, with 0x. */
export const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
export const hex64 = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
