/**
 * What IHI 0070 leaves open and software can notice: CONSTRAINED UNPREDICTABLE behaviour, IMPLEMENTATION DEFINED values,
 * UNKNOWN reset values. One list; each alternative is legal, so a correct driver works under every one of them.
 */
interface ChoiceSpec {
  readonly section: string;
  /** What is left open. */
  readonly doc: string;
  /** Each legal behaviour in a sentence; the first is what the model does unless told otherwise. */
  readonly alternatives: Readonly<Record<string, string>>;
}

const LIST = {
  'registers.odd-access': {
    section: '6.2',
    doc: 'An access that is not aligned to its size.',
    alternatives: { 'raz-wi': 'Reads as 0, writes are ignored.', ones: 'Reads as all ones, writes are ignored.' },
  },
  'registers.split-access': {
    section: '6.2',
    doc: 'A 64-bit access over two 32-bit registers.',
    alternatives: { 'raz-wi': 'Reads as 0, writes are ignored.', both: 'Both registers are accessed, the lower one first.' },
  },
  'registers.page-0-indexes': {
    section: '6.2',
    doc: 'EVENTQ_PROD, EVENTQ_CONS, PRIQ_PROD and PRIQ_CONS at their offsets in page 0.',
    alternatives: { alias: 'They are the registers of page 1.', 'raz-wi': 'They read as 0, writes are ignored.' },
  },
  'registers.guarded-write': {
    section: '6.3',
    doc: 'A write to a register whose guard is on, before v3.2; from v3.2 on it is ignored.',
    alternatives: { effective: 'The write takes effect.', ignored: 'The write is ignored, as from v3.2 on.' },
  },
  'registers.unknown-reset': {
    section: '6.3',
    doc: 'Registers whose value after reset is UNKNOWN.',
    alternatives: { zeroes: 'Every bit is 0.', ones: 'Every bit is 1.' },
  },
  'CR0.acknowledge': {
    section: '6.3.9',
    doc: 'When a change of CR0 takes effect: at any time before CR0ACK shows it.',
    alternatives: { 'at-once': 'Within the write.', 'when-read': 'After CR0ACK was read once, or at the next write of CR0: software that does not wait for CR0ACK goes on with the old state.' },
  },
  'GBPA.reset': {
    section: '6.3.14',
    doc: 'GBPA after reset.',
    alternatives: { bypass: 'Incoming attributes (SHCFG = 1), nothing aborts.', abort: 'ABORT is 1: every transaction aborts until software writes GBPA or sets SMMUEN.' },
  },
  'GERRORN.toggle-inactive': {
    section: '6.3.20',
    doc: 'Software toggles a bit of GERRORN whose error is not active.',
    alternatives: { active: 'The error becomes active, without an interrupt.', ignored: 'The bit keeps its value.' },
  },
  'queue.inconsistent': {
    section: '3.5.1',
    doc: 'Queue indexes that are further apart than the queue is long.',
    alternatives: {
      stop: 'Nothing is consumed from the command queue; the event queue and the PRI queue count as full.',
      run: 'The indexes count modulo the length of the queue: commands are consumed up to PROD, records are written.',
    },
  },
  'EVENTQ.write-abort': {
    section: '7.2',
    doc: 'Whether EVENTQ_PROD moves past a record that memory refused.',
    alternatives: { synchronous: 'It stays: the SMMU learns of the abort before it moves on.', asynchronous: 'It moves: software finds whatever the slot held before.' },
  },
  'PRIQ.write-abort': {
    section: '8.1',
    doc: 'Whether PRIQ_PROD moves past a page request that memory refused.',
    alternatives: { synchronous: 'It stays, and the request is answered with Failure.', asynchronous: 'It moves, and the request is answered with Failure.' },
  },
  'translated.oas': {
    section: '3.9.1.3',
    doc: 'A Translated transaction beyond the output address size.',
    alternatives: { abort: 'It aborts, without event.', truncate: 'The address is cut to the output address size.' },
  },
  'atc-inv.size': {
    section: '4.1.3',
    doc: 'CMD_ATC_INV with a Size above 52.',
    alternatives: { all: 'It invalidates everything, as 52 does.', CERROR_ILL: 'The command is illegal.' },
  },
  'STE.beyond-oas': {
    section: '3.4.3',
    doc: 'A stream table that reaches beyond the output address size.',
    alternatives: { F_STE_FETCH: 'The fetch faults.', truncate: 'The address is cut to the output address size.' },
  },
  'L1CD.beyond-ias': {
    section: '5.3',
    doc: 'L2Ptr of an L1CD of a nested stream beyond the intermediate address size.',
    alternatives: { C_BAD_SUBSTREAMID: 'The L1CD is invalid.', F_TRANSLATION: 'Stage 2 does not translate it: F_TRANSLATION with class CD.' },
  },
  'command.reserved-bits': {
    section: '4.1.5',
    doc: 'A command with reserved bits that are set.',
    alternatives: { ignored: 'It does what its fields say.', CERROR_ILL: 'The command is illegal.' },
  },
  'command.out-of-range': {
    section: '4.1.3',
    doc: 'A CMD_CFGI with a StreamID or SubstreamID beyond IDR1.SIDSIZE or SSIDSIZE.',
    alternatives: { 'no-effect': 'It names nothing.', truncated: 'The bits beyond do not count: another stream or substream is meant.' },
  },
  'command.completion': {
    section: '4.7.3',
    doc: 'When CMD_CFGI and CMD_TLBI take effect.',
    alternatives: { consumption: 'When they are consumed.', sync: 'At the next CMD_SYNC: what relies on them before it meets the old entries.' },
  },
  'command.prefetch': {
    section: '4.2',
    doc: 'Whether the SMMU does what CMD_PREFETCH_CONFIG and CMD_PREFETCH_ADDR hint at.',
    alternatives: {
      ignored: 'Nothing is read.',
      done: 'Configuration and translations are read, of CMD_PREFETCH_ADDR up to as many as the TLB holds, and caches keep them; a fault on the way is nobody\'s.',
    },
  },
  'tlbi.nh-vmid-without-stage-2': {
    section: '4.4.2',
    doc: 'The VMID of CMD_TLBI_NH_* on an SMMU without stage 2.',
    alternatives: { ignored: 'It does not count.', matched: 'The command has an effect with VMID 0 only.' },
  },
  'tlb.contiguous': {
    section: '3.17',
    doc: 'What the Contiguous bit of a leaf is good for: 16 leaves of 4K tables, 128 pages or 32 blocks of 16K, 32 leaves of 64K say that they lie side by side.',
    alternatives: { ignored: 'Each leaf has a TLB entry of its own.', 'one-entry': 'One TLB entry holds them all; an invalidation of any removes it.' },
  },
  'tlb.conflict': {
    section: '3.21.1',
    doc: 'Entries of different size, or a global and a non-global one, that translate one address, below BBML 2.',
    alternatives: { 'one-entry': 'One of them answers.', F_TLB_CONFLICT: 'The transaction aborts with F_TLB_CONFLICT.' },
  },
  'tlbi.misaligned': {
    section: '4.4.1.1',
    doc: 'A CMD_TLBI with address bits set that its range or level leaves no meaning: which range it reaches is UNPREDICTABLE.',
    alternatives: { literal: 'The range as it is written.', nothing: 'None.' },
  },
  'tlbi.s2-ipa-combined': {
    section: '4.4.3.1',
    doc: 'Whether CMD_TLBI_S2_IPA reaches entries that combine both stages.',
    alternatives: { kept: 'It does not: they are found by IOVA.', removed: 'It removes those whose output of stage 1 it names.' },
  },
  'config.invalid-cached': {
    section: '3.21.3',
    doc: 'Whether an STE or a CD that is not valid, or ILLEGAL, is cached as others are.',
    alternatives: { never: 'It is fetched again each time: a change to a valid one is seen at once.', cached: 'It is cached: a change to a valid one needs CMD_CFGI too.' },
  },
  'structure.reserved-bits': {
    section: '5',
    doc: 'An STE, a CD or a level-1 descriptor with reserved bits that are set.',
    alternatives: { ignored: 'The bits do not count.', invalid: 'The structure is invalid: C_BAD_STE, C_BAD_CD, C_BAD_STREAMID or C_BAD_SUBSTREAMID.' },
  },
  'STE.S1ContextPtr-beyond-ias': {
    section: '5.2',
    doc: 'S1ContextPtr of a nested stream beyond the intermediate address size.',
    alternatives: { C_BAD_STE: 'The STE is ILLEGAL.', F_TRANSLATION: 'Stage 2 does not translate it: F_TRANSLATION with class CD.' },
  },
  'STE.S2SL0-small-oas': {
    section: '5.2',
    doc: 'S2SL0 = 2 where the output address size is too small to need that level (44 bits; 42 with 16K).',
    alternatives: { C_BAD_STE: 'The code is reserved: the STE is ILLEGAL.', legal: 'The walk starts at that level.' },
  },
  'STE.CONT-span': {
    section: '5.2',
    doc: 'What STE.CONT is good for: 2^CONT STEs say that they are alike.',
    alternatives: { ignored: 'Each StreamID has an entry of its own.', span: 'A cached STE answers for every StreamID of its span; CMD_CFGI removes it by its own.' },
  },
  'httu.access-flag-refused': {
    section: '3.13.2',
    doc: 'The access flag of a leaf whose permissions refuse the access.',
    alternatives: { kept: 'It stays as it is.', set: 'Hardware sets it.' },
  },
  'httu.stage-2-of-tables': {
    section: '3.13.4',
    doc: 'Whether stage 2 of a stage 1 table becomes dirty where nothing is written to the table.',
    alternatives: { written: 'Only when a descriptor of the table is updated.', speculative: 'When the table is read.' },
  },
  'event.merging': {
    section: '3.5.5',
    doc: 'An event record that is like the last one, which software has not consumed: of a stream with STE.MEV, or C_BAD_STREAMID, F_STE_FETCH or C_BAD_STE.',
    alternatives: { never: 'Each has a record.', last: 'They have one.' },
  },
  'event.unknown-fields': {
    section: '7.3',
    doc: 'What is UNKNOWN in an event record: the IPA of a fault of stage 1.',
    alternatives: { zeroes: 'Every bit is 0.', ones: 'Every bit is 1.' },
  },
  'stall.duplicates': {
    section: '3.12.2.1',
    doc: 'A stall that is like one which is recorded and still waits.',
    alternatives: { recorded: 'It has a STAG and an event of its own.', suppressed: 'It goes without, and is retried when the recorded one ends.' },
  },
} as const satisfies Readonly<Record<string, ChoiceSpec>>;

export type ChoiceId = keyof typeof LIST;

/** The alternative taken at each choice. */
export type Choices = { readonly [K in ChoiceId]: keyof (typeof LIST)[K]['alternatives'] & string };

export interface ChoiceDef extends ChoiceSpec {
  readonly id: ChoiceId;
  readonly pick: string;
}

/** Every choice with the model's pick. */
export const CHOICES: readonly ChoiceDef[] = Object.entries<ChoiceSpec>(LIST).map(([id, spec]) => ({
  ...spec,
  id: id as ChoiceId,
  pick: Object.keys(spec.alternatives)[0]!,
}));

/** All choices: those not given as the model picks. What is complete is taken as it is. */
export const choicesOf = (given: Partial<Choices>): Choices => (CHOICES.every(({ id }) => Object.hasOwn(given, id)) ? (given as Choices) : { ...DEFAULT_CHOICES, ...given });

export const DEFAULT_CHOICES: Choices = Object.fromEntries(CHOICES.map(({ id, pick }) => [id, pick])) as unknown as Choices;
