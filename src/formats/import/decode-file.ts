/** A file, whatever it is: by its content a table of firmware, a log, a trace, or words. */
import { titleOf, sampleOf, sniff } from '../sniff/sniff.ts';
import { decodeText } from '../words/decode-text.ts';
import type { DecodedText } from '../words/decoded-text.ts';
import type { WordKind } from '../words/decode-as.ts';
import type { DescriptorPlace } from '../words/descriptor.ts';
import { importBytes } from './importers.ts';

/** `kind` and `place` say of words what they are, as `decodeText` takes them. */
export function decodeFile(bytes: Uint8Array, kind: WordKind | null = null, place: DescriptorPlace = {}): DecodedText {
  const imported = kind === null ? importBytes(bytes) : null;
  if (imported !== null) return imported;
  if (sampleOf(bytes).text !== null) return decodeText(new TextDecoder().decode(bytes), kind, place);
  const what = titleOf(sniff(bytes).kind);
  return { records: [], problems: [{ code: 'not-decodable', message: `this is ${what}: no record is decoded from it; expected text, an IORT or a device tree blob` }] };
}
