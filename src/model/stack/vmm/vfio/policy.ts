/**
 * How a VMM on the v16 uAPI serves its guest: what it forwards, drops and distorts. Each member is one behaviour that
 * can be looked at alone; the two constants are a real VMM and one that does all the uAPI allows.
 */
import type { WhenFull } from '../event-ring.ts';

export interface VfioPolicy {
  /** Who judges a vSTE: QEMU (with the CD, and with less than the architecture has), or the architecture's rules. */
  readonly decode: 'qemu' | 'architecture';
  /** A vSTE that is not accepted: the host keeps what it has, or gets ABORT. */
  readonly badSte: 'keep' | 'abort';
  /** TRANSLATE while TRANSLATE is in force, which the host refuses (a.5 #7): asked anyway, or by way of ABORT. */
  readonly retranslate: 'directly' | 'through-abort';
  /** CFGI_STE_RANGE and CFGI_ALL: only streams whose configuration is cached, or every stream in the range. */
  readonly range: 'cached' | 'all';
  /** CFGI_CD and CFGI_CD_ALL, for which the uAPI has nothing: dropped, or the stream is configured anew, which drops CDs too. */
  readonly cd: 'drop' | 'reconfigure';
  /** The Leaf flag of invalidations by address: always set, or the guest's. */
  readonly leaf: 'always' | 'guest';
  /** Whether the guest's TTL makes the granule of an invalidation; without it the host takes entries to be pages. */
  readonly ttl: 'drop' | 'granule';
  /** TLBI_NH_VA without a range (TG = 0), which the uAPI cannot express: dropped, or the whole domain is flushed. */
  readonly nonRil: 'drop' | 'domain';
  /** TLBI_NH_VAA, which the uAPI cannot express: as TLBI_NH_VA of ASID -1, or the whole domain is flushed. */
  readonly vaa: 'asid -1' | 'domain';
  /** Commands that the virtual ID registers do not promise: consumed without effect, or CERROR_ILL. */
  readonly unsupported: 'ignore' | 'illegal';
  /** CR0.SMMUEN: not told to the host, or every stream is configured anew. */
  readonly enable: 'ignore' | 'configure';
  /** Page requests of stalled transactions: skipped, so that the device waits for ever; or stalls of the guest, answered through the response region. */
  readonly stalls: 'skip' | 'forward';
  /** What of a fault the guest's event record gets: the address, or everything the host told. */
  readonly fault: 'address' | 'all';
  readonly whenFull: WhenFull;
}

/** QEMU, branch v6.1.0-rmr-v2-nested_smmuv3_v10 (b.3, b.4). */
export const QEMU_V10: VfioPolicy = {
  decode: 'qemu',
  badSte: 'keep',
  retranslate: 'directly',
  range: 'cached',
  cd: 'drop',
  leaf: 'always',
  ttl: 'drop',
  nonRil: 'drop',
  vaa: 'asid -1',
  unsupported: 'ignore',
  enable: 'ignore',
  stalls: 'skip',
  fault: 'address',
  whenFull: 'EVENTQ_ABT_ERR',
};

/** Forwards what the architecture requires; where the uAPI is too narrow it invalidates more rather than less. */
export const IDEAL: VfioPolicy = {
  decode: 'architecture',
  badSte: 'abort',
  retranslate: 'through-abort',
  range: 'all',
  cd: 'reconfigure',
  leaf: 'guest',
  ttl: 'granule',
  nonRil: 'domain',
  vaa: 'domain',
  unsupported: 'illegal',
  enable: 'configure',
  stalls: 'forward',
  fault: 'all',
  whenFull: 'OVFLG',
};
