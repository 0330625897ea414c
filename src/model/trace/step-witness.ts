/** Is told of the steps of transactions beside the trace: what was read, what caches answered and were filled with. */
export interface StepWitness {
  read(stage: number, level: number, purpose: number, hi: number, lo: number, wordHi: number, wordLo: number, ipaHi: number, ipaLo: number): void;
  struct(purpose: number, hi: number, lo: number, words: Int32Array, from: number): void;
  lookup(cache: number, verdict: number, entry: number): void;
  fill(cache: number, entry: number): void;
  walk(purpose: number): void;
  /** Hardware changed a descriptor at PA (hi, lo) that was read before. */
  update(hi: number, lo: number, wordHi: number, wordLo: number): void;
}
