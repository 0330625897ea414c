/** What a pasted text holds. In the engine's thread: text of megabytes, or made to be slow, must not hold up the host. */
import { decodeText } from '../../formats/words/decode-text.ts';
import type { Decoded } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';
import { toDecoded } from '../rows/field.ts';

/** Records of the text, and in their place what is none; a text with nothing in it that is known is refused with the reason. */
export function decoded(text: string): Decoded[] {
  const { records, problems } = decodeText(text);
  const [first] = problems;
  if (records.length === 0 && first !== undefined) throw new RpcError({ code: first.code, message: first.message, ...(first.at === undefined ? {} : { at: first.at }) });
  const rows = [
    ...records.map(toDecoded),
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
