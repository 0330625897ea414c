/**
 * The records of a trace for whoever reads all of it, such as an export or a comparison: piece by piece, in order, wherever
 * they are kept. Memory is that of one piece.
 */
import type { TraceLevel } from '../../model/trace/recorder.ts';
import { RECORD_BYTES, RECORD_WORDS } from '../../model/trace/record.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';

/** What is known of a trace without reading it. */
export interface TraceInfo {
  /** `steps`: every read and lookup; `transactions`: one record each; null where an earlier version did not say. */
  readonly level: TraceLevel | null;
  /** Records that are there. */
  readonly records: number;
  /** Records that were made and are not there: nobody made room for them in time. */
  readonly dropped: number;
  /** Records that are not there because they were not wanted: paused, filtered, beyond a limit. */
  readonly omitted: number;
  /** A crash ended the recording: what would have come after the last record is not known. */
  readonly cut?: boolean;
  /** SHA-256 over all records, only when nothing was dropped, omitted or cut off. */
  readonly digest: string | null;
}

export interface RecordPiece {
  /** Position of its first record in the trace, from 0: its sequence number in a trace that is complete. */
  readonly first: number;
  /** Whole records, RECORD_WORDS words each; the reader may keep them. */
  readonly words: Int32Array;
}

export interface ReadOptions {
  /** Aborting ends the reading with code `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each piece with the records handed out so far, of `info.records`. */
  progress?(done: number, total: number): void;
}

export interface RecordSource {
  readonly info: TraceInfo;
  /** All records, in order. Throws an RpcError when one cannot be read: what was handed out until then is right, and it is not all. */
  pieces(options?: ReadOptions): AsyncIterable<RecordPiece>;
}

/** A source over anything that is read in pieces; `read` gives the next piece, empty at the end. */
export function recordSource(info: TraceInfo, read: (piece: number, first: number) => Int32Array | Promise<Int32Array>): RecordSource {
  return {
    info,
    async *pieces({ signal, progress } = {}) {
      let first = 0;
      for (let piece = 0; first < info.records; piece++) {
        if (signal?.aborted === true) throw new RpcError({ code: RPC_CODES.cancelled, message: `cancelled after ${first} of ${info.records} records` });
        const words = await read(piece, first);
        if (words.length === 0 || words.length % RECORD_WORDS !== 0) {
          throw new RpcError({ code: 'trace-damaged', message: `the trace ends after ${first} of ${info.records} records` });
        }
        yield { first, words };
        first += words.length / RECORD_WORDS;
        progress?.(first, info.records);
      }
    },
  };
}

/** Whole records as words; a copy only where the bytes do not lie on a word. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / RECORD_BYTES) * RECORD_WORDS);
}
