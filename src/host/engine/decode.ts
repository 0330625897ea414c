/** What a pasted text or a dropped file holds. In the engine's thread: text of megabytes, or made to be slow, must not hold up the host. */
import { decodeFile } from '../../formats/import/decode-file.ts';
import { named } from '../../formats/import/named-stream.ts';
import type { NamedStream } from '../../formats/import/named-stream.ts';
import { decodeText } from '../../formats/words/decode-text.ts';
import type { DecodedText } from '../../formats/words/decoded-text.ts';
import type { Decoded } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';
import { toDecoded } from '../rows/field.ts';

/** Decodes for one client: an IORT or a device tree names the StreamIDs of what is decoded after it. */
export class Decoder {
  #names: readonly NamedStream[] = [];

  get names(): readonly NamedStream[] {
    return this.#names;
  }

  text(text: string): Decoded[] {
    return this.#rows(decodeText(text));
  }

  file(bytes: Uint8Array): Decoded[] {
    return this.#rows(decodeFile(bytes));
  }

  /** Records, and in their place what is none; a text with nothing in it that is known is refused with the reason. */
  #rows({ records, problems, streams = [] }: DecodedText): Decoded[] {
    const [first] = problems;
    if (records.length === 0 && first !== undefined) throw new RpcError({ code: first.code, message: first.message, ...(first.at === undefined ? {} : { at: first.at }) });
    if (streams.length > 0) this.#names = streams;
    const rows = [
      ...records.map((record) => toDecoded(named(record, this.#names))),
      ...problems.map(({ code, message, at }): Decoded => ({
        kind: 'problem',
        type: code,
        words: [],
        fields: [],
        notes: [message],
        ...(at?.line === undefined ? {} : { line: at.line }),
      })),
    ];
    return rows.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  }
}
