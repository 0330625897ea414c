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

/** One misuse as it happens. */
export interface Misuse {
  readonly id: MisuseId;
  readonly place: (typeof MISUSE_PLACES)[number];
  readonly address: bigint;
  readonly write: boolean;
}
