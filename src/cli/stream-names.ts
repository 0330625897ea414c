/** `--names FILE`: whose StreamIDs they are. */
import { decodeFile } from '../formats/import/decode-file.ts';
import type { NamedStream } from '../formats/import/named-stream.ts';
import { readBytes } from './files.ts';
import { Refusal, unwrap } from './refusal.ts';

export async function namesOf(files: readonly string[]): Promise<NamedStream[]> {
  const streams: NamedStream[] = [];
  for (const file of files) {
    const found = decodeFile(unwrap(await readBytes(file))).streams ?? [];
    if (found.length === 0) throw new Refusal({ code: 'no-names', message: 'it names no StreamIDs: expected an IORT, acpidump or a device tree', at: { file } });
    streams.push(...found);
  }
  return streams;
}
