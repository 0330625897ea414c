import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { parseLab } from '../../src/formats/lab/index.ts';
import { readLab } from '../../src/formats/lab/files.ts';
import { createRunner, structureAt, withUapi } from '../../src/model/lab/index.ts';
import type { Runner, StepResult } from '../../src/model/lab/index.ts';
import { REGISTERS } from '../../src/model/spec/index.ts';
import { decodeRecord, KIND } from '../../src/model/trace/record.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';

const open: Runner[] = [];
afterEach(() => open.splice(0).forEach((runner) => runner.release()));

function build(text: string, recorder: Recorder | null = null): Runner {
  const parsed = parseLab(text);
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => `${problem.line}: ${problem.message}`).join('\n'));
  const runner = createRunner(parsed.value, { recorder });
  if (!runner.ok) throw new Error(runner.error.message);
  open.push(runner.value);
  return runner.value;
}

const run = (text: string): readonly StepResult[] => build(text).run();

const only = (results: readonly StepResult[]) => results.map((step) => step.expectation.message || step.expectation.state);

const NESTED = `host:
  memory: { base: 0x40000000, size: 128M }
  vms: [ { name: vm0, vmid: 1, stage2: { ipaBits: 40, map: [ { ipa: 0x80000000, size: 16M } ] } } ]
  devices: [ { name: nic0, StreamID: 0x10, vm: vm0, Config: nested } ]
guest:
  vm0: { devices: { nic0: { tables: 0x80000000, stage1: { map: [ { iova: 0x10000, ipa: 0x80100000, size: 64K } ] } } } }
steps:
`;

test('registers are programmed in the order of the architecture', () => {
  const trace = new TraceBuffer();
  build(NESTED, new Recorder(trace));
  const names = new Map([...REGISTERS.values()].map((register) => [register.offset, register.id]));
  const log: string[] = [];
  for (let i = 0; i < trace.count; i++) {
    const record = decodeRecord(trace.taken(), i * 16);
    if (record.kind === 'REG_WRITE') log.push(`${names.get(Number(record.address)) ?? '?'}${names.get(Number(record.address)) === 'CR0' ? ` ${record.payload[0]}` : ''}`);
    if (record.kind === 'COMMAND') log.push(`command 0x${(record.payload[0]! & 0xff).toString(16)}`);
  }
  const before = (a: string, b: string): void => expect(log.indexOf(a), `${a} before ${b}: ${log.join(', ')}`).toBeLessThan(log.indexOf(b));
  expect(log[0]).toBe('CR0 0');
  before('STRTAB_BASE', 'CR0 8');
  before('CMDQ_BASE', 'CR0 8');
  before('CR0 8', 'command 0x4');
  before('command 0x4', 'command 0x30');
  before('EVENTQ_BASE', 'CR0 12');
  before('CR0 12', 'CR0 13');
  expect(log.at(-1)).toBe('CR0 13');
  expect(KIND.MEM_WRITE).toBe(13);
});

test('a two-level stream table, bypass, abort, stage 1 only and stage 2 only', () => {
  const results = run(`host:
  smmu: { streamTable: { format: two-level, log2size: 16, split: 6 } }
  memory: { base: 0x40000000, size: 128M }
  vms: [ { name: vm0, vmid: 1, stage2: { granule: 16K, map: [ { ipa: 0x80000000, pa: 0x42000000, size: 1M } ] } } ]
  devices:
    - { name: s2, StreamID: 0x1001, vm: vm0, Config: s2 }
    - { name: s1, StreamID: 0x2002, Config: s1, cd: { ASID: 9 }, stage1: { granule: 64K, vaBits: 42, map: [ { iova: 0x10000, pa: 0x43000000, size: 64K } ] } }
    - { name: through, StreamID: 0x3003, Config: bypass }
    - { name: none, StreamID: 0x3004, Config: abort }
steps:
  - dma: { device: s2, iova: 0x80004123, access: read, expect: { status: success, pa: 0x42004123, pageSize: 16K } }
  - dma: { device: s2, iova: 0x80100000, access: read, expect: { status: fault, event: F_TRANSLATION, stage: 2, class: IN, ipa: 0x80100000 } }
  - dma: { device: s1, iova: 0x1f00d, access: write, data: "77", expect: { status: success, pa: 0x4300f00d } }
  - read: { pa: 0x4300f00d, length: 4, expect: { bytes: "77777777" } }
  - dma: { device: through, iova: 0x43001000, access: read, expect: { status: bypass, pa: 0x43001000 } }
  - dma: { device: none, iova: 0, access: read, expect: { status: abort, event: "C_BAD_STE" } }
  - inspect: { STE: s1, expect: { Config: S1, S1DSS: 2 } }
  - inspect: { CD: s1, expect: { ASID: 9, TG0: 64K } }
`);
  expect(only(results)).toEqual([...Array<string>(5).fill('as expected'), 'event: expected C_BAD_STE, got none', 'as expected', 'as expected']);
});

test('the layout says whose each structure is', () => {
  const runner = build(NESTED);
  const structures = runner.machine.structures();
  const kinds = new Map(structures.map((one) => [one.kind, one.owner]));
  expect(Object.fromEntries(kinds)).toMatchObject({
    'stream-table': 'host',
    'command-queue': 'host',
    'event-queue': 'host',
    'stage-2-table': 'host',
    'stage-1-table': 'guest',
    'context-descriptor': 'guest',
    'vm-ram': 'guest',
  });
  const cd = structures.find((one) => one.kind === 'context-descriptor');
  expect(cd).toMatchObject({ address: 0x8000_0000n, vm: 'vm0', device: 'nic0' });
  expect(structureAt(structures, (cd?.pa ?? 0n) + 8n)).toBe(cd);
  const placed = structures.filter((one) => one.kind !== 'vm-ram');
  for (const [i, one] of placed.entries()) {
    const next = placed[i + 1];
    if (next !== undefined) expect((one.pa ?? 0n) + one.size <= (next.pa ?? 0n), `${one.kind} and ${next.kind}`).toBe(true);
  }
});

test('resume without a STAG is of the oldest stall of its own device', () => {
  const results = run(`host:
  memory: { base: 0x40000000, size: 128M }
  vms: [ { name: vm0, vmid: 1, stage2: { ipaBits: 40, map: [ { ipa: 0x80000000, size: 16M } ] } } ]
  devices: [ { name: nic0, StreamID: 0x10, vm: vm0, Config: s2, stalls: true }, { name: nic1, StreamID: 0x11, vm: vm0, Config: s2, stalls: true } ]
steps:
  - dma: { device: nic0, iova: 0x1000, access: read, expect: { status: stalled } }
  - dma: { device: nic1, iova: 0x1000, access: read, expect: { status: stalled } }
  - resume: { device: nic1, answer: abort, expect: { status: fault, response: abort } }
  - inspect: { stalled: true, expect: { entries: 1 } }
`);
  expect(only(results)).toEqual(Array<string>(4).fill('as expected'));
});

test('updates, stale hits and misuse that were not expected are told', () => {
  const results = run(`${NESTED}
  - dma: { device: nic0, iova: 0x10000, access: read, expect: { updates: 1 } }
  - unmap: { device: nic0, iova: 0x10000, size: 4K }
  - dma: { device: nic0, iova: 0x10000, access: read, expect: { stale: [] } }
  - register: { name: CMDQ_BASE, value: 0 }
  - expect: { misuse: [] }
`);
  const told = only(results);
  expect(told[0]).toBe('updates: expected 1, got 0');
  expect(told[2]).toMatch(/^stale: expected nothing, got .*CMD_TLBI_NH_VA/);
  expect(told[4]).toBe('misuse: expected none, got guarded-register');
});

test('wasted commands are asserted by what is told of them, since the last such step', () => {
  const wide = 'command: { CMD_TLBI_NSNH_ALL: {} }';
  const results = run(`${NESTED}
  - dma: { device: nic0, iova: 0x10000, access: read, length: 0x4000 }
  - unmap: { device: nic0, iova: 0x10000, size: 4K }
  - ${wide}
  - sync:
  - expect: { wasted: ["wide: CMD_TLBI_NSNH_ALL"] }
  - expect: { wasted: ["wide: CMD_TLBI_NSNH_ALL"] }
  - dma: { device: nic0, iova: 0x11000, access: read, length: 0x4000 }
  - unmap: { device: nic0, iova: 0x11000, size: 4K }
  - ${wide}
  - sync:
  - expect: { wasted: ["missed: "] }
  - dma: { device: nic0, iova: 0x12000, access: read, length: 0x4000 }
  - unmap: { device: nic0, iova: 0x12000, size: 4K }
  - ${wide}
  - sync:
  - expect: { wasted: [], misuse: [] }
`);
  const told = results.flatMap(({ verb, expectation }) => (verb === 'expect' ? [expectation.message] : []));
  expect(told[0]).toBe('as expected');
  expect(told[1]).toBe('wasted: expected "wide: CMD_TLBI_NSNH_ALL", got none');
  expect(told[2]).toMatch(/^wasted: expected "missed: ", got "wide: CMD_TLBI_NSNH_ALL removed /);
  expect(told[3]).toMatch(/^wasted: expected none, got "wide: CMD_TLBI_NSNH_ALL removed /);
});

test('a CMD_SYNC of another queue completes nothing (3.5.6) [register.IDR1.ECMDQ]', () => {
  const lab = NESTED.replace('host:', 'host:\n  smmu: { features: { ECMDQ: 1 } }');
  const early = (sync: string): string[] => run(`${lab}
  - dma: { device: nic0, iova: 0x10000, access: read }
  - unmap: { device: nic0, iova: 0x10000, size: 4K }
  - command: { CMD_TLBI_NH_VA: { VMID: vm0, ASID: 1, Address: 0x10000, Leaf: 1 }, queue: 0 }
  - ${sync}
  - dma: { device: nic0, iova: 0x10000, access: read }
  - expect: { misuse: [] }
`).flatMap(({ verb, expectation }) => (verb === 'expect' ? [expectation.message] : []));
  expect(early('command: { CMD_SYNC: {} }')).toEqual(['misuse: expected none, got unsynced-invalidation']);
  expect(early('command: { CMD_SYNC: {}, queue: 0 }')).toEqual(['as expected']);
});

test('in a lab of the whole stack misuse and wasted commands are asserted of the physical SMMU', () => {
  const lab = readLab(join(import.meta.dirname, '../../resources/labs/cfgi-cd-dropped'));
  if (!lab.ok) throw new Error(lab.error.message);
  const { documents } = lab.value;
  if (typeof documents === 'string') throw new Error('the lab has three documents');
  const parsed = parseLab({ ...documents, steps: documents.steps.replace('misuse: [live-cd-changed], wasted: []', 'misuse: [], wasted: ["wide: "]') });
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  const runner = createRunner(withUapi(parsed.value, 'vfio-v16-posted'));
  if (!runner.ok) throw new Error(runner.error.message);
  open.push(runner.value);
  const told = runner.value.run().flatMap(({ verb, expectation }) => (verb === 'expect' ? [expectation.message] : []));
  expect(told[0]).toBe('misuse: expected none, got live-cd-changed; wasted: expected "wide: ", got none');
});

test('a failed expectation says what differed', () => {
  const results = run(`${NESTED}
  - dma: { device: nic0, iova: 0x10000, access: read, expect: { status: fault, event: F_ACCESS, stage: 1 } }
  - dma: { device: nic0, iova: 0x30000, access: read, expect: { status: success, data: "00" } }
  - read: { vm: vm0, ipa: 0x80100000, length: 2, expect: { bytes: "ffff" } }
  - register: { name: CR0, expect: { value: 1 } }
  - command: { CMD_CFGI_VMS_PIDM: { VMID: vm0 } }
  - command: { CMD_CFGI_VMS_PIDM: { VMID: vm0 }, expect: { error: CERROR_ILL } }
  - sync:
`);
  expect(only(results)).toEqual([
    'status: expected fault, F_ACCESS, got success, PA 0x40300000, 4 bytes',
    'status: expected success, got fault, F_TRANSLATION',
    'bytes: expected ffff, got 0000',
    'CR0: expected 0x1, got 0xd',
    'error: expected none, got CERROR_ILL',
    'as expected',
    'none',
  ]);
});

test('a step that cannot be done is an error with its place, and the run goes on', () => {
  const runner = build(`${NESTED}
  - unmap: { vm: vm0, ipa: 0x80000000, size: 4K }
  - write: { vm: vm0, ipa: 0x80000000, bytes: "00" }
  - cd: { device: nic0, set: { ASID: 1 } }
  - unmap: { vm: vm0, ipa: 0x80000000, size: 4K }
  - note: still here
`);
  const results = runner.run();
  expect(results.map((step) => step.error?.code ?? 'done')).toEqual(['done', 'not-mapped', 'not-mapped', 'not-mapped', 'done']);
  expect(results[1]?.error).toMatchObject({ at: { path: 'steps[1]' }, message: 'IPA 0x80000000 of vm0 cannot be reached: no memory is mapped there' });
  expect(runner.summary()).toMatchObject({ met: 0, failed: 3 });
});

test('edits of STE and CD act once the caches let go', () => {
  const results = run(`${NESTED}
  - dma: { device: nic0, iova: 0x10000, access: read, expect: { status: success } }
  - ste: { device: nic0, set: { V: 0 } }
  - dma: { device: nic0, iova: 0x10000, access: read, expect: { status: success } }
  - command: { CMD_CFGI_STE: { StreamID: nic0, Leaf: 1 } }
  - sync:
  - dma: { device: nic0, iova: 0x10000, access: read, expect: { status: fault, event: C_BAD_STE } }
  - ste: { device: nic0, set: { V: 1 } }
  - cd: { device: nic0, set: { T0SZ: 63 } }
  - command: { CMD_CFGI_STE: { StreamID: nic0, Leaf: 1 } }
  - sync:
  - dma: { device: nic0, iova: 0x10000, access: read, expect: { status: fault, event: C_BAD_CD, rule: cd.t0sz } }
  - inspect: { CD: nic0, expect: { T0SZ: 63 } }
  - inspect: { events: true, expect: { entries: 2 } }
`);
  expect(only(results).filter((text) => text !== 'none')).toEqual(Array(6).fill('as expected'));
  expect(results[10]?.dma?.why).toMatch(/C_BAD_CD for 0x10000: .*T0SZ.*63/);
});

test('reset brings back the start, stepping ends with null', () => {
  const runner = build(`${NESTED}
  - write: { vm: vm0, ipa: 0x80100000, bytes: "aa" }
  - dma: { device: nic0, iova: 0x10000, access: read, length: 1, expect: { data: "aa" } }
`);
  expect(runner.step()?.index).toBe(0);
  expect(runner.position).toBe(1);
  expect(runner.run()).toHaveLength(1);
  expect(runner.step()).toBeNull();
  runner.reset();
  expect([runner.position, runner.length]).toEqual([0, 2]);
  runner.step();
  expect(runner.step()?.expectation.state).toBe('met');
});

test('what only building finds has the path of the document that asked for it', () => {
  const parsed = parseLab(`host:
  memory: { base: 0x40000000, size: 4M }
  vms: [ { name: vm0, vmid: 1, stage2: { map: [ { ipa: 0x80000000, size: 3M, block: 4K } ] } } ]
  devices: [ { name: nic0, StreamID: 1, vm: vm0, Config: nested } ]
guest:
  vm0: { devices: { nic0: { stage1: { map: [ { iova: 0x10000000, ipa: 0x88000000, size: 2G, block: 4K } ] } } } }
`);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  const runner = createRunner(parsed.value);
  expect(runner).toMatchObject({ ok: false, error: { code: 'memory-full', at: { path: 'guest.vm0.devices.nic0' } } });
});

test.each(['qemu-11', 'v3.2', 'minimum', 'mmu-600', 'fvp'])('a lab of the SMMU %s needs no sizes: they fit its features', (preset) => {
  const results = run(`host:
  smmu: { preset: ${preset} }
  memory: { base: 0x40000000, size: 32M }
  vms: [ { name: vm0, vmid: 1, stage2: { map: [ { ipa: 0x80000000, pa: 0x41000000, size: 4M } ] } } ]
  devices: [ { name: nic0, StreamID: 3, vm: vm0, Config: nested } ]
guest:
  vm0: { devices: { nic0: { stage1: { map: [ { iova: 0x10000, ipa: 0x80100000, size: 64K } ] } } } }
steps:
  - dma: { device: nic0, iova: 0x1f008, access: write, expect: { status: success, pa: 0x4110f008 } }
  - dma: { device: nic0, iova: 0x20000, access: write, expect: { status: fault, event: F_TRANSLATION, stage: 1 } }
  - inspect: { events: true, expect: { entries: 1 } }
`);
  expect(only(results)).toEqual(['as expected', 'as expected', 'as expected']);
});

const GRANULES = ['4K', '16K', '64K'] as const;
const VA_BITS = [32, 39, 42, 48] as const;
const IPA_BITS = [36, 40, 44] as const;
const BYTES = { '4K': 0x1000n, '16K': 0x4000n, '64K': 0x1_0000n } as const;

/** A piece of a stage-1 map in pages of the guest's granule: where, onto what, how many. */
const piece = fc.record({ at: fc.nat(15), onto: fc.nat(40), pages: fc.integer({ min: 1, max: 20 }) });

test('the engine translates what the builder maps, for every granule over every other', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...GRANULES),
      fc.constantFrom(...GRANULES),
      fc.constantFrom(...VA_BITS),
      fc.constantFrom(...IPA_BITS),
      fc.boolean(),
      fc.array(piece, { minLength: 1, maxLength: 4 }),
      (s1, s2, vaBits, ipaBits, upper, pieces) => {
        const base = upper ? (1n << 64n) - (1n << BigInt(vaBits)) : 0n;
        const entries = pieces.map(({ at, onto, pages }) => ({
          iova: base + BigInt(at) * 0x200_0000n,
          ipa: 0x8000_0000n + BigInt(onto) * 0x20_0000n,
          size: BigInt(pages) * BYTES[s1],
        }));
        const unique = entries.filter((entry, i) => entries.findIndex((other) => other.iova === entry.iova) === i);
        const map = unique.map(({ iova, ipa, size }) => `{ iova: ${iova}, ipa: ${ipa}, size: ${size} }`).join(', ');
        const runner = build(`host:
  memory: { base: 0x40000000, size: 256M }
  vms: [ { name: vm0, vmid: 1, stage2: { granule: ${s2}, ipaBits: ${ipaBits}, map: [ { ipa: 0x80000000, pa: 0x44000000, size: 96M } ] } } ]
  devices: [ { name: nic0, StreamID: 1, vm: vm0, Config: nested } ]
guest:
  vm0: { devices: { nic0: { stage1: { granule: ${s1}, vaBits: ${vaBits}, map: [ ${map} ] } } } }
`);
        for (const { iova, ipa, size } of unique) {
          for (const offset of [0n, size / 2n, size - 1n]) {
            const outcome = runner.machine.smmu.translate({ sid: 1, iova: iova + offset, access: 'read' });
            expect([outcome.status, outcome.pa]).toEqual(['success', ipa + offset - 0x8000_0000n + 0x4400_0000n]);
          }
          const behind = runner.machine.smmu.translate({ sid: 1, iova: iova + size, access: 'read' });
          expect(behind.fault).toMatchObject({ name: 'F_TRANSLATION', stage: 1 });
        }
        open.splice(0).forEach((one) => one.release());
      },
    ),
    { numRuns: 60 },
  );
});
