import { expect, it, vi } from 'vitest';
import { ChosenQemus } from './chosen-qemus.ts';

it('admits the QEMU that the dialog gives, and shows the page its handle and name alone', async () => {
  const admit = vi.fn(() => ({ handle: 'h', name: 'qemu-system-aarch64' }));
  const chosen = { canceled: false, filePaths: ['/opt/qemu/qemu-system-aarch64'] };
  const qemus = new ChosenQemus({ open: async () => chosen, admit });
  expect(await qemus.choose()).toEqual({ handle: 'h', name: 'qemu-system-aarch64' });
  expect(admit).toHaveBeenCalledExactlyOnceWith('/opt/qemu/qemu-system-aarch64');
  chosen.canceled = true;
  expect(await qemus.choose()).toBeNull();
  expect(admit).toHaveBeenCalledOnce();
});
