/** Schema of the host's part of a stack lab: the uAPI, the kernel, VMs with their RAM, devices that are passed to them. */
import { z } from 'zod';
import { memory, smmuKeys } from '../host-schema.ts';
import { choice, list, object } from '../objects.ts';
import { address, count, flag, name, size } from '../scalars.ts';

const ram = object({ ipa: address('IPA'), size, pa: address('PA').optional(), poisoned: flag.default(false) });

const vm = object({
  name,
  ram: list(ram).default([{ ipa: 0x8000_0000n, size: 16n << 20n, poisoned: false }]),
  containers: choice('per-device', 'shared').default('per-device'),
});

const device = object({
  name,
  StreamID: count('a StreamID', 0, 0xffff_ffff, 0x10),
  vm: name,
  // Without it, 8 for the first device of the VM, 16 for the second: BDFs 00:01.0, 00:02.0.
  vSID: count('a StreamID of the guest', 0, 0xffff, 8).optional(),
  canWbs: flag.default(true),
  plugged: flag.default(true),
  ats: flag.default(false),
  hardwareMsi: object({ base: address('PA'), size }).optional(),
});

/** The host's part of a stack lab: what has a `uapi`. */
export const stackHostSchema = object({
  title: z.string({ error: 'expected text' }).default('Untitled lab'),
  uapi: object({ kind: choice('vfio-v16', 'iommufd'), as: choice('posted', 'intended').optional() }),
  vmm: choice('qemu-v10', 'ideal').default('qemu-v10'),
  kernel: object({
    vhe: flag.default(false),
    pageSize: choice('4K', '16K', '64K').default('4K'),
    disableBypass: flag.default(true),
  }).prefault({}),
  smmu: object(smmuKeys('qemu-11')).prefault({}),
  memory,
  vms: list(vm).default([]),
  devices: list(device).default([]),
});

export type StackHostDocument = z.output<typeof stackHostSchema>;
