import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listLabs, readLab } from '../../src/formats/lab/files.ts';
import { parseLab, PART_NAMES } from '../../src/formats/lab/index.ts';
import type { Documents } from '../../src/formats/lab/index.ts';
import { createRunner } from '../../src/model/lab/index.ts';

const LABS = join(import.meta.dirname, '../../resources/labs');

const samples = listLabs(LABS).map(({ id }): Documents => {
  const lab = readLab(join(LABS, id));
  if (!lab.ok || typeof lab.value.documents === 'string') throw new Error(id);
  return lab.value.documents;
});

/** Words that turn a right document into a wrong one, or into another right one. */
const WORDS = ['0', '-1', '0x', '64M', '0xffffffffffffffff', 'nested', 's1', 'vm0', 'null', '{}', '[]', ':', '- ', '"', '\n', '  ', '4K', 'true', '*a', '&a ', '!!binary ', 'size: 4K'];

const edit = fc.record({ part: fc.constantFrom(...PART_NAMES), at: fc.double({ min: 0, max: 0.999, noNaN: true }), remove: fc.nat(12), insert: fc.constantFrom('', ...WORDS) });

function broken(documents: Documents, edits: readonly { part: (typeof PART_NAMES)[number]; at: number; remove: number; insert: string }[]): Documents {
  const texts = { ...documents };
  for (const { part, at, remove, insert } of edits) {
    const from = Math.floor(at * texts[part].length);
    texts[part] = texts[part].slice(0, from) + insert + texts[part].slice(from + remove);
  }
  return texts;
}

test('broken documents give problems inside the text, or labs that run; nothing throws', () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 3 }), (documents, edits) => {
      const texts = broken(documents, edits);
      const parsed = parseLab(texts);
      for (const { document, line, column, endLine, endColumn, message } of parsed.problems) {
        expect(line >= 1 && column >= 1 && (endLine > line || endColumn > column), `${document}:${line}:${column}-${endLine}:${endColumn} ${message}`).toBe(true);
        expect(line).toBeLessThanOrEqual(texts[document].split('\n').length);
        expect(message).not.toMatch(/^Invalid|undefined|\[object/);
      }
      if (!parsed.ok) {
        refused++;
        expect(parsed.problems.some((problem) => problem.severity === 'error')).toBe(true);
        return;
      }
      const runner = createRunner(parsed.value);
      if (!runner.ok) return;
      runner.value.run();
      runner.value.release();
    }),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(50);
});

const HOST = `vms: [{ name: vm0, vmid: 1, stage2: { map: [{ ipa: 0x80000000, size: 16M }] } }]
devices:
  - { name: nic0, StreamID: 0x10, vm: vm0, Config: nested }
`;
const GUEST = `vm0: { devices: { nic0: { stage1: { map: [{ iova: 0x1000, ipa: 0x80100000, size: 4K }] } } } }
`;
const STACK = `uapi: { kind: iommufd }
vms: [{ name: vm0, ram: [{ ipa: 0x80000000, size: 16M }] }]
devices: [{ name: nic0, StreamID: 0x20, vm: vm0 }]
`;

const host = (text: string): Documents => ({ host: `${HOST}${text}\n`, guest: GUEST, steps: '' });
const guest = (text: string): Documents => ({ host: HOST, guest: `vm0: { devices: { nic0: { ${text} } } }\n`, steps: '' });
const step = (text: string): Documents => ({ host: HOST, guest: GUEST, steps: `- ${text}\n` });
const stackHost = (text: string): Documents => ({ host: `${STACK}${text}\n`, guest: '', steps: '' });
const stackGuest = (text: string): Documents => ({ host: STACK, guest: `vm0: { ${text} }\n`, steps: '' });
const stackStep = (text: string): Documents => ({ host: STACK, guest: '', steps: `- ${text}\n` });

/** One mistake a row, and all that is told of it. */
test.each<[string, Documents, string]>([
  ['an SMMU key', host('smmu: { cache: {} }'), 'host:4:9: unknown key cache; did you mean caches?'],
  ['a preset', host('smmu: { preset: v3.3 }'), 'host:4:17: expected qemu-11, v3.2, minimum; got "v3.3"; did you mean v3.2?'],
  ['a profile', host('smmu: { profile: qemu }'), 'host:4:18: expected arch, qemu-11; got "qemu"'],
  ['a size of a queue', host('smmu: { commandQueue: { log2size: 20 } }'), "host:4:35: expected log2 of the command queue's entries, 0 to 19, such as 7; got 0x14 (20)"],
  ['memory', host('memory: 64M'), 'host:4:9: expected a map with the keys base, size; got "64M"'],
  ['a size in text', host('memory: { size: 64X }'), 'host:4:17: expected a size in bytes, such as 4K, 2M or 0x1000; got "64X"'],
  ['a flag', host('smmu: { ATSCHK: yes }'), 'host:4:17: expected true or false (or 1 or 0); got "yes"'],
  ['a title', host('title: [a]'), 'host:4:1: expected text; got a list'],
  ['an ID field of a later version', host('smmu: { features: { S1PI: 1 } }'), 'host:4:21: IDR3.S1PI came with SMMUv3.4, and the newest SMMU here is SMMUv3.2, where its bits are RES0: leave it out'],
  ['an ID field of what is not modelled', host('smmu: { features: { BTM: 1 } }'), 'host:4:26: IDR0.BTM: broadcast TLB invalidations are not modelled'],
  ['AArch32 tables', host('smmu: { features: { TTF: 3 } }'), 'host:4:26: IDR0.TTF: AArch32 tables (bit 0) are not modelled'],
  ['big-endian tables', host('smmu: { features: { TTENDIAN: 3 } }'), 'host:4:31: IDR0.TTENDIAN: tables that are not little-endian only (2) are not modelled'],
  ['MPAM', host('smmu: { features: { MPAM: 1 } }'), 'host:4:27: IDR3.MPAM: memory partitions are not modelled'],
  ['a Secure field of an STE', { ...host(''), host: HOST.replace('Config: nested', 'Config: nested, ste: { S2NSA: 1 }') }, 'host:3:67: STE.S2NSA is of Secure streams, and this SMMU has the Non-secure programming interface alone'],
  ['an MPAM field of an STE', { ...host(''), host: HOST.replace('Config: nested', 'Config: nested, ste: { PARTID: 1 }') }, 'host:3:67: STE.PARTID is of memory partitions (IDR3.MPAM), which are not modelled: leave it out'],
  ['a later field of an STE', { ...host(''), host: HOST.replace('Config: nested', 'Config: nested, ste: { S2DS: 1 }') }, 'host:3:67: STE.S2DS came with SMMUv3.3, and the newest SMMU here is SMMUv3.2, where its bits are RES0: leave it out'],
  ['a later field of stage 2', { ...host(''), host: HOST.replace('map:', 'S2PIE: 1, map:') }, 'host:1:39: STE.S2PIE came with SMMUv3.4, and the newest SMMU here is SMMUv3.2, where its bits are RES0: leave it out'],
  ['a field of stage 2 that follows', { ...host(''), host: HOST.replace('map:', 'S2T0SZ: 24, map:') }, 'host:1:39: STE.S2T0SZ follows from other keys: set ipaBits, or override it with ste of a device'],
  ['broadcast invalidation', host('smmu: { CR2: { PTM: 1 } }'), 'host:4:16: CR2.PTM is of broadcast TLB invalidations (IDR0.BTM), which are not modelled: leave it out and issue CMD_TLBI commands'],
  ['a Secure field of a CD', guest('cd: { NSCFG0: 1 }'), 'guest:1:33: CD.NSCFG0 is of Secure streams, and this SMMU has the Non-secure programming interface alone: leave it out, every access is Non-secure'],
  ['a later field of a CD', guest('cd: { E0PD0: 1 }'), 'guest:1:33: CD.E0PD0 came with SMMUv3.3, and the newest SMMU here is SMMUv3.2, where its bits are RES0: leave it out'],
  ['a field of a CD', guest('cd: { T0SX: 25 }'), 'guest:1:33: CD has no field T0SX; did you mean T0SZ?'],
  ['a value of a field', guest('cd: { T0SZ: 64 }'), 'guest:1:39: CD.T0SZ does not fit into 6 bits: 0x40'],
  ['a key of a CD', guest('stages1: {}'), 'guest:1:27: unknown key stages1; did you mean stage1?'],
  ['a granule', guest('stage1: { granule: 8K }'), 'guest:1:46: expected 4K, 16K, 64K; got "8K"; did you mean 4K?'],
  ['a Secure field in a step', step('cd: { device: nic0, set: { NSCFG1: 1 } }'), 'steps:1:30: CD.NSCFG1 is of Secure streams'],
  ['a step without its input', step('dma:'), 'steps:1:3: expected a map with the keys device, iova'],
  ['a missing key', step('dma: { device: nic0, access: read }'), 'steps:1:3: iova is missing'],
  ['an access', step('dma: { device: nic0, iova: 0, access: raed }'), 'steps:1:41: expected read, write, execute; got "raed"; did you mean read?'],
  ['an event', step('dma: { device: nic0, iova: 0, access: read, expect: { event: F_TRANSLATON } }'), 'did you mean F_TRANSLATION?'],
  ['something behind sync', step('sync: 1'), 'steps:1:9: expected nothing behind the verb; got 1'],
  ['bytes that are a number', step('write: { pa: 0x40000000, bytes: 12 }'), 'steps:1:35: expected bytes as pairs of hex digits, such as "deadbeef"; got 12 (quote bytes that look like a number)'],
  ['what a command cannot have', step('command: { CMD_SYNC: { opcode: 0x46 } }'), 'steps:1:26: CMD_SYNC has no field opcode'],
  ['a SubstreamID of a whole inspection', step('inspect: { caches: true, ssid: 1 }'), 'steps:1:34: only a CD and stage1 are of a SubstreamID; walk has an ssid of its own'],
  ['an expectation of the layout', step('inspect: { layout: true, expect: { structure: 1 } }'), 'steps:1:38: unknown key structure; did you mean structures?'],
  ['a uAPI', { ...stackHost(''), host: STACK.replace('iommufd', 'iommu') }, 'host:1:15: expected vfio-v16, iommufd; got "iommu"'],
  ['as with iommufd', { ...stackHost(''), host: STACK.replace('iommufd', 'iommufd, as: posted') }, 'host:1:24: as is for kind vfio-v16'],
  ['a VMM', stackHost('vmm: qemu'), 'host:4:6: expected qemu-v10, ideal; got "qemu"'],
  ['a key of the kernel', stackHost('kernel: { pagesize: 4K }'), 'host:4:11: unknown key pagesize; did you mean pageSize?'],
  ['a driver', stackGuest('driver: { invalidation: eager }'), 'guest:1:32: expected strict, lazy, passthrough; got "eager"'],
  ['a step of a stack lab', stackStep('unmapp: {}'), 'steps:1:3: unknown key unmapp; did you mean unmap?'],
  ['an errno', stackStep('flush: { device: nic0, expect: { errno: EINVL } }'), 'steps:1:43: expected 0 or the name of an error, such as EINVAL; got "EINVL"; did you mean EINVAL?'],
  ['a command that is expected', stackStep('flush: { device: nic0, expect: { commands: [CMD_TLBI_NH_AL] } }'), 'steps:1:47: there is no CMD_TLBI_NH_AL; did you mean CMD_TLBI_NH_ALL?'],
  ['a uAPI of a step', stackStep('{ flush: { device: nic0 }, only: [iommufs] }'), 'did you mean iommufd?'],
  ['a member of a call', stackStep('IOMMU_DESTROY: { device: nic0, id: 0x100000000 }'), 'steps:1:38: id: expected a number of 32 bits; got 4294967296'],
])('%s is refused where it stands', (_, documents, message) => {
  const { ok, problems } = parseLab(documents);
  expect(ok).toBe(false);
  expect(problems.map((one) => `${one.document}:${one.line}:${one.column}: ${one.message}`).join('\n')).toContain(message);
});
