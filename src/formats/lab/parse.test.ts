import { expect, test } from 'vitest';
import { locate, parseLab } from './parse.ts';
import type { Documents, Problem } from './problem.ts';

const HOST = `title: T
vms:
  - { name: vm0, vmid: 1, stage2: { map: [ { ipa: 0x80000000, size: 16M } ] } }
devices:
  - { name: nic0, StreamID: 0x10, vm: vm0, Config: nested }
`;
const GUEST = `vm0:
  devices:
    nic0: { tables: 0x80000000, stage1: { map: [ { iova: 0x1000, ipa: 0x80100000, size: 4K } ] } }
`;
const STEPS = `- dma: { device: nic0, iova: 0x1000, access: read }
`;

const lab = (parts: Partial<Documents> = {}): Documents => ({ host: HOST, guest: GUEST, steps: STEPS, ...parts });

const problemsOf = (parts: Partial<Documents>): readonly Problem[] => parseLab(lab(parts)).problems;

/** The text that a problem marks. */
function marked(parts: Partial<Documents>, problem: Problem): string {
  const line = lab(parts)[problem.document].split('\n')[problem.line - 1] ?? '';
  return line.slice(problem.column - 1, problem.line === problem.endLine ? problem.endColumn - 1 : undefined);
}

/** Edits one document by replacing a piece of it. */
const host = (from: string, to: string): Partial<Documents> => ({ host: HOST.replace(from, to) });
const guest = (from: string, to: string): Partial<Documents> => ({ guest: GUEST.replace(from, to) });
const steps = (text: string): Partial<Documents> => ({ steps: text });

test('a lab that is right becomes data with its defaults', () => {
  const parsed = parseLab(lab());
  expect(parsed.problems).toEqual([]);
  if (!parsed.ok) throw new Error('parsed');
  const { host: data, guests, steps: done } = parsed.value;
  expect(data.smmu).toMatchObject({ preset: 'v3.2', streamTable: { format: 'linear', log2size: 8 }, caches: { tlb: 256 } });
  expect(data.memory).toEqual([{ base: 0x4000_0000n, size: 256n << 20n }]);
  expect(data.vms[0]?.stage2).toMatchObject({ granule: '4K', ipaBits: 40, startLevel: 1, fields: {} });
  expect(data.vms[0]?.stage2.map[0]).toMatchObject({ ipa: 0x8000_0000n, pa: null, access: 'rw', execute: 'both', memory: 'normal', AF: true, block: null });
  expect(guests[0]?.devices[0]?.context.stage1.map[0]).toMatchObject({ iova: 0x1000n, output: 0x8010_0000n, nG: true, privileged: false });
  expect(done).toEqual([{ verb: 'dma', input: { device: 'nic0', iova: 0x1000n, access: 'read', length: 4, privileged: false, ssid: null, data: [], expect: null } }]);
});

test('one text with three keys gives the same data', () => {
  const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');
  const one = `host:\n${indent(HOST)}guest:\n${indent(GUEST)}steps:\n${indent(STEPS)}`;
  expect(parseLab(one)).toEqual(parseLab(lab()));
});

test('fields take names of values, flags and numbers', () => {
  const parsed = parseLab(lab({ ...host('Config: nested', 'Config: nested, ste: { EATS: full, MEV: true, S2VMID: 7 }'), ...guest('tables:', 'cd: { TG0: 16K, ASID: 0x20, TBI0: 1 }, tables:') }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.value.host.devices[0]?.ste).toEqual({ EATS: 1n, MEV: 1n, S2VMID: 7n });
  expect(parsed.value.guests[0]?.devices[0]?.context.cd).toEqual({ TG0: 2n, ASID: 0x20n, TBI0: 1n });
});

test.each<[string, Partial<Documents>, string, string, string]>([
  ['a mistyped key', host('vmid: 1', 'vmdi: 1'), 'unknown-key', 'vmdi', 'unknown key vmdi; did you mean vmid?'],
  ['a missing key', host('StreamID: 0x10, ', ''), 'missing-key', '{ name: nic0, vm: vm0, Config: nested }', 'StreamID is missing'],
  ['a size with a wrong unit', host('size: 16M', 'size: 16Q'), 'bad-value', '16Q', 'expected a size in bytes, such as 4K, 2M or 0x1000; got "16Q"'],
  ['a mistyped word', host('Config: nested', 'Config: nestd'), 'bad-value', 'nestd', 'expected nested, s1, s2, bypass, abort; got "nestd"; did you mean nested?'],
  ['an unknown preset', host('title: T', 'smmu: { preset: v3.3 }'), 'bad-value', 'v3.3', 'expected qemu-11, v3.2, minimum, mmu-600, fvp; got "v3.3"; did you mean v3.2?'],
  ['a mistyped feature', host('title: T', 'smmu: { features: { HTUT: 2 } }'), 'unknown-key', 'HTUT', 'unknown key HTUT; did you mean HTTU?'],
  ['a feature without the one it needs', host('title: T', 'smmu: { preset: qemu-11, features: { PRI: 1 } }'), 'unsupported', '1', 'IDR0: PRI is 1 without ATS, where it is RES0 (IHI 0070 6.3.1)'],
  ['a feature that the version demands', host('title: T', 'smmu: { features: { Hyp: 0 } }'), 'unsupported', '0', 'IDR0: Hyp is 0; from v3.2 on an SMMU with both stages has EL2 contexts (IHI 0070 6.3.1)'],
  ['a feature that is not modelled', host('title: T', 'smmu: { features: { MPAM: 1 } }'), 'unsupported', '1', 'IDR3.MPAM: memory partitions are not modelled'],
  ['a feature that does not fit', host('title: T', 'smmu: { features: { HTTU: 4 } }'), 'bad-value', '4', 'IDR0.HTTU does not fit into 2 bits'],
  ['a mistyped choice', host('title: T', 'smmu: { choices: { GBPA.rest: abort } }'), 'unknown-key', 'GBPA.rest', 'unknown key GBPA.rest; did you mean GBPA.reset?'],
  ['a mistyped alternative', host('title: T', 'smmu: { choices: { GBPA.reset: abrot } }'), 'bad-value', 'abrot', 'expected bypass, abort; got "abrot"; did you mean abort?'],
  ['an unknown field', host('Config: nested', 'Config: nested, ste: { S2VMDI: 1 }'), 'unknown-field', 'S2VMDI', 'STE has no field S2VMDI; did you mean S2VMID?'],
  ['a field that does not fit', guest('tables:', 'cd: { ASID: 0x10000 }, tables:'), 'bad-value', '0x10000', 'CD.ASID does not fit into 16 bits: 0x10000'],
  ['a list for a map', host('stage2: { map: [ { ipa: 0x80000000, size: 16M } ] }', 'stage2: []'), 'bad-value', 'stage2', 'expected a map with the keys granule, ipaBits'],
  ['a device without its VM', host('vm: vm0', 'vm: vm1'), 'unknown-vm', 'vm1', 'there is no VM vm1; host.vms has vm0'],
  ['a StreamID outside the stream table', host('0x10', '0x100'), 'out-of-range', '0x100', 'StreamID 0x100 lies outside the stream table of 2^8 entries (smmu.streamTable.log2size)'],
  ['a nested device without VM', host(', vm: vm0', ''), 'missing-key', 'nested', 'Config nested needs the VM whose stage 2 is used: add vm'],
  ['a VM that is not used', host('Config: nested', 'Config: bypass'), 'unused', 'vm0', 'Config bypass uses no stage 2: remove vm, or use Config nested or s2'],
  ['an IPA beyond ipaBits', host('0x80000000', '0x10000000000'), 'out-of-range', '0x10000000000', 'IPA 0x10000000000 to 0x10000ffffff does not fit into 40 bits (ipaBits)'],
  ['a PA outside memory', host('size: 16M', 'pa: 0x4f800000, size: 16M'), 'outside-memory', '0x4f800000', 'PA 0x4f800000 to 0x507fffff is not all inside host.memory'],
  ['a misaligned IPA', host('0x80000000', '0x80000800'), 'misaligned', '0x80000800', 'ipa 0x80000800 is not a multiple of 0x1000, which the 4K granule needs'],
  ['a leaf that the granule lacks', host('size: 16M', 'size: 16M, block: 64K'), 'bad-block', '64K', 'the 4K granule has leaves of 1G, 2M, 4K; got 64K'],
  ['overlapping maps', host('[ {', '[ { ipa: 0x80f00000, size: 2M }, {'), 'overlap', '0x80000000', 'IPA 0x80000000 overlaps entry 0 of the map (0x80f00000 to 0x810fffff)'],
  ['too little memory', host('size: 16M', 'size: 1G'), 'memory-full', '1G', 'memory has no free 0x40000000 bytes for vm0 at IPA 0x80000000; enlarge host.memory or shrink the map'],
  ['an IPA size without start level', host('map:', 'ipaBits: 60, map:'), 'out-of-range', '60', 'IPAs of this SMMU have 16 to 52 bits (64 - S2T0SZ; IDR5.OAS); got 60'],
  ['a start level that does not fit', host('map:', 'startLevel: 2, map:'), 'out-of-range', '2', 'with 40 bits and the 4K granule, stage 2 can start at level 1 or 0; got 2'],
  ['a granule that the SMMU lacks', { host: `smmu: { preset: minimum }\n${HOST.replace('stage2: {', 'stage2: { granule: 64K,')}` }, 'unsupported', '64K', 'this SMMU has no 64K granule (IDR5); it has 4K'],
  ['a cache that is no power of two', host('title: T', 'smmu: { caches: { tlb: 24 } }'), 'bad-value', '24', 'a cache has a power of two of entries, or 0 for none; got 24'],
  ['a VMID too wide', { host: `smmu: { preset: minimum }\n${HOST.replace('vmid: 1', 'vmid: 0x100')}` }, 'out-of-range', '0x100', 'VMIDs of this SMMU have 8 bits (IDR0.VMID16); got 0x100'],
  ['two devices of one name', host('devices:', 'devices:\n  - { name: nic0, StreamID: 1, Config: abort }'), 'duplicate', 'nic0', 'the name nic0 is already that of entry 0'],
  ['two devices of one StreamID', host('devices:', 'devices:\n  - { name: x, StreamID: 16, Config: abort }'), 'duplicate', '0x10', 'StreamID 16 is already that of entry 0'],
  ['a guest of no VM', guest('vm0:', 'vm1:'), 'unknown-vm', 'vm1', 'there is no VM vm1; did you mean vm0?'],
  ['a guest device of no host device', guest('nic0:', 'nic1:'), 'unknown-device', 'nic1', 'vm0 has no device nic1; did you mean nic0?'],
  ['tables where the host maps nothing', guest('tables: 0x80000000', 'tables: 0x90000000'), 'unmapped-ipa', '0x90000000', 'tables at IPA 0x90000000: the host maps no memory there, so the guest cannot write them'],
  ['an IOVA in neither half', guest('0x1000,', '0x1000000000000,'), 'out-of-range', '0x1000000000000', 'IOVA 0x1000000000000 to 0x1000000000fff lies neither below 0x1000000000000 (TTB0) nor from 0xffff000000000000 up (TTB1): vaBits is 48'],
  ['SubstreamID 0 among the substreams', guest('tables:', 'substreams: { 0: {} }, tables:'), 'bad-value', '0', 'SubstreamID 0 and accesses without one use the cd and stage1 of the device itself'],
  ['a SubstreamID beyond the table of CDs', guest('tables:', 'cdTable: { log2size: 2 }, substreams: { 5: {} }, tables:'), 'out-of-range', '5', 'no place for SubstreamID 5'],
  ['substreams on an SMMU without them', { ...host('title: T', 'smmu: { preset: qemu-11 }'), ...guest('tables:', 'cdTable: {}, tables:') }, 'unsupported', 'cdTable', 'this SMMU has no SubstreamIDs (IDR1.SSIDSIZE 0)'],
  ['a map for a SubstreamID without a CD', steps('- map: { device: nic0, ssid: 3, iova: 0, ipa: 0x80000000, size: 4K }'), 'unknown-substream', '3', 'nic0 has no CD for SubstreamID 3; it has no substreams'],
  ['a device that stalls where none can', { host: HOST.replace('title: T', 'smmu: { preset: qemu-11 }').replace('Config: nested', 'stalls: true, Config: nested') }, 'unsupported', 'true', 'this SMMU only terminates (IDR0.STALL_MODEL 1)'],
  ['a STAG that is none', steps('- resume: { device: nic0, stag: newest }'), 'bad-value', 'newest', 'expected a STAG, 0 to 0xffff, or oldest; got "newest"'],
  ['an unknown verb', steps('- dam: {}'), 'unknown-key', 'dam', 'unknown key dam; did you mean dma?'],
  ['a step with two verbs', steps('- { sync: , note: x }'), 'bad-form', '{ sync: , note: x }', 'a step is one verb and its input; got note and sync'],
  ['a step of an unknown device', steps('- dma: { device: nic1, iova: 0, access: read }'), 'unknown-device', 'nic1', 'there is no device nic1; did you mean nic0?'],
  ['a mistyped command', steps('- command: { CMD_TLBI_NH_AV: {} }'), 'unknown-key', 'CMD_TLBI_NH_AV', 'unknown key CMD_TLBI_NH_AV; did you mean CMD_TLBI_NH_VA?'],
  ['a mistyped field of a command', steps('- command: { CMD_CFGI_STE: { StreamId: nic0 } }'), 'unknown-field', 'StreamId', 'CMD_CFGI_STE has no field StreamId; did you mean StreamID?'],
  ['a write outside memory', steps('- write: { pa: 0x1000, bytes: "00" }'), 'outside-memory', '0x1000', 'PA 0x1000 to 0x1000 lies outside host.memory'],
  ['a map of both stages', steps('- map: { vm: vm0, ipa: 0, iova: 0, size: 4K }'), 'bad-form', 'map', 'stage 2 takes vm and ipa (and pa); stage 1 takes device, iova and ipa (pa when the host owns it)'],
  ['a register that does not exist', steps('- register: { name: CRO, value: 0 }'), 'bad-value', 'CRO', 'did you mean CR0?'],
  ['a register value too wide', steps('- register: { name: CR0, value: 0x100000000 }'), 'out-of-range', '0x100000000', 'CR0 has 32 bits; got 0x100000000'],
  ['a stage-1 map without reading', guest('size: 4K', 'size: 4K, access: wo'), 'bad-value', 'wo', 'expected rw, ro; got "wo"'],
])('%s is an error at its token', (_name, parts, code, token, message) => {
  const problems = problemsOf(parts);
  const found = problems.find((problem) => problem.code === code);
  expect(problems.map((problem) => `${problem.code}: ${problem.message}`).join('\n')).toContain(message);
  expect(found && marked(parts, found)).toBe(token);
  expect(found?.severity).toBe('error');
});

test('what faults at run time is a warning, and the lab still runs', () => {
  const parsed = parseLab(lab(guest('0x80100000', '0xa0000000')));
  expect(parsed.ok).toBe(true);
  expect(parsed.problems).toMatchObject([{ severity: 'warning', code: 'unmapped-ipa', document: 'guest', line: 3 }]);
});

test('enhanced command queues before v3.3 are a warning where they are asked for', () => {
  const asked = host('title: T', 'smmu: { features: { ECMDQ: 1 } }');
  const problems = problemsOf(asked);
  expect(marked(asked, problems[0]!)).toBe('1');
  expect(problems).toMatchObject([{ severity: 'warning', code: 'later-version', message: 'IDR1.ECMDQ: enhanced command queues are of SMMUv3.3; here they are an option of v3.2 (IHI 0070 3.5.6)' }]);
  expect(problemsOf(host('title: T', 'smmu: { features: { ATOS: 0, VATOS: 0 } }'))).toEqual([]);
});

test('two VMs of one VMID is a warning at the second', () => {
  const twins = host('vms:', 'vms:\n  - { name: vm1, vmid: 1, stage2: { map: [] } }');
  const problem = problemsOf(twins).find(({ code }) => code === 'shared-vmid');
  expect(problem).toMatchObject({ severity: 'warning', line: 4, message: 'vm0 has the VMID of vm1: their TLB entries are one another\'s' });
});

test('every unknown key of a map is reported, in reading order', () => {
  const problems = problemsOf(host('title: T', 'titel: T\nmemroy: {}'));
  expect(problems.map(({ code, line, message }) => [code, line, message])).toEqual([
    ['unknown-key', 1, 'unknown key titel; did you mean title?'],
    ['unknown-key', 2, 'unknown key memroy; did you mean memory?'],
  ]);
});

test('empty documents', () => {
  expect(problemsOf({ host: '' })).toMatchObject([{ document: 'host', code: 'bad-value', line: 1, message: 'the host document is empty' }]);
  expect(parseLab({ host: 'title: T', guest: '', steps: '' }).ok).toBe(true);
});

test('names of devices and VMs stand for their numbers in commands', () => {
  const parsed = parseLab(lab(steps('- command: { CMD_CFGI_CD: { StreamID: nic0, Leaf: true } }\n- command: { CMD_TLBI_NH_ALL: { VMID: vm0 } }')));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.value.steps.map((step) => step.input)).toEqual([
    { queue: null, acknowledge: true, command: 'CMD_CFGI_CD', fields: { StreamID: 0x10n, Leaf: 1n }, expect: null },
    { queue: null, acknowledge: true, command: 'CMD_TLBI_NH_ALL', fields: { VMID: 1n }, expect: null },
  ]);
});

test('a path of a run-time error is located in the documents', () => {
  expect(locate(lab(), 'host.vms[0].stage2.map[0].size')).toMatchObject({ document: 'host', line: 3, column: 69 });
  expect(locate(lab(), 'guest.vm0.devices.nic0.tables')).toMatchObject({ document: 'guest', line: 3 });
  expect(locate(lab(), 'steps[0]')).toMatchObject({ document: 'steps', line: 1 });
  expect(locate(lab(), 'nowhere')).toBeNull();
});

test.each([
  ['caches: { tlb: 2 }', 'the TLB has 4 ways: 0 for none, or a power of two of at least 4 entries; got 2'],
  ['registers: { IDR0: 0x08cf369f }', 'IDR0.TTF: AArch32 tables (bit 0) are not modelled; IDR0 is 0x8cf369f'],
  ['registers: { IDR0: 0x088f369b }', 'IDR0.TTENDIAN: tables that are not little-endian only (2) are not modelled; IDR0 is 0x88f369b'],
  ['registers: { IDR0: 0x08cf36bb }', 'IDR0.BTM: broadcast TLB invalidations are not modelled; IDR0 is 0x8cf36bb'],
])('an SMMU with %s is refused', (smmu, message) => {
  const parsed = parseLab(`host:\n  smmu: { ${smmu} }\n`);
  expect(parsed.ok).toBe(false);
  expect(parsed.problems.map((problem) => `${problem.line}: ${problem.message}`)).toContain(`2: ${message}`);
});
