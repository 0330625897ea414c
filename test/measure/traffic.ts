/** A lab of as much traffic as is wanted: each step is 10,000 reads of one page, which the TLB answers: some 40,000 trace records. */
import type { Documents } from '../../src/protocol/contract.ts';

const HOST = `
title: Traffic
uapi: { kind: iommufd }
vmm: ideal
memory: { base: 0x40000000, size: 256M }
vms:
  - { name: vm0, ram: [{ ipa: 0x80000000, size: 16M }] }
devices:
  - { name: nic0, StreamID: 0x20, vm: vm0, vSID: 0x8 }
`;

export const traffic = (steps: number): Documents => ({
  host: HOST,
  guest: 'vm0:\n  driver: { rangeInvalidation: true, hitless: false, invalidation: strict }\n',
  steps: [
    '- map: { device: nic0, iova: 0x10000000, ipa: 0x80100000, size: 4K }\n',
    '- dma: { device: nic0, iova: 0x20000000, access: read, length: 4 }\n',
    ...Array.from({ length: steps }, () => '- dma: { device: nic0, iova: 0x10000000, access: read, length: 64, repeat: 10000 }\n'),
  ].join(''),
});
