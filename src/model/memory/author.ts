/** Who writes memory: what an observer of writes can say of a word that changed. */
export interface Author {
  readonly kind: AuthorKind;
  /** VM of a guest, device by StreamID; empty where there is only one. */
  readonly name: string;
}

/** In the order of their numbers in a trace. */
export const AUTHOR_KINDS = ['software', 'host', 'guest', 'device', 'SMMU'] as const;
export type AuthorKind = (typeof AUTHOR_KINDS)[number];

export const SOFTWARE: Author = { kind: 'software', name: '' };
export const HOST: Author = { kind: 'host', name: '' };
export const SMMU: Author = { kind: 'SMMU', name: '' };

export const guest = (name: string): Author => ({ kind: 'guest', name });

export const authorText = ({ kind, name }: Author): string => (kind === 'software' || name !== '' ? `${kind} ${name}`.trimEnd() : `the ${kind}`);
