/** Where the three uAPIs part, and the section that says so. A step names those that it shows. */
import type { Uapi } from '../../stack/assembly/data.ts';

export interface Divergence {
  /** As the sources of the stack cite it: the nine patches (a), VFIO and QEMU (b), iommufd (c), the driver (d). */
  readonly section: string;
  readonly text: string;
  /** The two that do not part; without it the two ways to take v16. */
  readonly alike?: 'intended-iommufd' | 'none';
}

export const DIVERGENCES = {
  scope: { section: 'a.5', text: 'v16 configures a container with all its devices; iommufd each device by itself' },
  objects: { section: 'c.1', text: 'v16 nests in the domain of a container; iommufd has a parent of stage 2, and a nested domain for each STE' },
  retranslate: { section: 'a.5 #7', text: 'v16 refuses TRANSLATE upon TRANSLATE; iommufd attaches a new domain' },
  'bad-ste': { section: 'b.3', text: 'QEMU v10 makes no call for an STE that it takes for bad; on iommufd such a stream aborts' },
  cd: { section: 'b.3', text: 'v16 has no call for CFGI_CD; iommufd takes the command' },
  'flush-all': { section: 'a.7', text: 'a flush of everything is NSNH_ALL for the whole SMMU as posted; else NH_ALL with the VMID', alike: 'intended-iommufd' },
  vaa: { section: 'a.7 subtlety 1', text: 'ASID -1 becomes TLBI_S2_IPA of an IOVA on v16; iommufd takes NH_VAA' },
  leaf: { section: 'b.3', text: 'QEMU v10 sets the LEAF flag always; iommufd takes the command as it is' },
  granule: { section: 'a.7 subtlety 2', text: "as posted the range is cut by the host's page; as intended by the guest's; iommufd takes the command as it is", alike: 'none' },
  range: { section: 'b.3', text: 'v16 makes a range anew from address and size; iommufd takes NUM, SCALE and TTL as they are' },
  'stage-2-unmap': { section: 'a.7 subtlety 6', text: 'v16 invalidates by IPA only; a current host all of the VMID as well' },
  payload: { section: 'b.4', text: 'QEMU v10 keeps the address of a fault; iommufd hands the whole record on' },
  events: { section: 'a.8, c.6', text: 'each generation of the host tells guests of other kinds of events', alike: 'none' },
  ste: { section: 'a.4, c.4', text: "word 1 of a nested STE: host constants on v16; the guest's fields, MEV, SHCFG and S2FWB on iommufd" },
  'ste-write': { section: 'a.4, d.2', text: 'v16 writes STEs by way of V = 0; a current host without a gap where it can' },
  atc: { section: 'a.7, c.5', text: "v16's host makes ATC_INV itself and the guest's goes nowhere; iommufd takes the guest's" },
  'non-ril': { section: 'a.7 subtlety 7', text: 'QEMU v10 drops a TLBI without range; iommufd takes it' },
  repeat: { section: 'a.7 subtlety 4', text: 'v16 repeats an invalidation for each device of a container; iommufd does it once' },
  queue: { section: 'b.1, c.2', text: "the fault ring holds 511; a vEVENTQ what the guest's queue holds, and then says LOST_EVENTS" },
  rings: { section: 'b.1, c.2', text: 'v16 has a fault region for each device; iommufd has vEVENTQs and fault queues of a VM' },
  stalls: { section: 'b.1, b.4, c.2', text: 'a stall is a page request in the fault region, which QEMU v10 skips; on iommufd one without a fault queue is answered INVALID' },
  log: { section: 'd.7', text: 'a current host decodes the events that it prints; an older one does not' },
  'hardware-msi': { section: 'a.9', text: 'v16 refuses to nest a device whose MSIs bypass the SMMU; a current host does not look' },
  call: { section: 'c.1', text: 'a call of one uAPI is unknown to the other' },
} as const satisfies Readonly<Record<string, Divergence>>;

export type DivergenceName = keyof typeof DIVERGENCES;

/** Whether it makes these two part. */
export function isBetween(name: DivergenceName, a: Uapi, b: Uapi): boolean {
  const { alike }: Divergence = DIVERGENCES[name];
  if (a === b) return false;
  if (alike === 'none') return true;
  const [one, other] = alike === 'intended-iommufd' ? ['vfio-v16-intended', 'iommufd'] : ['vfio-v16-posted', 'vfio-v16-intended'];
  return !([one, other].includes(a) && [one, other].includes(b));
}
