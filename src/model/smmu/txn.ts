/**
 * One transaction on its way through the SMMU: what arrived, what was found, and how it ends. One object is used again
 * for all transactions; every field is a small integer so that nothing is allocated. Addresses are (Hi, Lo) int32 pairs.
 */
export class Txn {
  /** Number of this transaction, from 1. */
  number = 0;
  sid = 0;
  /** 0: no SubstreamID; SubstreamID + 1 otherwise. */
  ssidKey = 0;
  /** What arrived: bit 0 RnW, 1 InD, 2 PnU, 4:3 TRANSACTION. A retry of a stalled transaction starts from it. */
  arrived = 0;
  /** Bytes of it, for the trace only. */
  bytes = 0;
  /** It is on its way through the SMMU now. */
  inFlight = false;
  /** As TRANSACTION of the trace: 0 for an ordinary one. */
  type = 0;
  /** Of a translation request: its REQUEST bits, and how many smallest translation units it asks for. */
  request = 0;
  span = 1;
  /** 1 read, 0 write. */
  rnw = 1;
  /** 1 instruction, 1 privileged, after STE overrides. */
  ind = 0;
  pnu = 0;
  inHi = 0;
  inLo = 0;
  /** Word index of the configuration slot. */
  slot = 0;

  /** Descriptors and structures read from memory, in 64-bit descriptors or whole structures. */
  reads = 0;
  /** Descriptors that hardware updated (3.13). */
  updates = 0;
  outHi = 0;
  outLo = 0;
  /** log2 of the bytes around the input that translate alike. */
  shift = 0;
  /** Permissions of both stages together (walk/permissions.ts). */
  permissions = 0;
  /** As META.ATTRIBUTES of the TLB. */
  attributes = 0;

  status = 0;
  response = 0;
  /** Rule that ended it, by number. */
  rule = 0;
  /** Event number of the fault, 0 none; `recorded`: an event record was made. */
  event = 0;
  recorded = 0;
  faultStage = 0;

  /** `arrived` as the field. */
  start(number: number, sid: number, ssidKey: number, arrived: number, hi: number, lo: number, bytes: number): void {
    this.inFlight = true;
    this.arrived = arrived;
    this.bytes = bytes;
    this.number = number;
    this.type = arrived >>> 3;
    this.sid = sid;
    this.ssidKey = ssidKey;
    this.rnw = arrived & 1;
    this.ind = (arrived >>> 1) & 1;
    this.pnu = (arrived >>> 2) & 1;
    this.inHi = hi;
    this.inLo = lo;
    this.reads = 0;
    this.updates = 0;
    this.outHi = 0;
    this.outLo = 0;
    this.shift = 0;
    this.permissions = 0;
    this.attributes = 0;
    this.status = 0;
    this.response = 0;
    this.rule = 0;
    this.event = 0;
    this.recorded = 0;
    this.faultStage = 0;
  }
}
