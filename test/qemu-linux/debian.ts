/** A Debian for arm64 as far as a guest needs it: kernel, busybox, firmware. Kept in .cache between runs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestFiles } from './guest.ts';
import { initramfs } from './initramfs.ts';
import { PackageSource, unpack } from './packages.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '.cache', 'qemu-linux');
const MODULES = ['virtio_pci', 'virtio_blk', 'nvme', 'e1000e', 'virtio_net', 'uio_pci_generic'];

export type Suite = 'release' | 'backports';

/** Downloads what is missing: 60 MiB for each kernel. */
export function debianGuest(suite: Suite, withFirmware: boolean): GuestFiles {
  const release = new PackageSource(join(FOLDER, 'release'), 'arm64', '');
  const source = suite === 'release' ? release : new PackageSource(join(FOLDER, 'backports'), 'arm64', '-backports');
  for (const one of new Set([release, source])) one.update();
  const name = source.dependency('linux-image-arm64');
  const kernel = unpack(source.fetch(name), join(FOLDER, name));
  const busybox = unpack(release.fetch('busybox-static'), join(FOLDER, 'busybox'));
  const boot = join(kernel, 'boot');
  return {
    qemu: process.env['SMMU_LAB_QEMU']!,
    kernel: join(boot, readdirSync(boot).find((file) => file.startsWith('vmlinuz-'))!),
    initrd: initramfs(join(busybox, 'bin', 'busybox'), join(kernel, 'lib', 'modules'), MODULES, join(import.meta.dirname, 'init.sh')),
    firmware: withFirmware ? join(unpack(release.fetch('qemu-efi-aarch64'), join(FOLDER, 'firmware')), 'usr', 'share', 'qemu-efi-aarch64', 'QEMU_EFI.fd') : null,
  };
}
