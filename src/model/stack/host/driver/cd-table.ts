/** The host's own CD tables (stage-1 domains): one CD, a linear table, or two levels with 64 KiB leaves. Only CD 0 is in use. */
import { ERRNO } from '../../errno.ts';
import { S1_MAIR } from '../../io-pgtable/mair.ts';
import type { PageTable } from '../../io-pgtable/types.ts';
import { cfgiCd } from './commands.ts';
import { cdWords } from './entry.ts';
import type { Domain } from './objects.ts';
import { say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';

const CD_BYTES = 64;
/** Contexts of one leaf, and of a linear table. */
const L2_BITS = 10;
const L1_BYTES = 8;
const FMT_LINEAR = 0;
const FMT_64K_L2 = 2;
const L1_V = 1n;

/** The words of the CD of a host's stage-1 domain. */
export function hostCd(table: PageTable, asid: number, stalls: boolean): bigint[] {
  const { tsz, tg, irgn, orgn, sh, ps } = table.format;
  return cdWords({
    T0SZ: tsz, TG0: tg, IR0: irgn, OR0: orgn, SH0: sh, IPS: ps, EPD1: true,
    V: true, AA64: true, R: true, A: true, ASET: true, ASID: asid, S: stalls,
    TTB0: table.root, MAIR0: Number(S1_MAIR & 0xffff_ffffn), MAIR1: Number(S1_MAIR >> 32n),
  });
}

interface CdTable {
  readonly base: bigint;
  readonly s1fmt: number;
  /** Where CD 0 is. */
  readonly cd0: bigint;
}

const linearBytes = (s1cdmax: number): number => CD_BYTES << s1cdmax;
const l1Bytes = (s1cdmax: number): number => L1_BYTES << (s1cdmax - L2_BITS);

function allocateTable(smmu: SmmuDevice, s1cdmax: number): CdTable | null {
  if (s1cdmax <= L2_BITS || !smmu.features.twoLevelCdTable) {
    const base = smmu.pages.allocate(linearBytes(s1cdmax));
    return base === null ? null : { base, s1fmt: FMT_LINEAR, cd0: base };
  }
  const base = smmu.pages.allocate(l1Bytes(s1cdmax));
  if (base === null) return null;
  const leaf = smmu.pages.allocate(linearBytes(L2_BITS));
  if (leaf === null) {
    smmu.pages.free(base, l1Bytes(s1cdmax));
    return null;
  }
  smmu.memory.write64(base, leaf | L1_V);
  return { base, s1fmt: FMT_64K_L2, cd0: leaf };
}

/** Takes memory and writes CD 0; -ENOMEM. */
export function createCdTable(smmu: SmmuDevice, domain: Domain, s1cdmax: number, asid: number, table: PageTable): number {
  const made = allocateTable(smmu, s1cdmax);
  if (made === null) return -ERRNO.ENOMEM;
  Object.assign(domain.s1, { cdtabDma: made.base, s1cdmax, s1fmt: made.s1fmt, asid });
  // A current driver writes the CD when a device is attached, so that an update can be hitless.
  if (smmu.choices.generation === 'v16') writeCdV16(smmu, domain, hostCd(table, asid, domain.stallEnabled));
  return 0;
}

/** Address of CD 0 of the domain. */
export function cd0Of(smmu: SmmuDevice, domain: Domain): bigint {
  const { cdtabDma, s1fmt } = domain.s1;
  return s1fmt === FMT_LINEAR ? cdtabDma : (smmu.memory.read64(cdtabDma) ?? 0n) & ~0xfffn;
}

/** The tables of CDs that the driver holds for a domain: the leaf last, after the first level where there is one. */
export function cdTables(smmu: SmmuDevice, domain: Domain): readonly { readonly address: bigint; readonly bytes: number }[] {
  const { asid, cdtabDma, s1fmt, s1cdmax } = domain.s1;
  if (asid === 0) return [];
  if (s1fmt === FMT_LINEAR) return [{ address: cdtabDma, bytes: linearBytes(s1cdmax) }];
  return [{ address: cdtabDma, bytes: l1Bytes(s1cdmax) }, { address: cd0Of(smmu, domain), bytes: linearBytes(L2_BITS) }];
}

/** CFGI_CD of every stream of the domain, then CMD_SYNC, also where there is no stream yet. */
function syncCd(smmu: SmmuDevice, domain: Domain): void {
  smmu.cmdq.submit(domain.masters.flatMap((master) => master.streams.map((sid) => cfgiCd(sid, 0))));
}

/** arm_smmu_write_ctx_desc(): everything but V first, made visible, then word 0. */
function writeCdV16(smmu: SmmuDevice, domain: Domain, words: readonly bigint[]): void {
  const at = cd0Of(smmu, domain);
  for (const index of [1, 2, 3]) smmu.memory.write64(at + BigInt(index) * 8n, words[index]!);
  syncCd(smmu, domain);
  smmu.memory.write64(at, words[0]!);
  syncCd(smmu, domain);
  say(smmu, 'write CD', { ASID: domain.s1.asid, address: at, word0: words[0]! });
}

export function freeCdTable(smmu: SmmuDevice, domain: Domain): void {
  const { cdtabDma, s1fmt, s1cdmax } = domain.s1;
  if (s1fmt === FMT_LINEAR) {
    smmu.pages.free(cdtabDma, linearBytes(s1cdmax));
    return;
  }
  smmu.pages.free(cd0Of(smmu, domain), linearBytes(L2_BITS));
  smmu.pages.free(cdtabDma, l1Bytes(s1cdmax));
}
