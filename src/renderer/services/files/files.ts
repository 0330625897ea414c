/** Files that a user chooses, to read and to write. A page sees names and bytes; where a file lies it never learns. */

/** Bytes asked for at once. */
const PIECE = 1024 * 1024;

/** What a dialog offers and what a browser takes it for. */
export interface KindOfFile {
  readonly title: string;
  /** Without the dot; the first is that of new files. */
  readonly extensions: readonly [string, ...string[]];
  readonly type: string;
}

export const KINDS = {
  json: { title: 'JSON', extensions: ['json'], type: 'application/json' },
  bundle: { title: 'Lab bundles', extensions: ['smmulab'], type: 'application/vnd.smmu-lab+zip' },
  jsonl: { title: 'JSON lines', extensions: ['jsonl'], type: 'application/x-ndjson' },
  csv: { title: 'CSV', extensions: ['csv'], type: 'text/csv' },
  database: { title: 'SQLite databases', extensions: ['sqlite3'], type: 'application/vnd.sqlite3' },
  chrome: { title: 'Chrome traces', extensions: ['json'], type: 'application/json' },
  parquet: { title: 'Parquet', extensions: ['parquet'], type: 'application/vnd.apache.parquet' },
} satisfies Record<string, KindOfFile>;

export interface ChosenFile {
  /** Without its folder. */
  readonly name: string;
  readonly size: number;
  /** Fewer bytes at the end of the file. */
  read(from: number, count: number): Promise<Uint8Array>;
  /** Nothing more will be read. */
  close(): Promise<void>;
}

export interface OpenRequest {
  /** Of the dialog. */
  readonly title: string;
  /** Empty: files of any kind. */
  readonly kinds: readonly KindOfFile[];
  readonly many?: boolean;
}

export interface SaveRequest {
  readonly title: string;
  /** What is offered; the user may choose another. */
  readonly name: string;
  readonly kind: KindOfFile;
  /** Bytes that will come, if known: a browser writes a large file where the user says and keeps a small one with the downloads. */
  readonly size?: number;
}

/** The content of a file, piece by piece; called once there is a place for it. */
export type Content = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Files {
  /** Asks for files; empty when the dialog was dismissed. */
  open(request: OpenRequest): Promise<readonly ChosenFile[]>;
  /** The name under which it was saved, null when the dialog was dismissed. When `content` throws, so does this, and there is no file. */
  save(request: SaveRequest, content: Content): Promise<string | null>;
}

/** The whole file, which must not be larger than `limit` bytes; it is closed then. */
export async function bytesOf(file: ChosenFile, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (file.size > limit) throw new Error(`${file.name} has ${file.size} bytes; at most ${limit} are expected.`);
    const bytes = new Uint8Array(file.size);
    for (let at = 0; at < file.size; at += PIECE) {
      const count = Math.min(PIECE, file.size - at);
      const piece = await file.read(at, count);
      if (piece.byteLength !== count) throw new Error(`${file.name} changed while it was read.`);
      bytes.set(piece, at);
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** A chosen or dropped File of the page. */
export const chosenFile = (file: File): ChosenFile => ({
  name: file.name,
  size: file.size,
  read: async (from, count) => new Uint8Array(await file.slice(from, from + count).arrayBuffer()),
  close: () => Promise.resolve(),
});
