/** The text of `acpidump` (and of `xxd`-like dumps with its rows): tables as rows of 16 bytes in hex. */

const HEAD = /^([A-Z0-9_]{4}) @ 0x[0-9A-Fa-f]+\s*$/;
const ROW = /^\s*([0-9A-Fa-f]{4,8}):((?: [0-9A-Fa-f]{2}){1,16})(?:\s|$)/;

export interface DumpedTable {
  readonly signature: string;
  /** 1-based line of its head. */
  readonly line: number;
  readonly bytes: Uint8Array;
}

/** Every table of the text; rows must follow each other. */
export function readAcpidump(text: string): DumpedTable[] {
  const tables: { signature: string; line: number; bytes: number[] }[] = [];
  text.split('\n').forEach((raw, index) => {
    const head = HEAD.exec(raw.trimEnd());
    if (head !== null) tables.push({ signature: head[1]!, line: index + 1, bytes: [] });
    const row = ROW.exec(raw);
    const table = tables.at(-1);
    if (row === null || table === undefined || Number.parseInt(row[1]!, 16) !== table.bytes.length) return;
    table.bytes.push(...row[2]!.trim().split(' ').map((byte) => Number.parseInt(byte, 16)));
  });
  return tables.map(({ bytes, ...rest }) => ({ ...rest, bytes: Uint8Array.from(bytes) }));
}

export const isAcpidump = (text: string): boolean => /^IORT @ 0x[0-9A-Fa-f]+\s*$/m.test(text);
