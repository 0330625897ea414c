/** Schema of the host's part of a stack lab: the uAPI, the kernel, VMs with their RAM, devices that are passed to them. */
import type { z } from 'zod';
import { memory, smmuKeys, title } from '../host-schema.ts';
import { choice, list, object } from '../objects.ts';
import { vmName } from '../names.ts';
import { address, count, flag, name, size } from '../scalars.ts';

const ram = object({
  ipa: address('IPA').describe('where it begins, an IPA'),
  size: size.describe('how much, in bytes'),
  pa: address('PA').optional().describe('where it lies, a PA; without it, in free memory'),
  poisoned: flag.default(false).describe('it lies where nothing answers: accesses abort'),
});

const vm = object({
  name: name.describe('name of the VM'),
  ram: list(ram).default([{ ipa: 0x8000_0000n, size: 16n << 20n, poisoned: false }]).describe("its RAM, without it 16M at 0x8000_0000; the guest's kernel keeps the last 4M of the first"),
  containers: choice('per-device', 'shared').default('per-device').describe('VFIO containers: one for each device as QEMU has it, or one for all, with one configuration and one VMID'),
});

const device = object({
  name: name.describe('name of the device'),
  StreamID: count('a StreamID', 0, 0xffff_ffff, 0x10).describe('what its transactions carry'),
  vm: vmName.describe('the VM that it is passed to'),
  vSID: count('a StreamID of the guest', 0, 0xffff, 8).optional().describe('its StreamID in the guest; without it 8 for the first device of the VM, 16 for the second: BDFs 00:01.0, 00:02.0'),
  canWbs: flag.default(true).describe('its accesses are always coherent'),
  plugged: flag.default(true).describe('false: the VM starts without it, and the verb plug adds it'),
  canStall: flag.default(false).describe('firmware says that it may stall: host and guest let it, where SMMU and virtual SMMU can'),
  ats: flag.default(false).describe('it uses ATS: the driver sets EATS where it may, and the device asks for translations'),
  hardwareMsi: object({ base: address('PA').describe('where the doorbell lies, a PA'), size: size.describe('how much, in bytes') }).optional().describe('a doorbell whose writes bypass translation'),
});

/** The host's part of a stack lab: what has a `uapi`. */
export const stackHostSchema = object({
  title,
  uapi: object({
    kind: choice('vfio-v16', 'iommufd').describe('the nine patches, or what came of them'),
    as: choice('posted', 'intended').optional().describe('with vfio-v16: what the nine patches do, or were meant to do; without it posted'),
  }).describe('what the VMM calls the kernel with'),
  vmm: choice('qemu-v10', 'ideal').default('qemu-v10').describe('qemu-v10 does what QEMU does; ideal does all that uAPI and architecture allow'),
  kernel: object({
    vhe: flag.default(false).describe('the host runs at EL2 with VHE'),
    pageSize: choice('4K', '16K', '64K').default('4K').describe('size of its pages in bytes'),
    disableBypass: flag.default(true).describe('devices without a domain abort'),
  }).prefault({}).describe("the host's kernel"),
  smmu: object(smmuKeys('qemu-11', '10')).prefault({}).describe('what the SMMU is; the driver sets it up'),
  memory,
  vms: list(vm).default([]).describe('the virtual machines'),
  devices: list(device).default([]).describe('the devices behind the SMMU'),
});

export type StackHostDocument = z.output<typeof stackHostSchema>;
