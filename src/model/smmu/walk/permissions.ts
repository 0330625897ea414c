/**
 * Permissions as six bits: what privileged and unprivileged accesses may do. One bit answers one access, so that a TLB
 * hit is one AND (IHI 0070 13.4.1, 13.4.3; formats as DDI 0487).
 */
export const PRIV_READ = 1;
export const PRIV_WRITE = 2;
export const PRIV_EXECUTE = 4;
export const UNPRIV_READ = 8;
export const UNPRIV_WRITE = 16;
export const UNPRIV_EXECUTE = 32;
export const ALL = 63;
export const READ = PRIV_READ | UNPRIV_READ;
export const WRITE = PRIV_WRITE | UNPRIV_WRITE;
export const EXECUTE = PRIV_EXECUTE | UNPRIV_EXECUTE;

/** The bit that an access needs. Writes are data; an instruction read needs execute permission, not read. */
export const required = (rnw: number, ind: number, pnu: number): number => (rnw === 0 ? 2 : ind === 1 ? 4 : 1) << (pnu === 1 ? 0 : 3);

/** Hierarchical bits of stage 1 table descriptors, as they lie in the high word. */
export const TABLE_PXN = 1 << 27;
export const TABLE_UXN = 1 << 28;
export const TABLE_AP0 = 1 << 29;
export const TABLE_AP1 = 1 << 30;
export const TABLE_HIERARCHY = TABLE_PXN | TABLE_UXN | TABLE_AP0 | TABLE_AP1;

/** Stage 1, NS-EL1: leaf words, the hierarchy accumulated above it, CD.WXN and CD.PAN. */
export function stage1Permissions(hi: number, lo: number, hierarchy: number, wxn: boolean, pan: boolean): number {
  const unprivileged = (lo & 0x40) !== 0 && (hierarchy & TABLE_AP0) === 0;
  const writable = (lo & 0x80) === 0 && (hierarchy & TABLE_AP1) === 0;
  const pxn = (hi & (1 << 21)) !== 0 || (hierarchy & TABLE_PXN) !== 0;
  const uxn = (hi & (1 << 22)) !== 0 || (hierarchy & TABLE_UXN) !== 0;
  const unprivWritable = unprivileged && writable;
  let p = PRIV_READ | (writable ? PRIV_WRITE : 0) | (unprivileged ? UNPRIV_READ : 0) | (unprivWritable ? UNPRIV_WRITE : 0);
  // 13.4.1: a page that unprivileged software can write is never executable when privileged.
  if (!pxn && !unprivWritable && !(wxn && writable)) p |= PRIV_EXECUTE;
  if (!uxn && !(wxn && unprivWritable)) p |= UNPRIV_EXECUTE;
  // 5.4 PAN: privileged data accesses are denied where unprivileged ones are allowed.
  return pan && unprivileged ? p & ~(PRIV_READ | PRIV_WRITE) : p;
}

/** Stage 1, EL2 without E2H: one set of permissions, AP[1] taken as 1, APTable[0], PXN and PAN ignored. */
export function stage1PermissionsEl2(hi: number, lo: number, hierarchy: number, wxn: boolean): number {
  const writable = (lo & 0x80) === 0 && (hierarchy & TABLE_AP1) === 0;
  const xn = (hi & (1 << 22)) !== 0 || (hierarchy & TABLE_UXN) !== 0;
  return READ | (writable ? WRITE : 0) | (!xn && !(wxn && writable) ? EXECUTE : 0);
}

/** Stage 2 packed for the TLB: bit 0 read, 1 write, 2 privileged execute, 3 unprivileged execute. */
export function stage2Bits(hi: number, lo: number, xnx: boolean): number {
  const xn = (hi >>> 21) & 3;
  // XN[1:0] = descriptor [54:53]: 00 both, 01 unprivileged only, 10 none, 11 privileged only; without XNX only bit 54 counts.
  const privExecute = xnx ? xn === 0 || xn === 3 : xn < 2;
  const unprivExecute = xnx ? xn === 0 || xn === 1 : xn < 2;
  return ((lo >>> 6) & 3) | (privExecute ? 4 : 0) | (unprivExecute ? 8 : 0);
}

export const S2_READ = 1;
export const S2_WRITE = 2;
export const S2_ALL = 15;

/** The four stage 2 bits as the six of `required`. */
export const expandStage2 = (bits: number): number =>
  (bits & 1 ? READ : 0) | (bits & 2 ? WRITE : 0) | (bits & 4 ? PRIV_EXECUTE : 0) | (bits & 8 ? UNPRIV_EXECUTE : 0);
