/** Whose StreamIDs they are, by tables of firmware that lie beside a capture. */
import { decodeFile } from '../import/decode-file.ts';
import type { NamedStream } from '../import/named-stream.ts';
import { sniff } from '../sniff/sniff.ts';
import type { FileKind } from '../sniff/sniff.ts';

const FIRMWARE: readonly FileKind[] = ['iort', 'device-tree-blob', 'acpidump', 'device-tree'];

export const isFirmware = (bytes: Uint8Array): boolean => FIRMWARE.includes(sniff(bytes).kind);

/** What the IORTs and device trees among files name. */
export const namesIn = (files: Iterable<Uint8Array>): NamedStream[] => [...files].filter(isFirmware).flatMap((bytes) => decodeFile(bytes).streams ?? []);
