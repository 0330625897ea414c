/** What would make a hop of the stack take what it refused. */
import { IOCTL_NAMES, POSTED_IOCTL_NAMES, reasonOf } from '../../formats/strace/ioctls.ts';

type Remedy = readonly [said: RegExp, remedy: string];

/** By what the hop says that it dropped. */
const BY_TEXT: readonly Remedy[] = [
  [/failed a check of the core/, 'argsz must reach behind the last field, version must be 1, padding 0, no unknown flag set, and the memory at the pointer readable: Bytes has what arrived.'],
  [/^format is /, 'Set format to IOMMU_PASID_FORMAT_SMMUV3, 1.'],
  [/^version is /, 'Set version to 1, in the structure and in its SMMUv3 part.'],
  [/^config is /, 'Set config to IOMMU_PASID_CONFIG_TRANSLATE, _BYPASS or _ABORT: 1, 2 or 3.'],
  [/^pasid_bits is /, 'Set pasid_bits to 0: this driver takes a guest with a single CD.'],
  [/stage 1 is set already/, 'Set config to bypass or abort first, or detach the table (UNSET), then attach the other.'],
  [/^the domain is of stage .* not NESTED/, 'The container must be of type VFIO_TYPE1_NESTING_IOMMU before anything is attached to it.'],
  [/no device was ever attached/, 'Put a group of a device into the container first.'],
  [/only the IOTLB can be invalidated/, 'Name the IOTLB alone in cache. A change of a CD goes through VFIO_IOMMU_SET_PASID_TABLE; the ATC of the device goes with the IOTLB.'],
  [/no cache is named/, 'Set IOMMU_CACHE_INV_TYPE_IOTLB in cache.'],
  [/there are no PASIDs/, 'Leave the PASID flag clear and give the ASID as archid.'],
  [/no ASID is given/, 'Set the ARCHID flag and give the ASID as archid.'],
  [/^granule_size .* is no page size/, 'Give granule_size one of the sizes of IDR5 (GRAN4K, GRAN16K, GRAN64K and their blocks).'],
  [/the range has no bytes/, 'Give nb_granules at least 1; together with granule_size it must fit in 64 bits.'],
  [/range loop never ends|no whole number of pages/, 'The range must be a whole number of pages of the tables that the driver counts in: the guest must use a granule at least as large as that of stage 2.'],
  [/MSIs of the device bypass/, 'Give the device a domain that is not nested, or a platform whose MSIs go through the SMMU: nesting cannot translate a doorbell of a hardware MSI region (patch 9).'],
  [/a guest may not issue this command/, 'Only CMD_TLBI_NH_ALL, NH_ASID, NH_VA, NH_VAA and NSNH_ALL, CMD_ATC_INV, CMD_CFGI_CD and CFGI_CD_ALL may be in the array; an STE is changed by a new nested HWPT.'],
  [/no vDEVICE/, 'Make a vDEVICE for the device (IOMMU_VDEVICE_ALLOC) with its virtual StreamID first.'],
  [/no nest parent|belongs to another SMMU/, 'Make the parent HWPT with IOMMU_HWPT_ALLOC_NEST_PARENT, on the SMMU of the device.'],
  [/PASIDs are attached to the device/, 'Detach them first.'],
  [/the driver has no /, 'This kernel cannot do it: choose another uAPI.'],
  [/nobody registered a fault handler/, 'The VMM must map the DMA FAULT region and set its interrupt (VFIO), or make a FAULT_QUEUE and attach with it (iommufd), before the device faults.'],
  [/no vEVENTQ/, 'The VMM must make a vEVENTQ of its vIOMMU (IOMMU_VEVENTQ_ALLOC) before the device faults.'],
  [/no driver of the guest handles faults|nobody above took the report/, 'A driver must register for faults of the device (iommu_register_device_fault_handler) for anything but a line in the log.'],
  [/the fault handler refused it/, 'The queue above is full or gone: read it, and move its tail.'],
  [/the ring is full|the queue is full/, 'The VMM must read faster, or the queue be longer; what is lost stays lost, and a stalled transaction among it waits until somebody ends it.'],
  [/taken to be pinned|fault of stage 2 is the host's own/, 'Nothing in the guest: the host must map the IPA at stage 2, since VFIO and iommufd take the guest\'s memory to be pinned.'],
  [/no guest owns stage 1/, 'Attach stage 1 of the guest first; until then the fault is the host\'s.'],
  [/this kind of event is not reported/, 'Nothing reports it upwards: only faults of translation, permission, access and size, and bad CDs, go to a guest. The log of the kernel has the words.'],
  [/page requests are skipped/, 'The VMM must answer page requests (host document: how it treats stalls), or the device must not stall.'],
  [/the device does not stall/, 'Only a fault that stalled can be answered: set CD.S, and let the STE stall.'],
  [/^code is /, 'Answer with success (0), invalid (1) or failure (2).'],
  [/^version or flags/, 'Set version to 1 and no flag but PASID_VALID.'],
  [/no page request of that group|no stall of the stream/, 'Answer each fault once, with the StreamID and the STAG or group that it came with.'],
  [/not in the configuration cache/, 'Nothing: the VMM forwards a device once its STE was used.'],
  [/the uAPI has no call for it/, 'Have the guest issue CMD_CFGI_STE, which makes the VMM pass the table anew, or use iommufd, which forwards CMD_CFGI_CD.'],
  [/^C_BAD_STE|^C_BAD_CD/, 'Have the guest write a valid structure (V 1), then CMD_CFGI_STE: until then the host keeps what it has.'],
  [/range invalidation support/, 'The guest must use range invalidation (IDR3.RIL), or the VMM fall back to the whole domain (host document).'],
  [/unhandled: consumed without effect/, 'Use a uAPI that forwards the command, or do not rely on it in the guest.'],
  [/an illegal command becomes a CMD_SYNC/, 'Do not send the command: check its fields against IDR0 to IDR5. What it should have removed is still cached.'],
  [/^BUG\(\)/, 'This is a defect of the posted series: choose `as: intended`, or iommufd.'],
];

/** Of calls that say no more than an errno. */
const BY_ERRNO: readonly Remedy[] = [
  [/^EEXIST/, 'Unmap what is there first.'],
  [/^EBUSY/, 'Something still uses it: detach or destroy that first.'],
  [/^ENOMEM|^ENOSPC/, 'Free something of the kind, or make its room larger.'],
  [/^EFAULT/, 'The memory at the pointer must be readable for all of argsz.'],
  [/^ENOENT/, 'Name an object that there is: ids are those that the call which made them answered.'],
  [/^EINVAL|^E2BIG/, 'Compare sizes, flags and reserved fields in Bytes with the header of the uAPI (include/uapi/linux).'],
  [/^ENOTTY|^EOPNOTSUPP|^ENOSYS|^ENODEV/, 'This side has no such thing: choose another uAPI, or other features of the host.'],
];

/** `ioctl 0x3b76`, which this uAPI has not: whose it is. */
function foreignCall(action: string): string | null {
  const number = Number(/^ioctl (0x[0-9a-f]+)$/.exec(action)?.[1] ?? Number.NaN);
  const name = POSTED_IOCTL_NAMES.get(number) ?? IOCTL_NAMES.get(number);
  return name === undefined ? null : `It is ${name}: run the lab on ${name.startsWith('VFIO') ? 'vfio-v16' : 'iommufd'}, which has it.`;
}

/** What would make a hop succeed. `dropped`: what it, or the hop that decided for it, says; `result`: its answer in words. Null: nothing is known. */
export function refusalRemedy(action: string, result: string | null, dropped: string | null): string | null {
  const said = dropped === null ? undefined : BY_TEXT.find(([pattern]) => pattern.test(dropped));
  if (said !== undefined) return said[1];
  const errno = /^-(E[A-Z0-9]+)/.exec(result ?? dropped ?? '')?.[1];
  if (errno === undefined) return null;
  return foreignCall(action) ?? reasonOf(action.split(' ')[0]!, errno)?.[1] ?? BY_ERRNO.find(([pattern]) => pattern.test(errno))?.[1] ?? null;
}
