/**
 * What software does that IHI 0070 does not promise anything about, or that has no effect: a driver that works today may
 * not work on another SMMU. The SMMU itself is silent; the model tells, with a trace record.
 */
interface MisuseDef {
  readonly section: string;
  /** What was done, and what comes of it. */
  readonly doc: string;
}

/** By id. The position is the number in trace records: append, never reorder. */
const LIST = {
  'unaligned-access': { section: '6.2', doc: 'An access that is not aligned to its size reaches no register.' },
  'split-access': { section: '6.2', doc: 'A 64-bit access to a register of 32 bits is CONSTRAINED UNPREDICTABLE.' },
  'reserved-register': { section: '6.2', doc: 'There is no such register on this SMMU: RES0.' },
  'read-only-register': { section: '6.2', doc: 'The register is read-only: the write is ignored.' },
  'guarded-register': { section: '6.3', doc: 'The enable that guards the register, or its acknowledgement, is 1: from v3.2 on the write is ignored, before that it is CONSTRAINED UNPREDICTABLE.' },
  'update-missing': { section: '6.3.14', doc: 'The register takes a value only together with Update = 1: the write is ignored.' },
  'inactive-error-toggled': { section: '6.3.20', doc: 'A bit of GERRORN was toggled whose error is not active: CONSTRAINED UNPREDICTABLE.' },
  'misaligned-base': { section: '6.3.24', doc: 'The base is not aligned to the size of what it points at: the address bits below count as 0.' },
  'inconsistent-indexes': { section: '3.5.1', doc: 'PROD and CONS are further apart than the queue is long: CONSTRAINED UNPREDICTABLE.' },
  'command-reserved-bits': { section: '4.1.5', doc: 'Reserved bits of a command are set: an SMMU may ignore them or stop with CERROR_ILL.' },
  'command-out-of-range': { section: '4.1.3', doc: 'A StreamID or SubstreamID beyond what the SMMU has: the command may do nothing, or reach another stream.' },
  'tlbi-misaligned': { section: '4.4.1.1', doc: 'Address bits below the range or level of a TLBI are set: which range it reaches is UNPREDICTABLE.' },
  'address-beyond-oas': { section: '3.4', doc: 'The stream table lies beyond the output address size: CONSTRAINED UNPREDICTABLE.' },
  'pointer-beyond-ias': { section: '5.2', doc: 'A pointer to CDs lies beyond the intermediate address size: CONSTRAINED UNPREDICTABLE.' },
  'atos-disabled': { section: '6.3.37', doc: 'RUN of an address translation operation was written while SMMUEN is 0: the write is ignored.' },
  'unsynced-invalidation': { section: '4.7.3', doc: 'An access relied on an invalidation before its CMD_SYNC was complete: it may meet the old state as well as the new one.' },
  'live-ste-changed': { section: '4.3.1', doc: 'An STE, or a level-1 descriptor above it, changed while it may be cached, and was used without the CMD_CFGI_STE and CMD_SYNC that a change needs.' },
  'live-cd-changed': { section: '4.3.3', doc: 'A CD, or a level-1 descriptor above it, changed while it may be cached, and was used without the CMD_CFGI_CD and CMD_SYNC that a change needs.' },
  'tlb-conflict': { section: '3.21.1', doc: 'Entries of different size, or a global and a non-global one, may now translate one address: F_TLB_CONFLICT, or either of them. It had to be invalid and invalidated in between.' },
  'no-break-before-make': { section: '3.21.1', doc: 'A valid leaf became another one, with another address or type, while the TLB may hold it: it had to be invalid and invalidated in between.' },
  'structure-reserved-bits': { section: '5', doc: 'Reserved bits of a structure are set: an SMMU may ignore them or take the structure for invalid.' },
  'structure-ignored-fields': { section: '5', doc: 'A field is set that is ignored with the other fields as they are: it has no effect.' },
} as const satisfies Readonly<Record<string, MisuseDef>>;

export type MisuseId = keyof typeof LIST;

export const MISUSES: readonly (MisuseDef & { readonly id: MisuseId; readonly number: number })[] = Object.entries<MisuseDef>(LIST).map(
  ([id, one], index) => ({ ...one, id: id as MisuseId, number: index + 1 }),
);

const byId = new Map(MISUSES.map((one) => [one.id, one]));

export const misuseNumber = (id: MisuseId): number => byId.get(id)!.number;

/** The kind with a number, or undefined when a trace holds one that this version does not know. */
export const misuseOf = (number: number): (typeof MISUSES)[number] | undefined => MISUSES[number - 1];

/** What an address of a misuse is: the offset of a register, a PA, or a StreamID. */
export const MISUSE_PLACES = ['register', 'pa', 'stream'] as const;

/** Structures that a cause may name; the position is the number in trace records. */
export const MISUSE_STRUCTURES = ['L1STD', 'STE', 'L1CD', 'CD', 'S1', 'S2'] as const;
export type MisuseStructure = (typeof MISUSE_STRUCTURES)[number];

/** What brought it about, where that is more than the place says: a command, fields of a structure, or a 64-bit word that changed. */
export type MisuseCause =
  | { readonly kind: 'command'; /** As it stood in the queue, 4 words. */ readonly words: ArrayLike<number> }
  | { readonly kind: 'fields'; readonly structure: MisuseStructure; /** The lowest bit of the first. */ readonly bit: number; /** How many there are. */ readonly count: number }
  | { readonly kind: 'change'; readonly structure: MisuseStructure; /** Of a descriptor. */ readonly level: number; readonly old: bigint; readonly now: bigint };

export const MISUSE_CAUSES = ['none', 'command', 'fields', 'change'] as const;

/** One misuse as it happens. */
export interface Misuse {
  readonly id: MisuseId;
  readonly place: (typeof MISUSE_PLACES)[number];
  readonly address: bigint;
  readonly write: boolean;
  readonly cause?: MisuseCause;
}
