import type { Mutant } from '../mutant.ts';

const LABS = ['src/formats/lab', 'test/labs', 'src/model/lab'];
const MAP = 'src/formats/lab/check-map.ts';
const HOST = 'src/formats/lab/check-host.ts';
const STAGE1 = 'src/formats/lab/check-stage1.ts';

/** Checks of lab documents, and what the builder makes of them. */
export const labMutants: readonly Mutant[] = [
  {
    id: 'lab-overlap-missed',
    file: MAP,
    text: 'before.base + before.size <= entry.base',
    replacement: 'before.base < entry.base',
    tests: LABS,
    why: 'one map entry would silently replace a part of another',
  },
  {
    id: 'lab-neighbours-overlap',
    file: MAP,
    text: 'before.base + before.size <= entry.base',
    replacement: 'before.base + before.size < entry.base',
    tests: LABS,
    why: 'ranges that touch would be refused',
  },
  {
    id: 'lab-misaligned-accepted',
    file: MAP,
    text: 'value % unit === 0n',
    replacement: 'value % unit >= 0n',
    tests: LABS,
    why: 'a misaligned address would be cut silently',
  },
  {
    id: 'lab-inside-one-extent',
    file: MAP,
    text: 'at = next.base + next.size;',
    replacement: 'at = base + size;',
    tests: LABS,
    why: 'a range that ends behind memory would be taken as inside',
  },
  {
    id: 'lab-iova-range',
    file: STAGE1,
    text: 'end <= half ||',
    replacement: 'end <= half * 2n ||',
    tests: LABS,
    why: 'a mapping that no access can reach would be accepted',
  },
  {
    id: 'lab-upper-half-refused',
    file: STAGE1,
    text: '(entry.iova >= TOP - half && end <= TOP)',
    replacement: '(entry.iova >= TOP && end <= TOP)',
    tests: LABS,
    why: 'maps for TTB1 would be refused',
  },
  {
    id: 'lab-streamid-range',
    file: HOST,
    text: 'device.StreamID >= 2 ** log2size',
    replacement: 'device.StreamID > 2 ** log2size',
    tests: LABS,
    why: 'the first StreamID behind the table would be accepted, and its STE written into foreign memory',
  },
  {
    id: 'lab-cache-size',
    file: HOST,
    text: '(entries & (entries - 1)) !== 0',
    replacement: '(entries & (entries - 1)) < 0',
    tests: LABS,
    why: 'a cache size that the engine asserts against would end as a bug',
  },
  {
    id: 'lab-shared-vmid-unsaid',
    file: HOST,
    text: 'if (twin < index)',
    replacement: 'if (twin > index)',
    tests: LABS,
    why: 'two VMs with one VMID are the classic mistake that a lab should name',
  },
  {
    id: 'lab-ipa-limit',
    file: HOST,
    text: 'entry.ipa + entry.size > 1n << BigInt(stage2.ipaBits)',
    replacement: 'entry.ipa > 1n << BigInt(stage2.ipaBits)',
    tests: LABS,
    why: 'a mapping beyond the IPA size would be built in part',
  },
  {
    id: 'lab-vmid16',
    file: HOST,
    text: 'vm.vmid > 0xff)',
    replacement: 'vm.vmid > 0xffff)',
    tests: LABS,
    why: 'a 16-bit VMID on an SMMU with 8 bits would only show as C_BAD_STE',
  },
];
