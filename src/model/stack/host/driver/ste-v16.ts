/**
 * arm_smmu_write_strtab_ent() of v5.15 with patches 3 and 4 (a.3, a.4): an STE changes in steps that the SMMU can see, and
 * what it leaves behind depends on what was there before.
 */
import { cfgiSte, prefetchConfig } from './commands.ts';
import { S1_CONTEXT_PTR, steWords, TABLE_BASE, vtcrBits } from './entry.ts';
import type { Domain, Master } from './objects.ts';
import { print, say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';

const V = 1n;
const CFG = { ABORT: 0n, BYPASS: 4n << 1n, S1: 5n << 1n, S2: 6n << 1n };
const SHCFG_INCOMING = steWords({ SHCFG: 1 })[1]!;
const EATS_TRANS = steWords({ EATS: 1 })[1]!;
const S1STALLD = steWords({ S1STALLD: true })[1]!;

/** `data[1]` of an STE with stage 1: host constants and STRW; nothing of it is the guest's. */
const s1Word1 = (e2h: boolean): bigint => steWords({ S1DSS: 2, S1CIR: 1, S1COR: 1, S1CSH: 3, STRW: e2h ? 2 : 0 })[1]!;

/** An STE for a StreamID that no device was attached to: ABORT or, without disable_bypass, BYPASS. */
export const initialSteV16 = (disableBypass: boolean): bigint[] => [V | (disableBypass ? CFG.ABORT : CFG.BYPASS), SHCFG_INCOMING];

interface Live {
  readonly s1: boolean;
  readonly s2: boolean;
}

/** Which stages the STE in memory translates; null: a Config that the driver never writes. */
function liveness(word0: bigint): Live | null {
  const config = Number((word0 >> 1n) & 7n);
  if ((word0 & V) === 0n || config === 0 || config === 4) return { s1: false, s2: false };
  return config >= 5 ? { s1: (config & 1) === 1, s2: (config & 2) === 2 } : null;
}

/** Where the source has BUG(): only memory that somebody else wrote gets there. null: nothing is wrong. */
function whyBug(ste: SteWriter, live: Live | null, domain: Domain | null, translate: boolean): string | null {
  if (live === null) return 'STE corruption';
  if (domain === null || !translate) return null;
  if (domain.s1.set && live.s1) return 'stage 1 is live and stage 1 is asked for';
  if (domain.s2.set && live.s2 && ste.read(3) !== (domain.s2.vttbr & TABLE_BASE)) return 'stage 2 is live with other tables';
  return null;
}

/** s1_cfg.set and s2_cfg.set are written here, by the writer itself (a.3). */
function noteStages({ stage, s1, s2 }: Domain): void {
  if (stage === 'S1') s1.set = true;
  if (stage === 'S2') s1.set = false;
  if (stage !== 'BYPASS') s2.set = stage !== 'S1';
}

class SteWriter {
  private readonly smmu: SmmuDevice;
  private readonly sid: number;
  private readonly at: bigint;

  constructor(smmu: SmmuDevice, sid: number) {
    this.smmu = smmu;
    this.sid = sid;
    this.at = smmu.strtab.steOf(sid);
  }

  read(word: number): bigint {
    return this.smmu.memory.read64(this.at + BigInt(word * 8)) ?? 0n;
  }

  write(word: number, value: bigint): void {
    this.smmu.memory.write64(this.at + BigInt(word * 8), value);
    say(this.smmu, 'write STE', { StreamID: this.sid, word, value });
  }

  sync(): void {
    this.smmu.cmdq.issueSync(cfgiSte(this.sid));
  }

  prefetch(): void {
    if (this.smmu.choices.prefetch) this.smmu.cmdq.issue(prefetchConfig(this.sid));
  }
}

/** Writes the STE of one StreamID of a master for the domain that it is attached to; null: for none. */
export function writeSteV16(smmu: SmmuDevice, master: Master, sid: number, domain: Domain | null): void {
  if (domain !== null) noteStages(domain);
  const ste = new SteWriter(smmu, sid);
  const live = liveness(ste.read(0));
  const translate = domain !== null && (domain.s1.set || domain.s2.set) && !domain.abort;
  const bug = whyBug(ste, live, domain, translate);
  if (bug !== null) {
    print(smmu, 'err', `kernel BUG at arm_smmu_write_strtab_ent: ${bug}`);
    say(smmu, 'write STE', { StreamID: sid }, { dropped: `BUG(): ${bug}` });
  } else if (!translate) {
    const abort = domain === null ? smmu.choices.disableBypass : domain.abort;
    ste.write(0, V | (abort ? CFG.ABORT : CFG.BYPASS));
    ste.write(1, SHCFG_INCOMING);
    ste.write(2, 0n);
    ste.sync();
  } else translateSte(smmu, ste, domain, master, live!.s1 || live!.s2);
}

function translateSte(smmu: SmmuDevice, ste: SteWriter, domain: Domain, master: Master, live: boolean): void {
  if (live) {
    // Named CFG_ABORT in the source, but as a whole word it is 0: V = 0, so the window is an invalid STE, not a silent abort.
    ste.write(0, 0n);
    ste.sync();
  }
  const word0 = V | (domain.s1.set ? writeStage1(smmu, ste, domain, master) : 0n) | writeStage2(ste, domain);
  if (master.atsEnabled) ste.write(1, ste.read(1) | EATS_TRANS);
  ste.sync();
  ste.write(0, word0);
  ste.sync();
  ste.prefetch();
}

/** Word 1; gives what goes into word 0. */
function writeStage1(smmu: SmmuDevice, ste: SteWriter, domain: Domain, master: Master): bigint {
  const stalld = smmu.features.stalls && !master.stallEnabled ? S1STALLD : 0n;
  ste.write(1, s1Word1(smmu.features.e2h) | stalld);
  const { cdtabDma, s1cdmax, s1fmt } = domain.s1;
  return (cdtabDma & S1_CONTEXT_PTR) | CFG.S1 | (BigInt(s1cdmax) << 59n) | (BigInt(s1fmt) << 4n);
}

/** Words 2 and 3; gives what goes into word 0. */
function writeStage2(ste: SteWriter, domain: Domain): bigint {
  if (!domain.s2.set) {
    // Patch 3: some SMMUs raise C_BAD_STE for a stale S2TTB of a stream with stage 1 only.
    ste.write(2, 0n);
    ste.write(3, 0n);
    return 0n;
  }
  const { vmid, vtcr, vttbr } = domain.s2;
  ste.write(2, steWords({ S2VMID: vmid, S2PTW: true, S2AA64: true, S2R: true })[2]! | vtcrBits(vtcr));
  ste.write(3, vttbr & TABLE_BASE);
  return CFG.S2;
}
