import { describe, expect, test } from 'vitest';
import { CERROR } from '../../spec/commands.ts';
import { FULL, MINIMUM, TestMachine, withIdr0 } from './test-machine.ts';

const SID = 0xfedc_ba98;

function effectOf(name: string, fields: Record<string, number | boolean>, id = FULL): unknown[][] {
  const machine = new TestMachine(id).start();
  expect(machine.run(name, fields)).toBe(CERROR.NONE);
  return machine.caches.calls;
}

describe('CMD_CFGI_* (IHI 0070 4.3)', () => {
  test('4.3.1: CMD_CFGI_STE names a 32-bit StreamID and says whether level-1 descriptors stay [command.CMD_CFGI_STE]', () => {
    expect(effectOf('CMD_CFGI_STE', { StreamID: SID, Leaf: true })).toEqual([['cfgiSte', SID, true]]);
    expect(effectOf('CMD_CFGI_STE', { StreamID: SID, Leaf: false })).toEqual([['cfgiSte', SID, false]]);
  });

  test('4.3.2: CMD_CFGI_STE_RANGE covers 2^(Range+1) StreamIDs, Range = 31 all of them [command.CMD_CFGI_STE_RANGE]', () => {
    expect(effectOf('CMD_CFGI_STE_RANGE', { StreamID: 0x48, Range: 3 })).toEqual([['cfgiSteRange', 0x48, 3]]);
    expect(effectOf('CMD_CFGI_STE_RANGE', { Range: 31 })).toEqual([['cfgiSteRange', 0, 31]]);
  });

  test('4.3.3: CMD_CFGI_CD names a CD by its index [command.CMD_CFGI_CD]', () => {
    expect(effectOf('CMD_CFGI_CD', { StreamID: SID, SubstreamID: 0xabcde, Leaf: true })).toEqual([['cfgiCd', SID, 0xabcde, true]]);
    expect(effectOf('CMD_CFGI_CD', { StreamID: 1, SubstreamID: 0, Leaf: false })).toEqual([['cfgiCd', 1, 0, false]]);
  });

  test('4.3.3: without substreams the only CD is the one at index 0', () => {
    expect(effectOf('CMD_CFGI_CD', { StreamID: 1, SubstreamID: 7 }, MINIMUM)).toEqual([['cfgiCd', 1, 0, false]]);
  });

  test('4.3.4: CMD_CFGI_CD_ALL covers every CD of a stream [command.CMD_CFGI_CD_ALL]', () => {
    expect(effectOf('CMD_CFGI_CD_ALL', { StreamID: SID })).toEqual([['cfgiCdAll', SID]]);
  });

  test.each(['CMD_CFGI_STE', 'CMD_CFGI_STE_RANGE', 'CMD_CFGI_CD', 'CMD_CFGI_CD_ALL'])('4.1.6: %s with SSec = 1 is CERROR_ILL', (name) => {
    const machine = new TestMachine().start();
    expect(machine.run(name, { StreamID: 1, SSec: true })).toBe(CERROR.ILL);
    expect(machine.caches.calls).toEqual([]);
  });

  test.each(['CMD_CFGI_CD', 'CMD_CFGI_CD_ALL'])('4.1.3: %s without stage 1 is CERROR_ILL', (name) => {
    expect(new TestMachine(withIdr0(FULL, 1, false)).start().run(name)).toBe(CERROR.ILL);
  });

  test('4.1.3: CMD_CFGI_STE needs no stage', () => {
    expect(new TestMachine(withIdr0(FULL, 1, false)).start().run('CMD_CFGI_STE')).toBe(CERROR.NONE);
  });

  test('4.3.5: CMD_CFGI_VMS_PIDM is CERROR_ILL without MPAM and has no effect with it', () => {
    expect(new TestMachine().start().run('CMD_CFGI_VMS_PIDM')).toBe(CERROR.ILL);
    const machine = new TestMachine({ ...FULL, IDR3: FULL.IDR3 | 0x80 }).start();
    expect(machine.run('CMD_CFGI_VMS_PIDM')).toBe(CERROR.NONE);
    expect(machine.caches.calls).toEqual([]);
  });
});
