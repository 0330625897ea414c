import type { DecodedField, DecodedRecord } from '../../formats/words/decoded.ts';
import type { Decoded, Field } from '../../protocol/contract.ts';

/** A decoded field as it crosses the protocol. */
export const toField = ({ name, bits, value, raw, doc, section, about, space, ignored }: DecodedField): Field => ({
  name, bits: [...bits], value, raw, doc, section,
  ...(about === undefined ? {} : { about }),
  ...(space === undefined ? {} : { space }),
  ...(ignored === undefined ? {} : { ignored }),
});

export function toDecoded({ kind, type, title, section, words, fields, line, notes, cause, remedy }: DecodedRecord): Decoded {
  return {
    kind,
    type,
    title,
    section,
    words: [...words],
    fields: fields.map(toField),
    ...(line === undefined ? {} : { line }),
    ...(notes === undefined ? {} : { notes: [...notes] }),
    ...(cause === undefined ? {} : { cause }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
