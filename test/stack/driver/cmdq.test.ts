import { describe, expect, test } from 'vitest';
import { tlbiNhAsid, tlbiNsnhAll } from '../../../src/model/stack/host/driver/commands.ts';
import type { CommandWords } from '../../../src/model/stack/host/driver/types.ts';
import { HostMachine, ID } from './host-machine.ts';

const many = (count: number): CommandWords[] => Array.from({ length: count }, (_, i) => tlbiNhAsid(i, 1));

describe('the command queue (d.3)', () => {
  test('a batch of 64 is flushed without CMD_SYNC when the 65th comes, the last run has it', () => {
    const host = new HostMachine();
    const writes: number[] = [];
    const write = host.smmu.write32.bind(host.smmu);
    host.smmu.write32 = (offset, value) => {
      if (offset === 0x98) writes.push(value);
      write(offset, value);
    };
    host.mark();
    const from = host.smmu.read32(0x98);
    expect(host.driver.smmu.cmdq.submit(many(65))).toBe(0);
    expect(writes.map((prod) => prod - from)).toEqual([64, 66]);
    expect(host.names().filter((name) => name === 'SYNC')).toHaveLength(1);
    expect(host.names().at(-1)).toBe('SYNC');
  });

  test('exactly 64 commands are one run', () => {
    const host = new HostMachine();
    const names = host.during(() => host.driver.smmu.cmdq.submit(many(64)));
    expect(names).toHaveLength(65);
  });

  test('an empty batch is one CMD_SYNC', () => {
    const host = new HostMachine();
    expect(host.during(() => host.driver.smmu.cmdq.submit([]))).toEqual(['SYNC']);
  });

  test('CERROR_ILL: the bad command is printed, becomes a CMD_SYNC, and what follows is executed', () => {
    const host = new HostMachine();
    host.mark();
    expect(host.driver.smmu.cmdq.submit([[0xffn, 0x1234n], tlbiNsnhAll()])).toBe(0);
    expect(host.names()).toEqual(['SYNC', 'TLBI_NSNH_ALL', 'SYNC']);
    expect(host.dmesg()).toEqual([
      'unexpected global error reported (0x00000001), this could be serious',
      expect.stringMatching(/^CMDQ error \(cons 0x0100000[0-9a-f]\): Illegal command$/),
      'skipping command in error state:',
      '\t0x00000000000000ff',
      '\t0x0000000000001234',
    ]);
    expect(host.smmu.read32(0x60)).toBe(host.smmu.read32(0x64));
    expect(host.smmu.read32(0x9c) & 0xffff).toBe(host.smmu.read32(0x98));
  });

  test('an abort on fetch is retried, then the CMD_SYNC times out', () => {
    const host = new HostMachine();
    host.smmu.write32(0x20, 0);
    host.smmu.write64(0x90, 0x8_0000_0000n | 10n);
    host.smmu.write32(0x20, 0b1101);
    expect(host.driver.smmu.cmdq.issueSync(tlbiNsnhAll())).toBe(-110);
    expect(host.dmesg().filter((line) => line === 'retrying command fetch').length).toBeGreaterThan(1);
    expect(host.dmesg().at(-1)).toMatch(/^CMD_SYNC timeout at 0x[0-9a-f]{8} \[hwprod 0x[0-9a-f]{8}, hwcons 0x[0-9a-f]{8}\]$/);
  });

  test('a queue that the SMMU does not consume: CMDQ timeout, nothing is written', () => {
    const host = new HostMachine({ cmdqShift: 7 });
    host.smmu.write32(0x20, 0);
    const { cmdq } = host.driver.smmu;
    expect(cmdq.issueSync(tlbiNsnhAll())).toBe(-110);
    expect(cmdq.run(many(127))).toBe(-110);
    expect(host.dmesg().at(-1)).toBe('CMDQ timeout');
  });

  test('with MSI polling the CMD_SYNC carries the address of its own slot, which the SMMU zeroes', () => {
    const host = new HostMachine({ msiPolling: true });
    const { cmdq } = host.driver.smmu;
    const prod = host.smmu.read32(0x98);
    const seen: bigint[] = [];
    const write = host.smmu.write32.bind(host.smmu);
    host.smmu.write32 = (offset, value) => {
      if (offset === 0x98) seen.push(host.memory.read64(cmdq.slot(prod))!, host.memory.read64(cmdq.slot(prod) + 8n)!);
      write(offset, value);
    };
    expect(cmdq.submit([])).toBe(0);
    expect(seen).toEqual([0x0fc0_1046n, cmdq.slot(prod)]);
  });

  test('it waits for that word, not for CMDQ_CONS: an MSI that does not arrive is a timeout although the command is consumed', () => {
    const host = new HostMachine({ msiPolling: true });
    const { cmdq } = host.driver.smmu;
    // Memory keeps the command: the write of the MSI is lost on the way.
    const store = host.memory.store32.bind(host.memory);
    host.memory.store32 = (hi, lo, word) => word === 0 || store(hi, lo, word);
    expect(cmdq.submit([])).toBe(-110);
    expect(host.smmu.read32(0x9c)).toBe(host.smmu.read32(0x98));
    expect(host.dmesg().at(-1)).toMatch(/^CMD_SYNC timeout at 0x[0-9a-f]{8} /);
  });

  test('a queue that no batch fits is refused', () => {
    expect(() => new HostMachine({ cmdqShift: 6 })).toThrow('probe: -6');
  });
});

describe('global errors (d.7)', () => {
  test('an aborted event write is told in the kernel\'s words and acknowledged', () => {
    const host = new HostMachine();
    host.smmu.registers.activateError('EVENTQ_ABT_ERR');
    host.driver.interrupt('GERROR');
    expect(host.dmesg()).toEqual(['unexpected global error reported (0x00000004), this could be serious', 'EVTQ write aborted -- events may have been lost']);
    expect(host.smmu.read32(0x60)).toBe(host.smmu.read32(0x64));
  });
});

describe('reset', () => {
  test('takes the addresses of MSIs away, whatever they are out of reset: no interrupt is written to where they happen to point', () => {
    const host = new HostMachine({ smmuChoices: { 'registers.unknown-reset': 'ones' } });
    const cfg0 = [0x68, 0xb0, 0xd0].map((offset) => host.smmu.read64(offset));
    expect(cfg0).toEqual([0n, 0n, 0n]);
    expect(host.smmu.read32(0x50)).toBe(0b101);
  });

  test('with HYP the EL2 entries are invalidated as well', () => {
    expect(new HostMachine().names()).toEqual(['CFGI_STE_RANGE', 'SYNC', 'TLBI_EL2_ALL', 'TLBI_NSNH_ALL', 'SYNC']);
    expect(new HostMachine({ id: { ...ID, IDR0: ID.IDR0 & ~0x200 } }).names()).toEqual(['CFGI_STE_RANGE', 'SYNC', 'TLBI_NSNH_ALL', 'SYNC']);
  });

  test('E2H is in CR2 of a VHE host only', () => {
    expect(new HostMachine({ vhe: true }).smmu.read32(0x2c) & 1).toBe(1);
    expect(new HostMachine().smmu.read32(0x2c) & 1).toBe(0);
  });
});
