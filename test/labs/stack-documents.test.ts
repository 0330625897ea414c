/** What a document of a stack lab may say of VMs, RAM, devices and the virtual SMMU, and what it is told when it may not. */
import { expect, test } from 'vitest';
import { parseLab } from '../../src/formats/lab/index.ts';
import { createRunner } from '../../src/model/lab/index.ts';
import { StackBench } from '../../src/model/lab/stack/bench.ts';

const lab = ({ vm = '', device = '', guest = '', steps = '' }) => `host:
  uapi: { kind: iommufd }
  vms: [ { name: vm0, ram: [ { ipa: 0x80000000, size: 16M } ${vm} ] } ]
  devices: [ { name: nic0, StreamID: 0x20, vm: vm0 ${device} } ]
guest:
  vm0: { rmr: true ${guest} }
steps:
  - note: start
${steps}`;

const problems = (text: string): string[] => parseLab(text).problems.map(({ line, message }) => `${line}: ${message}`);

test.each<[string, Parameters<typeof lab>[0], string]>([
  ['a virtual SMMU that cannot be', { guest: ', vsmmu: { IDR5: { GRAN4K: 0, GRAN16K: 0, GRAN64K: 0 } }' }, '6: IDR5: no granule is implemented (IHI 0070 6.3.6)'],
  ...([
    ['IDR0', 'BTM', '1', 'IDR0.BTM: broadcast TLB invalidations are not modelled'],
    ['IDR0', 'TTF', '3', 'IDR0.TTF: AArch32 tables (bit 0) are not modelled'],
    ['IDR0', 'ATOS', '1', 'IDR0.ATOS: address translation operations of a virtual SMMU are not modelled'],
    ['IDR0', 'MSI', '1', 'IDR0.MSI: MSIs of a virtual SMMU are not modelled'],
    ['IDR0', 'PRI', '1, ATS: 1', 'IDR0.PRI: page requests to a virtual SMMU are not modelled'],
    ['IDR1', 'ECMDQ', '1', 'IDR1.ECMDQ: enhanced command queues of a virtual SMMU are not modelled'],
    ['IDR1', 'QUEUES_PRESET', '1', 'IDR1.QUEUES_PRESET: queues at fixed addresses are not modelled'],
    ['IDR3', 'MPAM', '1', 'IDR3.MPAM: memory partitions are not modelled'],
    ['IDR5', 'DS', '1', 'IDR5.DS came with SMMUv3.3'],
  ] as const).map(([register, field, value, message]): [string, Parameters<typeof lab>[0], string] => [`a virtual SMMU with ${register}.${field}`, { guest: `, vsmmu: { ${register}: { ${field}: ${value} } }` }, `6: ${message}`]),
  ['a field that is none', { guest: ', vsmmu: { IDR1: { ATTR_TYPES_OVER: 1 } }' }, '6: IDR1 has no field ATTR_TYPES_OVER; did you mean ATTR_TYPES_OVR?'],
  ['poisoned RAM with a place', { vm: ', { ipa: 0xa0000000, size: 2M, pa: 0x42000000, poisoned: true }' }, '3: poisoned RAM lies where nothing answers: it has no pa'],
  ['a VM without a device', { device: ', plugged: false' }, '3: no device in host.devices is passed to vm0 from the start: its VMM has no file to ask'],
  ['a divergence that is none', { steps: '  - { dma: { device: nic0, iova: 0, access: read }, diverges: [payloads] }' }, 'got "payloads"; did you mean payload?'],
])('%s', (_, parts, message) => expect(problems(lab(parts)).join('\n')).toContain(message));

test('the RAM that holds the kernel cannot be poisoned', () => {
  expect(problems(lab({}).replace('size: 16M', 'size: 16M, poisoned: true'))).toEqual(["3: the first RAM holds the guest's kernel and cannot be poisoned"]);
});

test('the virtual SMMU promises what the document says', () => {
  const parsed = parseLab(lab({ guest: ', vsmmu: { IDR1: { ATTR_TYPES_OVR: 1, SIDSIZE: 8 } }' }));
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  expect(parsed.value.stack!.data.vms[0]!.vsmmu.IDR1).toBe(((19 << 21) | (19 << 16) | (1 << 27) | 8) >>> 0);
});

test('a device that is not plugged in can be looked at and do DMA; the rest needs a guest that has it', () => {
  const two = lab({ device: '}, { name: nic1, StreamID: 0x28, vm: vm0, plugged: false' });
  const parsed = parseLab(`${two}  - inspect: { STE: nic1, expect: { fields: { Config: abort } } }
  - dma: { device: nic1, iova: 0, access: read, expect: { status: abort } }
  - map: { device: nic1, iova: 0x1000, ipa: 0x80000000, size: 4K }
  - inspect: { CD: nic1 }
  - plug: { device: nic0 }
  - plug: { device: nic1, expect: { errno: 0 } }
  - plug: { device: nic1 }
  - map: { device: nic1, iova: 0x1000, ipa: 0x80000000, size: 4K, expect: { errno: 0 } }
`);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  const runner = createRunner(parsed.value);
  if (!runner.ok) throw new Error(runner.error.message);
  const results = runner.value.run().map(({ error, expectation }) => error?.code ?? expectation.state);
  runner.value.release();
  expect(results).toEqual(['none', 'met', 'met', 'not-plugged', 'not-plugged', 'plugged', 'met', 'plugged', 'met']);
});

/** The messages of what was not met, or the state, step by step. */
function run(text: string): string[] {
  const parsed = parseLab(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  const runner = createRunner(parsed.value);
  if (!runner.ok) throw new Error(runner.error.message);
  const results = runner.value.run().map(({ expectation }) => expectation.message || expectation.state);
  runner.value.release();
  return results;
}

test('a call that fails is told unless its errno was expected; what is expected of one uAPI counts for it', () => {
  const steps = `  - map: { device: nic0, iova: 0x1000, ipa: 0x80000000, size: 4K }
  - map: { device: nic0, iova: 0x1000, ipa: 0x80000000, size: 4K }
  - map: { device: nic0, iova: 0x1000, ipa: 0x80000000, size: 4K, expect: { errno: EINVAL } }
  - { map: { device: nic0, iova: 0x1000, ipa: 0x80000000, size: 4K, expect: { errno: 0, under: { iommufd: { errno: EEXIST } } } } }
`;
  expect(run(lab({ steps }))).toEqual(['none', 'none', 'errno: expected 0, got EEXIST', 'errno: expected EINVAL, got EEXIST', 'as expected']);
});

test('what the kernels and the journal said of a step is let go when the step is done', () => {
  const parsed = parseLab(`${lab({})}  - map: { device: nic0, iova: 0x1000, ipa: 0x80000000, size: 4K }
  - dma: { device: nic0, iova: 0x2000, access: read }
`);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  const runner = createRunner(parsed.value);
  if (!runner.ok) throw new Error(runner.error.message);
  const { machine } = runner.value;
  if (!(machine instanceof StackBench)) throw new Error('not a lab of the whole stack');
  const { journal, host, vms } = machine.stack;
  const kept = () => [journal.records.length, host.log.lines.length, ...[...vms.values()].map(({ kernel }) => kernel.log.lines.length)];
  expect(kept()).toEqual([0, 0, 0]);
  const details = runner.value.run().map((result) => result.details.map(({ name }) => name));
  expect(details[2]).toEqual(expect.arrayContaining(['host-driver', 'guest', "guest's log"]));
  expect(kept()).toEqual([0, 0, 0]);
  runner.value.release();
});
