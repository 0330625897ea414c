/**
 * What IHI 0070 marks CONSTRAINED UNPREDICTABLE, IMPLEMENTATION DEFINED, UNKNOWN or optional and is no switch (choices.ts):
 * what the model does, and why software cannot notice another alternative here, or why a lab has no use for it.
 */
interface Settled {
  readonly section: string;
  /** What is left open. */
  readonly open: string;
  readonly here: string;
  readonly why: string;
}

export const SETTLED: readonly Settled[] = [
  { section: '3.5.1', open: 'CMDQ_CONS.ERR while CMDQ_ERR is not active: UNKNOWN', here: 'what it was last', why: 'after reset it follows registers.unknown-reset' },
  { section: '3.9.1.2', open: 'RnW of events of translation requests that CR2.REC_CFG_ATS lets be recorded: UNKNOWN', here: '1', why: 'the request counts as a read everywhere else' },
  { section: '3.12', open: 'a stall of a device that must not stall becomes a terminated transaction', here: 'it stalls', why: 'which devices are safe to stall is a matter of the system: a lab gives them CD.S and STE.S1STALLD' },
  { section: '3.12.2', open: 'a stalled transaction may be retried early, without an event', here: 'never', why: 'it shows in nothing but the time when it ends' },
  { section: '3.13.2', open: 'speculative accesses set access flags', here: 'there are none', why: 'no device of a lab speculates; for prefetches see command.prefetch' },
  { section: '3.17', open: 'streams with one VMID and ASID that disagree: UNPREDICTABLE within what they allow', here: 'whoever fills the TLB first', why: 'the rule stale.tags tells of it' },
  { section: '3.17, 3.21', open: 'what is cached, and replacement', here: 'the caches of this page: 4-way TLB, the others direct-mapped', why: 'their sizes are keys of a lab document, 0 switches one off' },
  { section: '3.21.3', open: 'CR0.ATSCHK and VMW may be cached', here: 'they count at once', why: 'a driver that invalidates after a change sees no difference' },
  { section: '4.1.3', open: 'CMD_ATC_INV and CMD_PRI_RESP with SSV and no PASID, prefetches with SSV and no substreams', here: 'the SubstreamID does not count', why: 'devices without PASIDs have one address space' },
  { section: '4.1.3, 4.4', open: 'VMID or ASID above 8 bits where there are 8', here: 'names nothing', why: 'it cannot have tagged anything' },
  { section: '4.7.1, 4.7.2', open: 'a STAG with nothing outstanding', here: 'no error', why: 'the architecture asks for it' },
  { section: '5.2, 5.4', open: 'IMPLEMENTATION DEFINED fields of STE and CD, AMAIR', here: 'kept, without effect', why: 'what they mean is of one implementation' },
  { section: '5.2', open: 'F_CFG_CONFLICT where STEs of a span (CONT) differ', here: 'never', why: 'STE.CONT-span shows that they differ, by the other answer' },
  { section: '6.2', open: 'undefined offsets of page 1: RES0 or an alias of page 0', here: 'RES0', why: 'reserved-register tells of the access' },
  { section: '6.2', open: 'CoreSight identification', here: 'that of QEMU', why: 'an identity, which drivers do not read' },
  { section: '6.3', open: 'IDR4, AGBPA, offsets 0xe00 and 0x1000', here: '0', why: 'what they mean is of one implementation' },
  { section: '6.3.14, 6.3.17', open: 'how long updates of GBPA and IRQ_CTRL take', here: 'complete within the write', why: 'the protocol is that of CR0, which CR0.acknowledge delays' },
  { section: '6.3.40', open: 'GATOS_PAR while RUN is 1: UNKNOWN', here: 'RUN is 0 when the write of it returns', why: 'no operation is ever under way' },
  { section: '7.3', open: 'IMPLEMENTATION DEFINED events, Reason fields', here: 'none; 0', why: 'what they mean is of one implementation' },
  { section: '7.3.2', open: 'the priority of F_UUT', here: 'never recorded', why: 'a lab has no unsupported type of transaction' },
  { section: '7.4, 7.2', open: 'a record while EVENTQ_ABT_ERR is active', here: 'lost without a sign', why: 'the architecture asks for it' },
  { section: '13.1', open: 'allocation hints, and overrides of attributes for PCIe', here: 'kept, not reported', why: 'memory of a lab has no caches' },
];
