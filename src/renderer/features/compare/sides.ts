/** What can be chosen as a side of a comparison, and what the host is asked for then. */
import type { CompareSide, Documents, ProfileName, UapiName } from '../../../protocol/contract.ts';

/** Of a side as the panel has it. */
export interface SideChoice {
  kind: 'shown' | 'documents' | 'stored' | 'bundle';
  /** Empty: the one that the documents name. */
  uapi: UapiName | '';
  profile: ProfileName | '';
  session: string;
  run: string;
  transfer: string;
  /** Of the bundle. */
  file: string;
}

export const KINDS_OF_SIDE = [
  ['shown', 'This run'],
  ['documents', 'These documents, run anew'],
  ['stored', 'A stored run'],
  ['bundle', 'A bundle'],
] as const satisfies readonly (readonly [SideChoice['kind'], string])[];

export const newSide = (kind: SideChoice['kind']): SideChoice => ({ kind, uapi: '', profile: '', session: '', run: '', transfer: '', file: '' });

/** Null: something has still to be chosen. */
export function sideOf({ kind, uapi, profile, session, run, transfer }: SideChoice, documents: Documents): CompareSide | null {
  switch (kind) {
    case 'shown':
      return { shown: true };
    case 'documents':
      return { documents, ...(uapi === '' ? {} : { uapi }), ...(profile === '' ? {} : { profile }) };
    case 'stored':
      return session === '' ? null : { session, ...(run === '' ? {} : { run }) };
    case 'bundle':
      return transfer === '' ? null : { transfer };
  }
}
