import { describe, expect, it } from 'vitest';
import { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import { SystemBus } from '../../model/stack/device/system-bus.ts';
import { MAX_TRANSFER, QtestSession } from './qtest-session.ts';

function open() {
  const memory = new PhysicalMemory([{ base: 0x4000_0000n, size: 0x10000n }]);
  const lines: string[] = [];
  const session = new QtestSession(new SystemBus(memory, []), (line) => lines.push(line));
  const ask = (line: string): string | undefined => {
    session.handle(line);
    return lines.pop();
  };
  return { session, lines, ask };
}

describe('QtestSession', () => {
  it('says its byte order', () => {
    expect(open().ask('endianness')).toBe('OK little');
  });

  it('reads and writes values of every width, and bytes in memory order', () => {
    const { ask } = open();
    expect(ask('writeq 0x40000000 0x1122334455667788')).toBe('OK');
    expect(ask('readq 0x40000000')).toBe('OK 0x1122334455667788');
    expect(ask('readl 0x40000000')).toBe('OK 0x0000000055667788');
    expect(ask('readw 0x40000006')).toBe('OK 0x0000000000001122');
    expect(ask('readb 1073741825')).toBe('OK 0x0000000000000077');
    expect(ask('read 0x40000000 3')).toBe('OK 0x887766');
    expect(ask('writel 0x40000003 0xffffffffaabbccdd')).toBe('OK');
    expect(ask('writew 0x40000001 010')).toBe('OK');
    expect(ask('writeb 0x40000000 1')).toBe('OK');
    expect(ask('read 0x40000000 0x8')).toBe('OK 0x010800ddccbbaa11');
  });

  it('writes bytes, zero-filled or cut to the size given', () => {
    const { ask } = open();
    expect(ask('memset 0x40000000 8 0x1ff')).toBe('OK');
    expect(ask('write 0x40000001 4 0x0102')).toBe('OK');
    expect(ask('write 0x40000006 1 0xa0a1')).toBe('OK');
    expect(ask('b64read 0x40000000 8')).toBe(`OK ${Buffer.from('ff01020000ffa0ff', 'hex').toString('base64')}`);
    expect(ask(`b64write 0x40000000 3 ${Buffer.from([9, 8, 7]).toString('base64')}`)).toBe('OK');
    expect(ask('read 0x40000000 4')).toBe('OK 0x09080700');
    expect(ask('memset 0x40000000 0 0')).toBe('OK');
  });

  it('answers FAIL with what was expected, and goes on', () => {
    const { ask } = open();
    expect(ask('inb 0x60')).toBe("FAIL Unknown command 'inb'");
    expect(ask('')).toBe("FAIL Unknown command ''");
    expect(ask('readl')).toBe('FAIL readl: expected readl ADDRESS');
    expect(ask('readl zero')).toBe('FAIL readl: expected readl ADDRESS');
    expect(ask('writel 0x40000000')).toBe('FAIL writel: expected writel ADDRESS VALUE');
    expect(ask('write 0x40000000 2 1234')).toBe('FAIL write: expected write ADDRESS SIZE 0xHEX');
    expect(ask('write 0x40000000 2 0x12g4')).toBe('FAIL write: expected write ADDRESS SIZE 0xHEX');
    expect(ask('read 0x40000000 0')).toBe('FAIL read: expected read ADDRESS SIZE');
    expect(ask('readl 0x10000000000000000')).toBe('FAIL readl: expected readl ADDRESS');
    expect(ask(`read 0 ${MAX_TRANSFER + 1}`)).toBe(
      `FAIL ${MAX_TRANSFER + 1} bytes are too many for one command (expected at most ${MAX_TRANSFER})`,
    );
    expect(ask('endianness')).toBe('OK little');
  });

  it('keeps a clock that only goes forward', () => {
    const { ask } = open();
    expect(ask('clock_step')).toBe('OK 0');
    expect(ask('clock_step 1000')).toBe('OK 1000');
    expect(ask('clock_set 500')).toBe('OK 1000');
    expect(ask('clock_set 2000')).toBe('OK 2000');
    expect(ask('clock_set')).toBe('FAIL clock_set: expected clock_set NANOSECONDS');
  });

  it('reports changes of interrupt lines once the client intercepts', () => {
    const { session, lines, ask } = open();
    session.interrupt(74, true);
    session.interrupt(74, false);
    expect(lines).toEqual([]);
    expect(ask('irq_intercept_in /machine/soc/gic')).toBe('OK');
    session.interrupt(74, true);
    session.interrupt(74, true);
    session.interrupt(74, false);
    expect(lines).toEqual(['IRQ raise 74', 'IRQ lower 74']);
  });
});
