/** What a VMM asks of the host, as bytes, and what the host does to stage 2. */
import { hex, hexBytes } from '../../../base/address.ts';
import { ok } from '../../../base/result.ts';
import { encodeStruct } from '../../../stack/uapi/bytes.ts';
import { ramRange } from '../../../stack/assembly/index.ts';
import { IOMMU_CACHE_INVALIDATE_INFO_ADDR, IOMMU_CACHE_INVALIDATE_INFO_VERSION_1 } from '../../../stack/uapi/vfio-v16/cache-invalidate.ts';
import { VFIO_CACHE_INVALIDATE, VFIO_IOMMU_CACHE_INVALIDATE, VFIO_IOMMU_SET_PASID_TABLE, VFIO_PASID_TABLE_FLAG, VFIO_SET_PASID_TABLE } from '../../../stack/uapi/vfio-v16/container.ts';
import { IOMMU_PASID_TABLE_CONFIG, PASID_TABLE_SMMUV3_CFG_VERSION_1 } from '../../../stack/uapi/vfio-v16/pasid-table.ts';
import type { CacheInvalidateInput, PasidTableInput } from '../data.ts';
import type { StackVerb } from '../verb.ts';
import { wordsOfCommand } from './guest.ts';

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function pasidTable({ config, basePtr, format, pasidBits, version }: PasidTableInput): Uint8Array {
  const body = encodeStruct(IOMMU_PASID_TABLE_CONFIG, {
    argsz: IOMMU_PASID_TABLE_CONFIG.bytes, version, base_ptr: basePtr, format, pasid_bits: pasidBits, config, smmuv3_version: PASID_TABLE_SMMUV3_CFG_VERSION_1,
  });
  return join(encodeStruct(VFIO_SET_PASID_TABLE, { argsz: VFIO_SET_PASID_TABLE.bytes + body.length, flags: VFIO_PASID_TABLE_FLAG.SET }), body);
}

export const attachPasidTableVerb: StackVerb<'attach_pasid_table'> = {
  name: 'attach_pasid_table',
  doc: 'The VMM tells the host of a table of CDs: VFIO_IOMMU_SET_PASID_TABLE with SET.',
  execute: ({ stack }, input) => ok({
    text: `the VMM of ${input.device} sets config ${input.config}, base_ptr ${hex(input.basePtr)}`,
    errno: stack.vmOf(input.device).vmm.ioctl(input.device, VFIO_IOMMU_SET_PASID_TABLE, pasidTable(input)),
  }),
};

export const detachPasidTableVerb: StackVerb<'detach_pasid_table'> = {
  name: 'detach_pasid_table',
  doc: "The VMM takes the guest's table of CDs away: VFIO_IOMMU_SET_PASID_TABLE with UNSET.",
  execute({ stack }, { device }) {
    const bytes = encodeStruct(VFIO_SET_PASID_TABLE, { argsz: VFIO_SET_PASID_TABLE.bytes, flags: VFIO_PASID_TABLE_FLAG.UNSET });
    return ok({ text: `the VMM of ${device} unsets the table of CDs`, errno: stack.vmOf(device).vmm.ioctl(device, VFIO_IOMMU_SET_PASID_TABLE, bytes) });
  },
};

function invalidation({ cache, granularity, flags, archid, pasid, addr, granuleSize, nbGranules }: CacheInvalidateInput): Uint8Array {
  const body = encodeStruct(IOMMU_CACHE_INVALIDATE_INFO_ADDR, {
    argsz: IOMMU_CACHE_INVALIDATE_INFO_ADDR.bytes, version: IOMMU_CACHE_INVALIDATE_INFO_VERSION_1, cache, granularity, flags, archid, pasid, addr, granule_size: granuleSize, nb_granules: nbGranules,
  });
  return join(encodeStruct(VFIO_CACHE_INVALIDATE, { argsz: VFIO_CACHE_INVALIDATE.bytes + body.length }), body);
}

export const cacheInvalidateVerb: StackVerb<'cache_invalidate'> = {
  name: 'cache_invalidate',
  doc: 'The VMM invalidates for its guest: VFIO_IOMMU_CACHE_INVALIDATE.',
  execute: ({ stack }, input) => ok({
    text: `the VMM of ${input.device} invalidates: granularity ${input.granularity}, flags ${input.flags}, archid ${hex(BigInt(input.archid))}`,
    errno: stack.vmOf(input.device).vmm.ioctl(input.device, VFIO_IOMMU_CACHE_INVALIDATE, invalidation(input)),
  }),
};

export const ioctlVerb: StackVerb<'ioctl'> = {
  name: 'ioctl',
  doc: "The VMM makes any call with any bytes, on the container of a device or on /dev/iommu.",
  execute({ stack }, { device, cmd, bytes }) {
    const user = Uint8Array.from(bytes);
    const errno = stack.vmOf(device).vmm.ioctl(device, cmd, user);
    return ok({ text: `the VMM of ${device}: ioctl ${hex(BigInt(cmd))} with ${bytes.length} bytes`, errno, bytes: user, details: [{ name: 'bytes', value: hexBytes(user) }] });
  },
};

export const hostMapVerb: StackVerb<'host_map'> = {
  name: 'host_map',
  doc: "The VMM maps RAM of its VM for the devices in the host's stage 2.",
  execute({ stack }, { vm, ipa, size }) {
    const { ram, vmm } = stack.vm(vm);
    const range = ramRange({ ipa, size, pa: ram.toPa(ipa) ?? 0n });
    return ok({ text: `the VMM of ${vm} maps IPA ${hex(ipa)}, ${hex(size)} bytes`, errno: vmm.mapRam(range) });
  },
};

export const hostUnmapVerb: StackVerb<'host_unmap'> = {
  name: 'host_unmap',
  doc: "The VMM takes RAM of its VM out of the host's stage 2; whole mappings only.",
  execute: ({ stack }, { vm, ipa, size }) => ok({ text: `the VMM of ${vm} unmaps IPA ${hex(ipa)}, ${hex(size)} bytes`, errno: stack.vm(vm).vmm.unmapRam(ipa, size) }),
};

export const hostCommandVerb: StackVerb<'host_command'> = {
  name: 'host_command',
  doc: "The host's driver writes a command of its own into the physical command queue, with a CMD_SYNC behind it.",
  execute({ stack }, { command, fields }) {
    const shown = Object.entries(fields).map(([name, value]) => ` ${name} ${hex(value)}`);
    return ok({ text: `the host issues ${command}${shown.join(',')}`, errno: stack.host.driver.smmu.cmdq.issueSync(wordsOfCommand(command, fields)) });
  },
};
