import type { MisuseId } from '../../spec/misuse.ts';
import type { Change } from './watched-words.ts';
import { STRUCTURE } from './read.ts';
import type { Read } from './read.ts';

const VALID = 1;
const TABLE = 2;
const NT = 1 << 16;
const NG = 1 << 11;
/** Stage 1: AttrIndx [4:2], NS [5]; stage 2: MemAttr [5:2]. Both: SH [9:8]. */
const TYPE = 0x33c;
const CONTIGUOUS = 1 << 20;
/** Of the high word: output address [47:32]. */
const OUTPUT_HI = 0xffff;
/** Of the low word: [31:12] of a page, [31:17] of a block, whose bit 16 is nT. */
const outputLo = (level: number): number => (level === 3 ? ~0xfff : ~0x1_ffff);

const isTable = (level: number, lo: number): boolean => level < 3 && (lo & TABLE) !== 0;

/**
 * What a change of a descriptor from valid to valid needed to be broken for (IHI 0070 3.21.1), or null. A change of size is safe
 * from BBML 1 on where the block has nT, and with BBML 2 anyway; the Contiguous bit from BBML 1 on.
 */
export function brokenRule({ structure, level }: Pick<Read, 'structure' | 'level'>, { oldLo, oldHi, newLo, newHi }: Change, bbml: number): MisuseId | null {
  if ((oldLo & newLo & VALID) === 0) return null;
  const [wasTable, table] = [isTable(level, oldLo), isTable(level, newLo)];
  if (wasTable && table) return null;
  if (wasTable !== table) {
    const nT = ((wasTable ? newLo : oldLo) & NT) !== 0;
    return bbml === 2 || (bbml === 1 && nT) ? null : 'tlb-conflict';
  }
  if (structure === STRUCTURE.STAGE1 && (oldLo & NG) !== 0 && (newLo & NG) === 0) return 'tlb-conflict';
  if (((oldLo ^ newLo) & (outputLo(level) | TYPE)) !== 0 || ((oldHi ^ newHi) & OUTPUT_HI) !== 0) return 'no-break-before-make';
  return bbml === 0 && ((oldHi ^ newHi) & CONTIGUOUS) !== 0 ? 'tlb-conflict' : null;
}
