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

/** Devices that ask for translations and for pages. */
const ATS = `${HOST}  - { name: nvme0, StreamID: 0x18, vm: vm0, Config: nested, ats: {} }
  - { name: gpu0, StreamID: 0x20, vm: vm0, Config: nested, ats: { pri: {} } }
`;
const atsStep = (text: string): Documents => ({ host: ATS, guest: GUEST.replace('nic0:', 'nvme0: {}, gpu0: {}, nic0:'), steps: `- ${text}\n` });

/** One mistake a row, and all that is told of it. */
test.each<[string, Documents, string]>([
  ['an SMMU key', host('smmu: { cache: {} }'), 'host:4:9: unknown key cache; did you mean caches?'],
  ['a preset', host('smmu: { preset: v3.3 }'), 'host:4:17: expected qemu-11, v3.2, minimum, mmu-600, fvp; got "v3.3"; did you mean v3.2?'],
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
  ['a translation request of a device without ATS', atsStep('ats: { device: nic0, iova: 0x1000 }'), 'steps:1:18: nic0 uses no ATS: give it ats: {} in host.devices'],
  ['a translation request of no device', atsStep('ats: { device: nvme1, iova: 0x1000 }'), 'steps:1:18: there is no device nvme1; did you mean nvme0?'],
  ['a translation request of nothing', atsStep('ats: { device: nvme0 }'), 'steps:1:3: iova is missing'],
  ['a key of a translation request', atsStep('ats: { device: nvme0, iova: 0x1000, nowrite: true }'), 'steps:1:39: unknown key nowrite; did you mean noWrite?'],
  ['a completion', atsStep('ats: { device: nvme0, iova: 0x1000, expect: { completion: sucess } }'), 'steps:1:61: expected success, UR, CA; got "sucess"; did you mean success?'],
  ['the space of a completion', atsStep('ats: { device: nvme0, iova: 0x1000, expect: { space: va } }'), 'steps:1:56: expected pa, ipa; got "va"; did you mean pa?'],
  ['a SubstreamID of 21 bits', atsStep('ats: { device: nvme0, iova: 0x1000, ssid: 0x100000 }'), 'steps:1:45: expected a SubstreamID, 0 to 0xfffff, such as 1; got 0x100000 (1048576)'],
  ['an event behind a completion', atsStep('ats: { device: nvme0, iova: 0x1000, expect: { event: F_TRANSLATE } }'), 'steps:1:56: expected F_UUT, C_BAD_STREAMID, F_STE_FETCH, C_BAD_STE, F_BAD_ATS_TREQ, F_STREAM_DISABLED, ... (19 names); got "F_TRANSLATE"; did you mean F_TRANSLATION?'],
  ['a page request of a device without PRI', atsStep('pri: { device: nvme0, iova: 0x1000 }'), 'steps:1:18: nvme0 makes no page requests: give it ats: { pri: {} } in host.devices'],
  ['a group of page requests', atsStep('pri: { device: gpu0, iova: 0x1000, group: 512 }'), 'steps:1:45: expected a PRGIndex, 0 to 511, such as 1; got 0x200 (512)'],
  ['what becomes of a page request', atsStep('pri: { device: gpu0, iova: 0x1000, expect: { result: queue } }'), 'steps:1:56: expected queued, discarded, no-credit, stopped; got "queue"; did you mean queued?'],
  ['the response of a page request', atsStep('pri: { device: gpu0, iova: 0x1000, expect: { response: ok } }'), 'steps:1:58: expected none, success, invalid, failure; got "ok"'],
  ['a flag of a page request', atsStep('pri: { device: gpu0, iova: 0x1000, last: maybe }'), 'steps:1:44: expected true or false (or 1 or 0); got "maybe"'],
  ['an operation without an address', atsStep('atos: { device: nic0, access: read }'), 'steps:1:3: address is missing'],
  ['an IOVA in place of an address', atsStep('atos: { device: nic0, address: 0, iova: 0x1000 }'), 'steps:1:37: unknown key iova; expected one of device, address, stages, access, privileged, ssid, httu, vatos, expect'],
  ['the stages of an operation', atsStep('atos: { device: nic0, address: 0x1000, stages: stage2 }'), 'steps:1:50: expected stage-1, stage-2, both; got "stage2"; did you mean stage-2?'],
  ['the VM of a VATOS page', atsStep('atos: { device: nic0, address: 0x1000, vatos: vm1 }'), 'steps:1:49: there is no VM vm1; did you mean vm0?'],
  ['the reason of an operation', atsStep('atos: { device: nic0, address: 0x1000, expect: { reason: stage1 } }'), 'steps:1:60: expected stage-1, CD, TT, IN; got "stage1"; did you mean stage-1?'],
  ['a STAG', atsStep('resume: { device: nic0, stag: newest }'), 'steps:1:33: expected a STAG, 0 to 0xffff, or oldest; got "newest"'],
  ['a STAG of 17 bits', atsStep('resume: { device: nic0, stag: 0x10000 }'), 'steps:1:33: expected a STAG, 0 to 0xffff, or oldest; got 65536'],
  ['an answer to a stall', atsStep('resume: { device: nic0, answer: redo }'), 'steps:1:35: expected retry, abort, raz-wi; got "redo"'],
  ['a stalled device', atsStep('resume: { device: nic1 }'), 'steps:1:21: there is no device nic1; did you mean nic0?'],
  ['what a stall comes to', atsStep('resume: { device: nic0, expect: { status: stall } }'), 'steps:1:45: expected success, fault, bypass, abort, stalled; got "stall"'],
  ['a STAG with CMD_STALL_TERM', atsStep('stall_term: { device: nic0, stag: 1 }'), 'steps:1:31: unknown key stag; expected one of device'],
  ['an enhanced command queue', atsStep('command: { CMD_SYNC: {}, queue: 70000 }'), 'steps:1:35: expected an enhanced command queue, 0 to 65535, such as 1; got 0x11170 (70000)'],
  ['an enhanced command queue by a name', atsStep('command: { CMD_SYNC: {}, queue: first }'), 'steps:1:35: expected an enhanced command queue, 0 to 65535, such as 1; got "first"'],
  ['an enhanced command queue of an SMMU that has none', atsStep('command: { CMD_SYNC: {}, queue: 0 }'), 'steps:1:35: this SMMU has no enhanced command queues (IDR1.ECMDQ): their registers are RES0'],
  ['an enhanced command queue beyond those of IDR6', { ...atsStep('command: { CMD_SYNC: {}, queue: 2 }'), host: `${ATS}smmu: { features: { ECMDQ: 1, CMDQ_CONTROL_PAGE_LOG2NUMQ: 1 } }\n` }, 'steps:1:35: this SMMU has 2 enhanced command queues, from 0 (IDR6); there is no 2'],
  ['ATS on an SMMU without it', host('  - { name: nvme0, StreamID: 0x18, vm: vm0, Config: nested, ats: {} }\nsmmu: { features: { ATS: 0, PRI: 0, PPS: 0 } }'), 'host:4:61: this SMMU has no ATS (IDR0.ATS)'],
  ['page requests on an SMMU without PRI', host('  - { name: gpu0, StreamID: 0x18, vm: vm0, Config: nested, ats: { pri: {} } }\nsmmu: { features: { PRI: 0, PPS: 0 } }'), 'host:4:67: this SMMU has no PRI (IDR0.PRI)'],
  ['split-stage ATS on an SMMU without it', host('  - { name: nvme0, StreamID: 0x18, vm: vm0, Config: nested, ats: { mode: split } }\nsmmu: { features: { NS1ATS: 1 } }'), 'host:4:74: this SMMU has no split-stage ATS (IDR0.NS1ATS)'],
  ['split-stage ATS of one stage', host('  - { name: nvme0, StreamID: 0x18, vm: vm0, Config: s2, ats: { mode: split } }'), 'host:4:70: split-stage ATS needs both stages; Config is s2'],
  ['a device with ATS that stalls', host('  - { name: nvme0, StreamID: 0x18, vm: vm0, Config: nested, stalls: true, ats: {} }'), 'host:4:75: a device that uses ATS must not stall: STE.EATS and S2S exclude one another (IHI 0070 5.2)'],
  ['how ATS is used', host('  - { name: nvme0, StreamID: 0x18, vm: vm0, Config: nested, ats: { mode: stage-1 } }'), 'host:4:74: expected full, split; got "stage-1"'],
  ['entries of an ATC', host('  - { name: nvme0, StreamID: 0x18, vm: vm0, Config: nested, ats: { entries: some } }'), 'host:4:77: expected '],
  ['credits of page requests', host('  - { name: gpu0, StreamID: 0x18, vm: vm0, Config: nested, ats: { pri: { credits: many } } }'), 'host:4:83: expected '],
  ['the ATC of a device without ATS', atsStep('inspect: { atc: nic0 }'), 'steps:1:19: nic0 uses no ATS: give it ats: {} in host.devices'],
  ['the page requests of a device without PRI', atsStep('inspect: { pri: nvme0 }'), 'steps:1:19: nvme0 makes no page requests: give it ats: { pri: {} } in host.devices'],
  ['whether an error is acknowledged', atsStep('command: { CMD_SYNC: {}, acknowledge: later }'), 'steps:1:41: expected true or false (or 1 or 0); got "later"'],
  ['a command of none', atsStep('command: { queue: 0 }'), 'steps:1:3: a command step names one command, such as CMD_SYNC: {}; got none'],
  ['two commands', atsStep('command: { CMD_SYNC: {}, CMD_CFGI_STE: {} }'), 'steps:1:3: a command step names one command, such as CMD_SYNC: {}; got CMD_CFGI_STE and CMD_SYNC'],
  ['a kind of misuse', atsStep('expect: { misuse: [guarded] }'), 'steps:1:22: expected unaligned-access, split-access, reserved-register, read-only-register, guarded-register, update-missing, ... (22 names); got "guarded"'],
  ['a verb of another kind of lab', atsStep('flush: { device: nic0 }'), 'steps:1:3: flush is a verb of labs of the whole stack, whose host has a uapi'],
  ['a region', stackStep('region_read: { device: nic0, region: FAULT }'), 'steps:1:40: expected DMA_FAULT, DMA_FAULT_RESPONSE; got "FAULT"'],
  ['a region of no device', stackStep('region_read: { device: nic1 }'), 'steps:1:26: there is no device nic1; did you mean nic0?'],
  ['a position before a region', stackStep('region_read: { device: nic0, position: -1 }'), 'steps:1:42: expected a position in the region, 0 to 0x100000, such as 4096; got -1'],
  ['nothing of a region', stackStep('region_read: { device: nic0, length: 0 }'), 'steps:1:40: expected a length in bytes, 1 to 0x100000, such as 4; got 0x0 (0)'],
  ['bytes of a read', stackStep('region_read: { device: nic0, bytes: "00" }'), 'steps:1:32: unknown key bytes; expected one of device, region, position, length, expect'],
  ['a write of nothing', stackStep('region_write: { device: nic0 }'), 'steps:1:3: bytes is missing'],
  ['half a byte', stackStep('region_write: { device: nic0, bytes: "0" }'), 'steps:1:40: expected bytes as pairs of hex digits, such as "deadbeef"; got "0"'],
  ['a key of a write', stackStep('region_write: { device: nic0, bytes: "00", maped: true }'), 'steps:1:46: unknown key maped; did you mean mapped?'],
  ['the errno of a write', stackStep('region_write: { device: nic0, bytes: "00", expect: { errno: 22 } }'), 'steps:1:63: expected 0 or the name of an error, such as EINVAL; got 22'],
  ['a file without a descriptor', stackStep('file_read: { vm: vm0 }'), 'steps:1:3: fd is missing'],
  ['a file of no VM', stackStep('file_read: { vm: vm1, fd: 4 }'), 'steps:1:20: there is no VM vm1; did you mean vm0?'],
  ['a file of a device', stackStep('file_read: { vm: vm0, device: nic0, fd: 4 }'), 'steps:1:25: unknown key device; expected one of vm, fd, length, expect'],
  ['a descriptor by a name', stackStep('file_read: { vm: vm0, fd: four }'), 'steps:1:29: expected a descriptor, 0 to 0xffffffff, such as 4; got "four"'],
  ['too much of a file', stackStep('file_read: { vm: vm0, fd: 4, length: 2M }'), 'steps:1:40: expected a length in bytes, 1 to 0x100000, such as 4; got 0x200000 (2097152)'],
  ['bytes of a file', stackStep('file_write: { vm: vm0, fd: 4 }'), 'steps:1:3: bytes is missing'],
  ['bytes of a file that are a number', stackStep('file_write: { vm: vm0, fd: 4, bytes: 11 }'), 'steps:1:40: expected bytes as pairs of hex digits, such as "deadbeef"; got 11 (quote bytes that look like a number)'],
  ['a call without a number', stackStep('ioctl: { device: nic0, bytes: "00" }'), 'steps:1:3: cmd is missing'],
  ['a call by a name', stackStep('ioctl: { device: nic0, cmd: VFIO_IOMMU_MAP_DMA, bytes: "00" }'), 'steps:1:31: expected the number of an ioctl, 0 to 0xffffffff, such as 15222; got "VFIO_IOMMU_MAP_DMA"'],
  ['bytes of a call', stackStep('ioctl: { device: nic0, cmd: 0x3b76, bytes: "1g" }'), 'steps:1:46: expected bytes as pairs of hex digits, such as "deadbeef"; got "1g"'],
  ['what a call leaves', stackStep('ioctl: { device: nic0, cmd: 0x3b76, bytes: "00", expect: { bytes: zz } }'), 'steps:1:69: expected bytes as pairs of hex digits, such as "deadbeef"; got "zz"'],
  ['a code of a page response', stackStep('page_response: { device: nic0, code: RETRY }'), 'steps:1:40: expected SUCCESS, INVALID, FAILURE; got "RETRY"'],
  ['a cookie', stackStep('page_response: { device: nic0, fd: 4, cookie: -1 }'), 'steps:1:49: expected a cookie, 0 to 0xffffffff, such as 1; got -1'],
  ['a PASID of 21 bits', stackStep('page_response: { device: nic0, pasid: 0x100000 }'), 'steps:1:41: expected a PASID, 0 to 0xfffff, such as 1; got 0x100000 (1048576)'],
  ['a verb of tables by hand', stackStep('atos: { device: nic0, address: 0 }'), 'steps:1:3: atos is a verb of labs with tables by hand, whose host has no uapi: here kernels and devices do it where they would'],
  ['a queue of a guest', stackStep('command: { vm: vm0, CMD_SYNC: {}, queue: 1 }'), 'steps:1:37: unknown key queue; expected one of vm, CMD_PREFETCH_CONFIG, CMD_PREFETCH_ADDR, CMD_CFGI_STE, CMD_CFGI_STE_RANGE, CMD_CFGI_CD, ... (36 names)'],
  ['the queues of a device', stackStep('inspect: { guestQueues: nic0 }'), 'steps:1:27: there is no VM nic0; host.vms has vm0'],
  ['the queues of something', stackStep('inspect: { queues: nic0 }'), 'steps:1:22: expected true, or nothing; got "nic0"'],
])('%s is refused where it stands', (_, documents, message) => {
  const { ok, problems } = parseLab(documents);
  expect(ok).toBe(false);
  expect(problems.map((one) => `${one.document}:${one.line}:${one.column}: ${one.message}`).join('\n')).toContain(message);
});
