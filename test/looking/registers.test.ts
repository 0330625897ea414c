import { afterEach, expect, it } from 'vitest';
import { look } from '../../src/host/engine/looking/index.ts';
import { REGISTERS } from '../../src/model/spec/index.ts';
import { openCaptured, openSample } from './subjects.ts';
import type { Looked } from './subjects.ts';

let looked: Looked;
afterEach(() => looked.release());
const valueOf = (name: string, machine = ''): string | undefined => look(looked.subject, 'registers.list', { machine }).values.find((one) => one.name === name)?.value;

it('lists every register by name, and no record tells of the look', () => {
  looked = openSample('stale-tlb', 2);
  const before = looked.records();
  const { machines, values } = look(looked.subject, 'registers.list', { machine: '' });
  expect(machines).toEqual([{ id: '', title: 'the SMMU' }]);
  expect(values.map(({ name }) => name)).toEqual([...REGISTERS.keys()]);
  expect([valueOf('CR0'), valueOf('CR0ACK')]).toEqual(['0xd', '0xd']);
  expect(BigInt(valueOf('STRTAB_BASE')!) & 0xfffffff000n).toBe(0x40000000n & 0xfffffff000n);
  expect(looked.records()).toBe(before);
});

it('decodes one, a wide one too', () => {
  looked = openSample('stale-tlb', 2);
  const read = (name: string) => look(looked.subject, 'registers.read', { machine: '', name });
  expect(read('CR0').fields.filter(({ name }) => ['SMMUEN', 'PRIQEN', 'CMDQEN'].includes(name)).map(({ name, value }) => [name, value])).toEqual([['SMMUEN', '1'], ['PRIQEN', '0'], ['CMDQEN', '1']]);
  expect(read('STRTAB_BASE').fields.find(({ name }) => name === 'ADDR')?.value).toMatch(/^0x4/);
  expect(() => read('CR9')).toThrow('there is no register "CR9"');
});

it("has each guest's virtual SMMU", () => {
  looked = openSample('nested-tour', 4);
  expect(look(looked.subject, 'registers.list', { machine: '' }).machines).toEqual([{ id: '', title: 'the SMMU' }, { id: 'vm0', title: 'SMMU of vm0' }]);
  expect(valueOf('STRTAB_BASE', 'vm0')).not.toBe(valueOf('STRTAB_BASE'));
  expect(() => valueOf('CR0', 'vm9')).toThrow('there is no virtual SMMU of "vm9"');
});

it('reads those of a capture', () => {
  looked = openCaptured('nestedhand-6.12');
  expect(BigInt(valueOf('CR0')!) & 1n).toBe(1n);
});
