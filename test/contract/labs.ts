/** Small labs for the contract: what the sample labs say is theirs to change. */
import type { Documents } from '../../src/protocol/contract.ts';

const HOST = `
title: Contract
smmu: { preset: v3.2, streamTable: { format: linear, log2size: 8 } }
memory: { base: 0x40000000, size: 256M }
vms:
  - name: vm0
    vmid: 1
    stage2: { granule: 4K, ipaBits: 44, map: [ { ipa: 0x80000000, size: 64M } ] }
devices:
  - { name: nic0, StreamID: 0x10, vm: vm0, Config: nested }
`;

const GUEST = `
vm0:
  devices:
    nic0:
      cd: { ASID: 5 }
      stage1:
        granule: 4K
        vaBits: 48
        map:
          - { iova: 0x10000000, ipa: 0x80200000, size: 16M, block: 4K }
          - { iova: 0x30000000, ipa: 0xa0000000, size: 4K }
`;

/** One translation, then one fault at stage 2; the last expectation is wrong on purpose. */
export const SMALL: Documents = {
  host: HOST,
  guest: GUEST,
  steps: `
- note: A note.
- dma: { device: nic0, iova: 0x10000123, access: read, length: 4, expect: { status: success } }
- dma: { device: nic0, iova: 0x30000010, access: write, length: 8, expect: { status: fault, event: F_TRANSLATION, stage: 2 } }
- dma: { device: nic0, iova: 0x10000123, access: read, length: 4, expect: { status: fault } }
`,
};

/** The host breaks the STE, then mends it; the guest's CD is broken next. Each time the SMMU is told. */
export const ILLEGAL: Documents = {
  host: HOST,
  guest: GUEST,
  steps: `
- ste: { device: nic0, set: { S2T0SZ: 12 } }
- command: { CMD_CFGI_STE: { StreamID: nic0, Leaf: 1 } }
- dma: { device: nic0, iova: 0x10000123, access: read, length: 4 }
- ste: { device: nic0, set: { S2T0SZ: 20 } }
- cd: { device: nic0, set: { T0SZ: 50 } }
- command: { CMD_CFGI_STE: { StreamID: nic0, Leaf: 1 } }
- dma: { device: nic0, iova: 0x10000123, access: read, length: 4 }
- command: { CMD_TLBI_NH_VA: { VMID: 1, ASID: 5, Address: 0x10000000, Leaf: 1 } }
`,
};

/** Each step is `pages` transactions: long enough to be stopped, and more trace than the ring holds. */
export const long = (steps: number, pages: number): Documents => ({
  host: HOST,
  guest: GUEST,
  steps: `- dma: { device: nic0, iova: 0x10000000, access: read, length: ${pages * 4096} }\n`.repeat(steps),
});

/** A run that goes on for longer than a test looks at it. Its steps are as long as a step may be, since all of them are parsed first. */
export const LASTING = { steps: 1200, pages: 256, documents: long(1200, 256) } as const;

/** The whole stack: a map, an unmap, a fault of stage 1 that reaches the guest, and one of stage 2 that does not. */
export const STACK: Documents = {
  host: `
title: Stack
uapi: { kind: vfio-v16, as: intended }
vmm: qemu-v10
memory: { base: 0x40000000, size: 256M }
vms:
  - { name: vm0, ram: [{ ipa: 0x80000000, size: 32M }] }
devices:
  - { name: nic0, StreamID: 0x20, vm: vm0, vSID: 0x8 }
`,
  guest: `
vm0:
  driver: { rangeInvalidation: true, hitless: false, invalidation: strict }
  rmr: true
`,
  steps: `
- map: { device: nic0, iova: 0x10000000, ipa: 0x80100000, size: 4K }
- dma: { device: nic0, iova: 0x10000040, access: read, length: 4 }
- unmap: { device: nic0, iova: 0x10000000, size: 4K }
- dma: { device: nic0, iova: 0x10000040, access: read, length: 4 }
- map: { device: nic0, iova: 0x20000000, ipa: 0xf0000000, size: 4K }
- dma: { device: nic0, iova: 0x20000000, access: write, length: 4, data: "01020304" }
`,
};
