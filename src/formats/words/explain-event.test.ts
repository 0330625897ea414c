import { describe, expect, it } from 'vitest';
import { EVENTS, SECTIONS } from '../../model/spec/index.ts';
import { decodeAs } from './decode-as.ts';

const said = (...words: bigint[]): { cause: string | undefined; remedy: string | undefined } => {
  const decoded = decodeAs('event', words);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return { cause: decoded.value.cause, remedy: decoded.value.remedy };
};

describe('what an event means', () => {
  it.each(EVENTS.cases.map((event) => [event.id, event] as const))('%s has a cause, what helps and a section', (_, event) => {
    const { cause, remedy } = said(BigInt(event.number), 0n, 0n, 0n);
    expect(cause).toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
    expect(SECTIONS.has(event.section)).toBe(true);
  });

  it('names stream, access and address of a stage-1 fault', () => {
    expect(said(0x0000_0020_0000_0010n, 0x0000_0208_0000_0000n, 0xbad0_0000n, 0n).cause).toBe(
      'Stage 1 has no valid descriptor for a read of 0xbad00000 by StreamID 0x20, or the address is wider than TxSZ allows.',
    );
  });

  it('tells the input of a stage-2 fault from a table and from a CD', () => {
    const stage2 = (kind: bigint): string => said(0x0000_0028_0000_3810n, (1n << 39n) | (kind << 40n), 0x80_0010n, 0x41ef_8000n).cause!;
    expect(stage2(2n)).toContain('IPA 0x41ef8000, which is where a write of 0x800010 by StreamID 0x28, SubstreamID 0x3 leads');
    expect(stage2(1n)).toContain('a stage-1 table at IPA 0x41ef8000, walked for a write of 0x800010');
    expect(stage2(0n)).toContain('the CD of StreamID 0x28, SubstreamID 0x3 at IPA 0x41ef8000');
  });

  it('bears noise in fields that mean nothing: a record of real hardware', () => {
    // Posted to the iommu list in January 2021: IPA and STAG are set although S2 and Stall are 0.
    expect(said(0x0000_7d12_0000_0010n, 0x0000_1200_0000_007cn, 0xffff_f040n, 0xffff_f000n).cause).toMatch(/^Stage 1 has no valid descriptor for a write of 0xfffff040 by StreamID 0x7d12/);
  });
});
