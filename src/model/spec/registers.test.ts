import { expect, test } from 'vitest';
import { fieldOf } from './layout.ts';
import { registerAt, REGISTER_REGIONS, REGISTERS } from './registers.ts';

/** Offset, bits, access of IHI 0070 6.2.1 and 6.2.2: typed from the list, not from the table. */
const MAP: readonly (readonly [string, number, number, string])[] = [
  ['IDR0', 0x0, 32, 'ro'], ['IDR1', 0x4, 32, 'ro'], ['IDR2', 0x8, 32, 'ro'], ['IDR3', 0xc, 32, 'ro'], ['IDR4', 0x10, 32, 'ro'], ['IDR5', 0x14, 32, 'ro'],
  ['IIDR', 0x18, 32, 'ro'], ['AIDR', 0x1c, 32, 'ro'], ['CR0', 0x20, 32, 'rw'], ['CR0ACK', 0x24, 32, 'ro'], ['CR1', 0x28, 32, 'rw'], ['CR2', 0x2c, 32, 'rw'],
  ['S2PII', 0x30, 64, 'rw'], ['STATUSR', 0x40, 32, 'ro'], ['GBPA', 0x44, 32, 'update'], ['AGBPA', 0x48, 32, 'rw'],
  ['IRQ_CTRL', 0x50, 32, 'rw'], ['IRQ_CTRLACK', 0x54, 32, 'ro'], ['GERROR', 0x60, 32, 'ro'], ['GERRORN', 0x64, 32, 'rw'],
  ['GERROR_IRQ_CFG0', 0x68, 64, 'rw'], ['GERROR_IRQ_CFG1', 0x70, 32, 'rw'], ['GERROR_IRQ_CFG2', 0x74, 32, 'rw'],
  ['STRTAB_BASE', 0x80, 64, 'rw'], ['STRTAB_BASE_CFG', 0x88, 32, 'rw'],
  ['CMDQ_BASE', 0x90, 64, 'rw'], ['CMDQ_PROD', 0x98, 32, 'rw'], ['CMDQ_CONS', 0x9c, 32, 'rw'],
  ['EVENTQ_BASE', 0xa0, 64, 'rw'], ['EVENTQ_IRQ_CFG0', 0xb0, 64, 'rw'], ['EVENTQ_IRQ_CFG1', 0xb8, 32, 'rw'], ['EVENTQ_IRQ_CFG2', 0xbc, 32, 'rw'],
  ['PRIQ_BASE', 0xc0, 64, 'rw'], ['PRIQ_IRQ_CFG0', 0xd0, 64, 'rw'], ['PRIQ_IRQ_CFG1', 0xd8, 32, 'rw'], ['PRIQ_IRQ_CFG2', 0xdc, 32, 'rw'],
  ['GATOS_CTRL', 0x100, 32, 'rw'], ['GATOS_SID', 0x108, 64, 'rw'], ['GATOS_ADDR', 0x110, 64, 'rw'], ['GATOS_PAR', 0x118, 64, 'ro'],
  ['MPAMIDR', 0x130, 32, 'ro'], ['GMPAM', 0x138, 32, 'update'], ['GBPMPAM', 0x13c, 32, 'update'], ['VATOS_SEL', 0x180, 32, 'rw'], ['IDR6', 0x190, 32, 'ro'],
  ['CMDQ_CONTROL_PAGE_BASE0', 0x4000, 64, 'ro'], ['CMDQ_CONTROL_PAGE_CFG0', 0x4008, 32, 'ro'], ['CMDQ_CONTROL_PAGE_STATUS0', 0x400c, 32, 'ro'],
  ['EVENTQ_PROD', 0x100a8, 32, 'rw'], ['EVENTQ_CONS', 0x100ac, 32, 'rw'], ['PRIQ_PROD', 0x100c8, 32, 'rw'], ['PRIQ_CONS', 0x100cc, 32, 'rw'],
];

test.each(MAP)('IHI 0070 6.2: %s', (name, offset, bits, access) => {
  expect(REGISTERS.get(name)).toMatchObject({ offset, bits, access, page: offset >= 0x10000 ? 1 : 0 });
});

test('the map has these registers and the identification bytes, no others', () => {
  const identification = [...REGISTERS.keys()].filter((name) => /^[PC]IDR\d$/.test(name));
  expect(identification).toHaveLength(12);
  expect(REGISTERS.size).toBe(MAP.length + identification.length);
});

test('guards: what must be off, and acknowledged so, for a write to count', () => {
  const guards = (name: string) => REGISTERS.get(name)!.guard;
  for (const name of ['CR2', 'STRTAB_BASE', 'STRTAB_BASE_CFG']) expect(guards(name)).toEqual(['CR0.SMMUEN']);
  for (const name of ['CMDQ_BASE', 'CMDQ_CONS']) expect(guards(name)).toEqual(['CR0.CMDQEN']);
  for (const name of ['EVENTQ_BASE', 'EVENTQ_PROD']) expect(guards(name)).toEqual(['CR0.EVENTQEN']);
  for (const name of ['PRIQ_BASE', 'PRIQ_PROD']) expect(guards(name)).toEqual(['CR0.PRIQEN']);
  for (const name of ['CR0', 'CMDQ_PROD', 'EVENTQ_CONS', 'PRIQ_CONS', 'GERRORN', 'IRQ_CTRL', 'GBPA']) expect(guards(name)).toEqual([]);
  expect(guards('EVENTQ_IRQ_CFG1')).toEqual(['IRQ_CTRL.EVENTQ_IRQEN']);
  expect(guards('GERROR_IRQ_CFG0')).toEqual(['IRQ_CTRL.GERROR_IRQEN']);
  expect(fieldOf(REGISTERS.get('CR1')!, 'TABLE_SH')?.guard).toEqual(['CR0.SMMUEN']);
  expect(fieldOf(REGISTERS.get('CR1')!, 'QUEUE_IC')?.guard).toEqual(['CR0.EVENTQEN', 'CR0.CMDQEN', 'CR0.PRIQEN']);
});

test('every guard and every acknowledgement is a register or field of the map', () => {
  for (const register of REGISTERS.values()) {
    if (register.ack !== undefined) expect(REGISTERS.has(register.ack)).toBe(true);
    for (const guard of [...register.guard, ...register.fields.flatMap((field) => field.guard ?? [])]) {
      const [owner, field] = guard.split('.') as [string, string];
      expect(fieldOf(REGISTERS.get(owner)!, field), guard).toBeDefined();
    }
  }
});

test('reset values', () => {
  for (const name of ['CR0', 'CR0ACK', 'IRQ_CTRL', 'IRQ_CTRLACK', 'GERROR', 'GERRORN']) expect(REGISTERS.get(name)!.reset).toBe(0);
  for (const name of ['CR1', 'CR2', 'STRTAB_BASE', 'CMDQ_PROD', 'EVENTQ_PROD']) expect(REGISTERS.get(name)!.reset).toBe('UNKNOWN');
  expect(REGISTERS.get('GBPA')!.reset).toBe('IMPDEF');
  expect(REGISTERS.get('IDR0')!.reset).toBe('constant');
});

test('registers are found by any byte of theirs', () => {
  expect(registerAt(0x80)?.id).toBe('STRTAB_BASE');
  expect(registerAt(0x84)?.id).toBe('STRTAB_BASE');
  expect(registerAt(0x87)?.id).toBe('STRTAB_BASE');
  expect(registerAt(0x8b)?.id).toBe('STRTAB_BASE_CFG');
  expect(registerAt(0x8c)).toBeNull();
  expect(registerAt(0x100ac)?.id).toBe('EVENTQ_CONS');
});

test('regions lie beside the registers', () => {
  for (const { from, to } of REGISTER_REGIONS.filter((region) => region.from !== 0x4000)) {
    for (const register of REGISTERS.values()) expect(register.offset + register.bytes <= from || register.offset > to, register.id).toBe(true);
  }
});
