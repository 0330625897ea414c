import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { CD_AT, eventOf, GUEST, IOVA, IPA, NestedMachine, PA } from './nested-machine.ts';

/** IHI 0070 13.4.1 and 13.4.3: every combination, against tables as smmuv3.md 4.4 and 4.5 print them. */

const KINDS = ['read', 'write', 'execute'] as const;
type Data = 'RW/--' | 'RW/RW' | 'R-/--' | 'R-/R-';

/** Privileged / unprivileged data access by AP[2:1] (row) and APTable[1:0] (column). */
const DATA: readonly (readonly Data[])[] = [
  ['RW/--', 'RW/--', 'R-/--', 'R-/--'],
  ['RW/RW', 'RW/--', 'R-/R-', 'R-/--'],
  ['R-/--', 'R-/--', 'R-/--', 'R-/--'],
  ['R-/R-', 'R-/--', 'R-/R-', 'R-/--'],
];

/** Who may execute where neither PXN nor UXN forbids it: P privileged, U unprivileged; without and with WXN. */
const EXECUTE: Readonly<Record<Data, readonly [string, string]>> = {
  'RW/--': ['PU', 'U'],
  'RW/RW': ['U', ''],
  'R-/--': ['PU', 'PU'],
  'R-/R-': ['PU', 'PU'],
};

/** The accesses granted, as `read+ write- ...`, so that a difference names itself. */
function granted(m: NestedMachine): string[] {
  return [true, false].flatMap((privileged) =>
    KINDS.filter((kind) => m.access(kind, { privileged }).status === 'success').map((kind) => `${privileged ? 'P' : 'U'} ${kind}`),
  );
}

function fromData(data: Data, pan: boolean): string[] {
  const allowed = (who: string, letters: string): string[] => [
    ...(letters.includes('R') ? [`${who} read`] : []),
    ...(letters.includes('W') ? [`${who} write`] : []),
  ];
  const [privileged, unprivileged] = data.split('/') as [string, string];
  // 5.4 PAN: privileged data accesses are denied where unprivileged ones are permitted.
  return [...(pan && unprivileged !== '--' ? [] : allowed('P', privileged)), ...allowed('U', unprivileged)];
}

interface Combination {
  readonly ap: number;
  readonly apTable: number;
  readonly pxn: boolean;
  readonly uxn: boolean;
  readonly pxnTable: boolean;
  readonly uxnTable: boolean;
  readonly had: boolean;
}

function* combinations(): Generator<Combination> {
  for (let n = 0; n < 512; n++) {
    const at = (bit: number): boolean => ((n >> bit) & 1) === 1;
    yield { ap: n & 3, apTable: (n >> 2) & 3, pxn: at(4), uxn: at(5), pxnTable: at(6), uxnTable: at(7), had: at(8) };
  }
}

/** Sets the leaf, and the hierarchical bits in one of the three tables above it, in turn. */
function bend(m: NestedMachine, c: Combination, turn: number): void {
  const path = m.stage1Path(IOVA);
  path.slice(0, 3).forEach((at, level) => {
    const plain = m.memory.read64(at)! & ~(0x1fn << 59n);
    const bits = (BigInt(c.apTable) << 61n) | (c.uxnTable ? 1n << 60n : 0n) | (c.pxnTable ? 1n << 59n : 0n);
    m.memory.write64(at, level === turn % 3 ? plain | bits : plain);
  });
  const leaf = 0xf03n | (BigInt(c.ap) << 6n) | (c.uxn ? 1n << 54n : 0n) | (c.pxn ? 1n << 53n : 0n);
  m.memory.write64(path[3]!, IPA | leaf);
}

const describeOf = (c: object, fields: FieldValues): string => `${JSON.stringify(c)} ${JSON.stringify(fields)}`;

describe('stage 1 permissions (13.4.1, 5.4 HAD, WXN, PAN) [cd.HAD0] [cd.WXN] [cd.PAN] [gotcha.26]', () => {
  const m = new NestedMachine();

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('WXN %s, PAN %s: all 512 combinations of descriptor bits and HAD', (WXN, PAN) => {
    let turn = 0;
    for (const c of combinations()) {
      const fields = { WXN, PAN, HAD0: c.had };
      m.cd(fields);
      bend(m, c, turn++);
      const data = DATA[c.ap]![c.had ? 0 : c.apTable]!;
      const forbidden = [...(c.pxn || (c.pxnTable && !c.had) ? 'P' : ''), ...(c.uxn || (c.uxnTable && !c.had) ? 'U' : '')];
      const execute = [...EXECUTE[data][WXN ? 1 : 0]].filter((who) => !forbidden.includes(who)).map((who) => `${who} execute`);
      expect(granted(m).sort(), describeOf(c, fields)).toEqual([...fromData(data, PAN), ...execute].sort());
    }
  });

  it('each table on the path counts: what any of them removes stays removed', () => {
    m.cd({});
    const leaf = { ap: 1, apTable: 0, pxn: false, uxn: false, pxnTable: false, uxnTable: false, had: false };
    bend(m, leaf, 0);
    const path = m.stage1Path(IOVA);
    m.memory.write64(path[0]!, m.memory.read64(path[0]!)! | (1n << 62n));
    m.memory.write64(path[2]!, m.memory.read64(path[2]!)! | (1n << 61n) | (1n << 60n));
    // Read-only and not for unprivileged accesses: so privileged execution is no longer refused either.
    expect(granted(m)).toEqual(['P read', 'P execute']);
  });

  it('an SMMU without HAD takes the hierarchical bits as they are (6.3.4) [register.IDR3.HAD]', () => {
    const plain = new NestedMachine({ id: { IDR3: PRESETS['qemu-11'].id.IDR3 & ~4 }, cd: { HAD0: true } });
    bend(plain, { ap: 1, apTable: 3, pxn: false, uxn: false, pxnTable: true, uxnTable: true, had: true }, 1);
    expect(granted(plain)).toEqual(['P read']);
  });
});

describe('stage 1 permissions of StreamWorld EL2 (13.4.1, 3.3.3): one privilege level', () => {
  /** An SMMU with Hyp, stage 1 alone: the machine, and the PAs of the descriptors of IOVA. */
  function el2(cd: FieldValues, cr2: number): [NestedMachine, bigint[]] {
    const ste = { Config: 5, S1ContextPtr: CD_AT, STRW: 2 };
    const m = new NestedMachine({ id: { IDR0: PRESETS['qemu-11'].id.IDR0 | (1 << 9) }, ste, cd: { TTB0: 0x4040_0000n, ...cd }, cr2 });
    const path = m.stage1Path(IOVA);
    path.slice(0, 3).forEach((at) => m.memory.write64(at, m.memory.read64(at)! - GUEST));
    return [m, path];
  }

  function set(m: NestedMachine, path: readonly bigint[], c: Combination): void {
    const bits = (BigInt(c.apTable) << 61n) | (c.uxnTable ? 1n << 60n : 0n) | (c.pxnTable ? 1n << 59n : 0n);
    m.memory.write64(path[1]!, (m.memory.read64(path[1]!)! & ~(0x1fn << 59n)) | bits);
    m.memory.write64(path[3]!, PA | 0xf03n | (BigInt(c.ap) << 6n) | (c.uxn ? 1n << 54n : 0n) | (c.pxn ? 1n << 53n : 0n));
  }

  it.each([false, true])('WXN %s: AP[1], APTable[0], PXN, PXNTable, PAN and PnU do not count', (WXN) => {
    const [m, path] = el2({ WXN, PAN: true }, 2);
    for (const c of combinations()) {
      if (c.had) continue;
      set(m, path, c);
      const writable = c.ap < 2 && c.apTable < 2;
      const executable = !c.uxn && !c.uxnTable && !(WXN && writable);
      const allowed = ['read', ...(writable ? ['write'] : []), ...(executable ? ['execute'] : [])];
      expect(granted(m), describeOf(c, { WXN })).toEqual([...allowed.map((one) => `P ${one}`), ...allowed.map((one) => `U ${one}`)]);
    }
  });

  it('with CR2.E2H it has two, as EL1: AP[1], PXN and PAN count again', () => {
    const [m, path] = el2({ PAN: true }, 3);
    const plain = { ap: 0, apTable: 0, pxn: false, uxn: true, pxnTable: false, uxnTable: false, had: false };
    set(m, path, plain);
    expect(granted(m)).toEqual(['P read', 'P write', 'P execute']);
    set(m, path, { ...plain, pxn: true });
    expect(granted(m)).toEqual(['P read', 'P write']);
    set(m, path, { ...plain, ap: 1 });
    expect(granted(m)).toEqual(['U read', 'U write']);
  });
});

describe('stage 2 permissions (13.4.3)', () => {
  /** XN[1:0]: who may execute, with XNX. */
  const XN = ['PU', 'U', '', 'P'];
  /** Without it only XN[1] counts. */
  const XN_WITHOUT_XNX = ['PU', 'PU', '', ''];

  it.each([true, false])('XNX %s: all S2AP and XN; an instruction read needs no read permission [register.IDR3.XNX]', (xnx) => {
    const id = PRESETS['qemu-11'].id;
    const m = new NestedMachine({ id: { IDR3: xnx ? id.IDR3 | 0x10 : id.IDR3 & ~0x10 } });
    // AP 3 and AP 0 at stage 1 would refuse some of it: read-only for execution, read and write for data.
    for (let ap = 0; ap < 4; ap++) {
      for (let xn = 0; xn < 4; xn++) {
        m.mapStage2(IPA, PA | 0x73fn | (BigInt(ap) << 6n) | (BigInt(xn) << 53n));
        m.mapStage1(IOVA, IPA | 0xf43n);
        const data = granted(m).filter((one) => !one.includes('execute'));
        m.mapStage1(IOVA, IPA | 0xfc3n);
        const execute = granted(m).filter((one) => one.includes('execute'));
        const kinds = [...(ap & 1 ? ['read'] : []), ...(ap & 2 ? ['write'] : [])];
        expect(data, `S2AP ${ap}`).toEqual([...kinds.map((one) => `P ${one}`), ...kinds.map((one) => `U ${one}`)]);
        expect(execute, `XN ${xn}`).toEqual([...(xnx ? XN : XN_WITHOUT_XNX)[xn]!].map((who) => `${who} execute`));
      }
    }
  });

  it('a table of stage 1 and a CD need S2AP read and nothing else: XN and the client do not matter (13.8) [order.4.1.9b]', () => {
    const m = new NestedMachine();
    const table = m.stage1Path(IOVA)[1]! & ~0xfffn;
    m.mapStage2(table + GUEST, table | 0x77fn | (2n << 53n));
    m.mapStage2(CD_AT + GUEST, CD_AT | 0x77fn | (2n << 53n));
    expect(m.access('write', { privileged: false }).status).toBe('success');
    m.mapStage2(table + GUEST, table | 0x7bfn);
    expect(eventOf(m.access('write'))).toMatchObject({ name: 'F_PERMISSION', S2: true, Class: 1, TTRnW: true, RnW: false });
  });
});
