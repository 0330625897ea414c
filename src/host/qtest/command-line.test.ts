import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

/** What libqtest passes, but for the test's own arguments. */
const LIBQTEST =
  '-qtest unix:/tmp/a.sock -qtest-log /dev/null -chardev socket,path=/tmp/a.qmp,id=char0 -object monitor-qmp,id=qmp0,chardev=char0 -display none -audio none -run-with exit-with-parent=on';
const VIRT = '-machine virt,acpi=off,gic-version=3,iommu=smmuv3 -smp 1 -m 512 -cpu max -net none';

const parse = (text: string) => parseCommandLine(text.split(' '));
const messageOf = (text: string): string | undefined => {
  const result = parse(text);
  return result.ok ? undefined : result.error.message;
};

describe('parseCommandLine', () => {
  it('takes what libqtest passes and ignores the rest', () => {
    expect(parse(`${LIBQTEST} ${VIRT} -device iommu-testdev -accel qtest`)).toEqual({
      ok: true,
      value: {
        qtest: '/tmp/a.sock',
        qmp: '/tmp/a.qmp',
        machine: { memoryBytes: 512n << 20n, smmu: true, profile: 'arch', devices: [{ model: 'iommu-testdev', multifunction: false }] },
      },
    });
  });

  it.each([
    ['-object monitor-qmp', '-chardev socket,path=/tmp/q,id=c -object monitor-qmp,id=x,chardev=c'],
    ['-mon of older clients', '-chardev socket,path=/tmp/q,id=c -mon chardev=c,mode=control'],
    ['-mon with the id first', '-chardev socket,id=c,path=/tmp/q -mon c,mode=control'],
    ['-qmp', '-qmp unix:/tmp/q'],
  ])('finds the monitor of %s', (_name, monitor) => {
    expect(parse(`-qtest unix:/tmp/a ${monitor} -machine none`)).toEqual({
      ok: true,
      value: { qtest: '/tmp/a', qmp: '/tmp/q', machine: null },
    });
  });

  it('goes without a monitor and without a machine', () => {
    expect(parse('-qtest stdio')).toEqual({ ok: true, value: { qtest: 'stdio', qmp: null, machine: null } });
  });

  it('places devices', () => {
    const line =
      '-qtest stdio -M virt,iommu=none -m size=1G -device pcie-root-port,id=rp0,bus=pcie.0,addr=1f.7,chassis=3,multifunction=on -device edu,bus=rp0,addr=0,dma_mask=0xffffffffffff';
    const result = parse(line);
    expect(result.ok && result.value.machine).toEqual({
      memoryBytes: 1n << 30n,
      smmu: false,
      profile: 'arch',
      devices: [
        { model: 'pcie-root-port', id: 'rp0', bus: 'pcie.0', devfn: 0xff, multifunction: true },
        { model: 'edu', bus: 'rp0', devfn: 0, dmaMask: 0xffff_ffff_ffffn, multifunction: false },
      ],
    });
  });

  it.each([
    ['--profile qemu-11', 'qemu-11'],
    ['-profile arch', 'arch'],
    ['', 'arch'],
  ])('has whose behaviour the SMMU has: %s', (options, profile) => {
    const result = parse(`-qtest stdio ${VIRT} ${options}`);
    expect(result.ok && result.value.machine?.profile).toBe(profile);
  });

  it('refuses a profile that it does not have', () => {
    expect(parse(`-qtest stdio ${VIRT} --profile qemu-9`)).toMatchObject({ ok: false, error: { message: '-profile qemu-9: expected arch or qemu-11' } });
  });

  it('merges several -machine options and takes a doubled comma as one', () => {
    const result = parse('-qtest unix:/tmp/a,,b -machine virt-9.2 -machine iommu=smmuv3');
    expect(result.ok && result.value).toMatchObject({ qtest: '/tmp/a,b', machine: { smmu: true, memoryBytes: 128n << 20n } });
  });

  it.each([
    ['-machine none', '-qtest "": expected unix:PATH'],
    ['-qtest unix:', 'expected unix:PATH'],
    ['-qtest unix:/tmp/a,server=on', 'expected a socket that listens already'],
    ['-qtest stdio -mon chardev=c', 'expected -chardev socket,path=PATH,id=c'],
    ['-qtest stdio -machine q35', '-machine q35: no such machine (expected virt or none)'],
    ['-qtest stdio -machine virt,iommu=vtd', 'expected iommu=smmuv3 or iommu=none'],
    ['-qtest stdio -machine virt -m lots', '-m lots: "lots" is no size (expected for instance 512, 512M or 1G)'],
    ['-qtest stdio -machine virt -m 256G', '-m 256G: expected at most 261376M'],
    ['-qtest stdio -machine virt -device e1000', '-device e1000: no such device (expected iommu-testdev, edu, pcie-root-port)'],
    ['-qtest stdio -machine virt -device edu,addr=20', 'addr=20: expected a slot from 0 to 1f'],
    ['-qtest stdio -machine virt -device edu,addr=1.8', 'addr=1.8: expected a slot from 0 to 1f'],
    ['-qtest stdio -machine virt -device edu,dma_mask=all', 'dma_mask expects a 64-bit number'],
  ])('refuses %s', (line, message) => {
    expect(messageOf(line)).toContain(message);
  });
});
