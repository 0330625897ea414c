/** The order of checks of the three kinds of request, step by step (IHI 0070 3.3.2, 3.4, 3.9.1, 7.3.22). */
export interface Check {
  /** `1` is an ordinary transaction, `2` an ATS translation request, `3` an ATS translated transaction; then the step. */
  readonly id: string;
  readonly what: string;
  readonly section: string;
}

export const CHECKS: readonly Check[] = [
  { id: '4.1.1', what: 'SMMUEN 0: GBPA decides; an address beyond OAS aborts without an event', section: '3.4' },
  { id: '4.1.2', what: 'StreamID range and L1STD: C_BAD_STREAMID, recorded with CR2.RECINVSID', section: '7.3.3' },
  { id: '4.1.3', what: 'STE fetch: F_STE_FETCH', section: '7.3.4' },
  { id: '4.1.4', what: 'illegal STE: C_BAD_STE; Config 0xx aborts without an event', section: '7.3.5' },
  { id: '4.1.5', what: 'SubstreamID: C_BAD_SUBSTREAMID, then F_STREAM_DISABLED', section: '7.3.7' },
  { id: '4.1.6', what: 'L1CD and CD fetch, through stage 2 when nested: a fault of class CD, F_CD_FETCH, C_BAD_SUBSTREAMID', section: '7.3.10' },
  { id: '4.1.7', what: 'illegal CD: C_BAD_CD', section: '7.3.11' },
  { id: '4.1.8', what: 'stages bypassed: an address beyond OAS or IAS is F_ADDR_SIZE of stage 1', section: '3.4' },
  { id: '4.1.9a', what: 'stage 1: input range, table selection, EPD', section: '3.4.1' },
  { id: '4.1.9b', what: 'stage 1, each level: stage 2 of the descriptor (class TT), external abort, invalid, output size', section: '7.3.22' },
  { id: '4.1.9c', what: 'stage 1 leaf: access flag, then permission', section: '7.3.22' },
  { id: '4.1.10', what: 'stage 2 of the final IPA: range, each level, access flag, permission', section: '7.3.22' },
  { id: '4.1.11', what: 'output: attributes of both stages', section: '13.1' },
  { id: '4.2.1', what: 'ATS request, SMMUEN 0: UR and F_BAD_ATS_TREQ', section: '3.9.1.2' },
  { id: '4.2.2', what: 'ATS request, C_BAD_STREAMID: CA; recorded with REC_CFG_ATS and RECINVSID', section: '3.9.1.2' },
  { id: '4.2.3', what: 'ATS request, F_STE_FETCH or C_BAD_STE: CA; recorded with REC_CFG_ATS', section: '3.9.1.2' },
  { id: '4.2.4', what: 'ATS request, Config 000: UR without an event', section: '3.9.1.2' },
  { id: '4.2.5', what: 'ATS request, bypass or EATS 0: UR and F_BAD_ATS_TREQ', section: '3.9.1.2' },
  { id: '4.2.6', what: 'ATS request, substream, CD and walk aborts: CA; recorded with REC_CFG_ATS', section: '3.9.1.2' },
  { id: '4.2.7', what: 'ATS request, F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, stage 2 faults of CD or tables: Success without permissions', section: '3.9.1.2' },
  { id: '4.2.8', what: 'ATS request, F_PERMISSION of the page: Success with what is left', section: '3.9.1.2' },
  { id: '4.2.9', what: 'ATS request, S1DSS 01 with stage 1 alone: Success, identity', section: '3.9.1.2' },
  { id: '4.2.10', what: 'ATS request, S1DSS 01 when nested: stage 2 alone, PA or IPA by EATS', section: '3.9.1.2' },
  { id: '4.3.1', what: 'translated, SMMUEN 0: abort and F_TRANSL_FORBIDDEN', section: '3.9.1.3' },
  { id: '4.3.2', what: 'translated, ATSCHK 0: passes without an STE', section: '3.9.1.3' },
  { id: '4.3.3', what: 'translated, ATSCHK 1, configuration errors: abort; recorded with REC_CFG_ATS alone', section: '3.9.1.3' },
  { id: '4.3.4', what: 'translated, Config 000: abort without an event', section: '3.9.1.3' },
  { id: '4.3.5', what: 'translated, bypass or EATS 0: abort and F_TRANSL_FORBIDDEN', section: '3.9.1.3' },
  { id: '4.3.6', what: 'translated, EATS 1: to the PA', section: '3.9.1.3' },
  { id: '4.3.7', what: 'translated, EATS 2: an IPA, through stage 2; faults abort and are recorded by S2R', section: '3.9.1.3' },
  { id: '8.1.1', what: 'page request, taken: an entry, PROD, the interrupt by LO', section: '8.1' },
  { id: '8.1.2', what: 'page request, PRIQEN or SMMUEN 0, or PRIQ_ABT_ERR: Failure without PASID, nothing for a stop marker', section: '8.1' },
  { id: '8.1.3', what: 'page request, queue full or overflow active: discarded; the last of a group is answered', section: '8.1' },
  { id: '8.1.4', what: 'page request, overflow with PASID: by PPS, else by STE.PPAR, Failure without an STE', section: '8.1' },
  { id: '8.1.5', what: 'page request, write abort: PRIQ_ABT_ERR and Failure', section: '8.1' },
  { id: '8.2.1', what: 'ATC_INV: after TLBI and CMD_SYNC, or a request brings the old translation back', section: '3.9.1' },
  { id: '8.2.2', what: 'ATC_INV, PRI_RESP with SMMUEN 0: ignored', section: '4.5' },
  { id: '8.2.3', what: 'ATC_INV without an answer: CERROR_ATC_INV_SYNC at the CMD_SYNC, which is executed again', section: '7.1' },
];
