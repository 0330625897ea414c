import { describe, expect, it } from 'vitest';
import { exitOf, QtestClient, startProgram } from './qtest-client.ts';

describe('the program in the place of QEMU', () => {
  it('answers FAIL to lines it does not understand, and goes on', async () => {
    const client = await QtestClient.start('-machine none');
    expect(await client.ask('inb 0x60')).toBe("FAIL Unknown command 'inb'");
    expect(await client.ask('writel 0x40000000')).toMatch(/^FAIL writel: expected/);
    expect(await client.ask(`${'x'.repeat(100_000)}`)).toMatch(/^FAIL Unknown command/);
    expect(await client.ask('endianness')).toBe('OK little');
    await client.quit();
  });

  it('takes lines in any pieces, and transfers of many pieces', async () => {
    const client = await QtestClient.start('-machine virt -m 64');
    client.qtest.write('endian');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await client.ask('ness')).toBe('OK little');
    const bytes = Buffer.alloc(3 << 20, 'long line ');
    await client.write(0x4000_0003n, bytes);
    expect((await client.read(0x4000_0003n, bytes.length)).equals(bytes)).toBe(true);
    expect(await client.ask(`b64write 0x40000000 3 ${Buffer.from('abc').toString('base64')}`)).toBe('OK');
    expect(await client.ask('b64read 0x40000000 4')).toBe(`OK ${Buffer.from('abcl').toString('base64')}`);
    expect(await client.ask('clock_step 100')).toBe('OK 100');
    await client.quit();
  });

  it('reads 0 where nothing is, and has no memory in a machine none', async () => {
    const client = await QtestClient.start('-machine virt,iommu=smmuv3');
    await client.writeq(0x0n, 5n);
    expect(await client.readq(0x0n)).toBe(0n);
    expect(await client.readl(0x0905_0000n)).toBe(0x0d44_101b);
    await client.writeq(0x0905_0090n, 0x4200_0005n);
    expect(await client.readq(0x0905_0090n)).toBe(0x4200_0005n);
    await client.quit();
    const none = await QtestClient.start('-machine none');
    await none.writeq(0x4000_0000n, 5n);
    expect(await none.readq(0x4000_0000n)).toBe(0n);
    await none.quit();
  });

  it('ends with status 0 when the client closes its sockets', async () => {
    const client = await QtestClient.start('-machine none');
    client.qtest.end();
    expect(await client.exit).toEqual({ code: 0, signal: null });
    client.qmp.destroy();
  });

  it('goes on when only the monitor is closed', async () => {
    const client = await QtestClient.start('-machine none');
    client.qmp.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await client.ask('endianness')).toBe('OK little');
    await client.quit();
  });

  it('ends with status 0 on quit', async () => {
    const client = await QtestClient.start('-machine none');
    expect(await client.qmpAsk('quit')).toEqual({});
    expect(await client.exit).toEqual({ code: 0, signal: null });
    client.qtest.destroy();
    client.qmp.destroy();
  });

  it.each([
    ['-machine none', 2, 'expected unix:PATH'],
    ['-qtest unix:/nowhere/at.all -machine none', 1, 'cannot connect to /nowhere/at.all'],
    ['-qtest stdio -machine virt -device nvme', 2, 'no such device (expected iommu-testdev, edu, pcie-root-port)'],
    ['-qtest stdio -machine virt -device edu,bus=rp7', 2, 'no bus "rp7" (expected one of pcie.0)'],
    ['-qtest stdio -machine virt -device edu,addr=2 -device edu,addr=2', 2, 'slot 2 function 0 is taken'],
    ['-qtest stdio -machine virt -device edu,id=a -device edu,id=a', 2, 'device id "a" is used twice'],
  ])('refuses %s', async (args, status, message) => {
    const { child, output } = startProgram(args);
    expect(await exitOf(child)).toEqual({ code: status, signal: null });
    expect(output.stderr.trimEnd().split('\n').at(-1)).toContain(message);
    expect(output.stdout).toBe('');
  });
});
