// Any legal combination of features: a sample lab runs on it, or is refused by the field that is in its way.
import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { readLab } from '../../src/formats/lab/files.ts';
import { parseLab } from '../../src/formats/lab/index.ts';
import type { Documents } from '../../src/formats/lab/index.ts';
import { createRunner } from '../../src/model/lab/index.ts';
import { checkIdRegisters, encode, PRESETS, REGISTERS } from '../../src/model/spec/index.ts';
import type { FieldValues, IdRegisters } from '../../src/model/spec/index.ts';

const LABS = join(import.meta.dirname, '../../resources/labs');

// Not `misuse`: what it does on purpose has other outcomes on other SMMUs, as a guarded write that takes effect before v3.2.
const direct: readonly (readonly [name: string, documents: Documents])[] = readdirSync(LABS, { withFileTypes: true }).flatMap((entry): (readonly [name: string, documents: Documents])[] => {
  if (!entry.isDirectory() || entry.name === 'misuse') return [];
  const lab = readLab(join(LABS, entry.name));
  if (!lab.ok) throw new Error(lab.error.message);
  const { documents } = lab.value;
  return typeof documents === 'string' || /^uapi:/m.test(documents.host) ? [] : [[entry.name, documents] as const];
});

const word = (name: string, fields: FieldValues): number => {
  const words = new Uint32Array(1);
  encode(REGISTERS.get(name)!, fields, words, 0);
  return words[0]!;
};

const flag = fc.boolean();
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

/** ID registers of SMMUv3.0 to v3.2 with everything that the architecture lets vary and the model does. */
const legal: fc.Arbitrary<Omit<IdRegisters, 'IDR4' | 'IDR6' | 'IIDR'>> = fc
  .record({
    minor: upTo(2), stages: fc.constantFrom(1, 2, 3, 3, 3), stall: upTo(2), sid: upTo(32), ssid: upTo(20), queues: fc.tuple(upTo(19), upTo(19), upTo(19)),
    oas: upTo(6), granules: fc.integer({ min: 1, max: 7 }), vax: upTo(1), httu: upTo(2), bbml: upTo(2), stallMax: fc.integer({ min: 1, max: 0xffff }), vatosPage: upTo(3),
    Hyp: flag, ATS: flag, NS1ATS: flag, PRI: flag, VMW: flag, ASID16: flag, VMID16: flag, CD2L: flag, MSI: flag, SEV: flag, COHACC: flag, ATOS: flag, VATOS: flag,
    ATSRECERR: flag, TERM_MODEL: flag, twoLevel: flag, HAD: flag, XNX: flag, PPS: flag, FWB: flag, STT: flag, RIL: flag, PBHA: flag, PERMS: flag, TYPES: flag,
  })
  .map((f) => {
    const [S1P, S2P] = [(f.stages & 2) !== 0, (f.stages & 1) !== 0];
    const nested = S1P && S2P;
    const PRI = f.ATS && f.PRI;
    const HAD = f.HAD || (f.minor >= 1 && S1P);
    const STALL_MODEL = f.stall === 2 && f.ATS ? 0 : f.stall;
    const always = f.minor >= 2;
    const [CMDQS, EVENTQS, PRIQS] = f.queues;
    return {
      IDR0: word('IDR0', {
        S1P, S2P, TTF: 2, COHACC: f.COHACC, HTTU: f.httu, Hyp: nested && (f.Hyp || always), ATS: f.ATS, NS1ATS: f.ATS && nested && f.NS1ATS, ASID16: f.ASID16, MSI: f.MSI, SEV: f.SEV,
        ATOS: f.ATOS, PRI, VMW: S2P && f.VMW, VMID16: f.VMID16, CD2L: f.CD2L, VATOS: f.ATOS && f.VATOS, TTENDIAN: 2, ATSRECERR: f.ATSRECERR, STALL_MODEL, TERM_MODEL: f.TERM_MODEL,
        ST_LEVEL: f.sid >= 7 || f.twoLevel ? 1 : 0,
      }),
      IDR1: word('IDR1', { SIDSIZE: f.sid, SSIDSIZE: f.ssid, PRIQS, EVENTQS, CMDQS, ATTR_PERMS_OVR: f.PERMS, ATTR_TYPES_OVR: f.TYPES }),
      IDR2: word('IDR2', { BA_VATOS: f.VATOS ? f.vatosPage : 0 }),
      IDR3: word('IDR3', {
        HAD, PBHA: HAD && f.PBHA, XNX: S2P && (f.XNX || f.minor >= 1), PPS: PRI && f.ssid > 0 && f.PPS, FWB: f.FWB || always, STT: f.STT, RIL: f.RIL || always,
        BBML: always && f.bbml === 0 ? 1 : f.bbml,
      }),
      IDR5: word('IDR5', {
        OAS: f.oas, GRAN4K: (f.granules & 1) !== 0, GRAN16K: (f.granules & 2) !== 0, GRAN64K: (f.granules & 4) !== 0, VAX: f.vax, STALL_MAX: STALL_MODEL === 1 ? 0 : f.stallMax,
      }),
      AIDR: f.minor,
    };
  });

/** The lab on an SMMU with these ID registers. */
function on(documents: Documents, id: Partial<IdRegisters>): Documents {
  const host = parseDocument(documents.host);
  host.deleteIn(['smmu', 'features']);
  host.setIn(['smmu', 'registers'], id);
  return { ...documents, host: host.toString() };
}

/** What is refused says which register it is, or which section; an event queue of one entry may have no room to tell of a stall. */
const CITES = /\b(IDR[0-6]|AIDR)\b|IHI 0070 \d|no stalled transaction that software knows of/;

test('a sample lab on any legal SMMU runs to its end, or is refused by the field that is in its way', () => {
  const ran = new Set<string>();
  fc.assert(
    fc.property(legal, fc.constantFrom(...direct), (id, [name, documents]) => {
      expect(checkIdRegisters({ ...PRESETS['v3.2'].id, ...id })).toEqual([]);
      const parsed = parseLab(on(documents, id));
      const errors = parsed.problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
      expect(errors.filter((message) => !CITES.test(message)), name).toEqual([]);
      if (!parsed.ok) return;
      const runner = createRunner(parsed.value);
      if (!runner.ok) throw new Error(`${name}: ${runner.error.message}`);
      const undone = runner.value.run().flatMap(({ error }) => (error === null ? [] : [error.message]));
      runner.value.release();
      expect(undone.filter((message) => !CITES.test(message)), name).toEqual([]);
      ran.add(name);
    }),
    { numRuns: 200 },
  );
  expect(ran.size).toBeGreaterThan(5);
}, 60_000);

/** What software does with any SMMU of both stages: one of each thing. Addresses fit 32 bits, StreamIDs 2, queues one event. */
const BASICS: Documents = {
  host: `smmu: { caches: { tlb: 16 } }
memory: { base: 0x40000000, size: 32M }
vms: [{ name: vm0, vmid: 1, stage2: { ipaBits: 32, map: [{ ipa: 0x80000000, pa: 0x41000000, size: 4M, block: 4K }] } }]
devices:
  - { name: nic0, StreamID: 0, vm: vm0, Config: nested }
  - { name: raw0, StreamID: 1, vm: vm0, Config: s2 }
  - { name: own0, StreamID: 2, Config: s1, ste: { S2VMID: 2 }, stage1: { vaBits: 32, map: [{ iova: 0x10000, pa: 0x41400000, size: 4K }] } }
  - { name: off0, StreamID: 3, Config: bypass }
`,
  guest: `vm0: { devices: { nic0: { stage1: { vaBits: 32, map: [{ iova: 0x10000, ipa: 0x80100000, size: 16K }, { iova: 0x20000, ipa: 0x80200000, size: 4K, access: ro }] } } } }
`,
  steps: `
- dma: { device: nic0, iova: 0x11008, access: write, data: "a5", expect: { status: success, pa: 0x41101008 } }
- dma: { device: nic0, iova: 0x11008, access: read, expect: { status: success, data: "a5a5a5a5", rule: tlb.hit } }
- dma: { device: raw0, iova: 0x80101008, access: read, expect: { status: success, pa: 0x41101008, data: "a5a5a5a5" } }
- dma: { device: own0, iova: 0x10004, access: read, expect: { status: success, pa: 0x41400004 } }
- dma: { device: off0, iova: 0x41101008, access: read, expect: { status: bypass, data: "a5a5a5a5" } }
- dma: { device: nic0, iova: 0x20000, access: write, expect: { status: fault, event: F_PERMISSION, stage: 1 } }
- inspect: { events: true, expect: { entries: 1 } }
- unmap: { device: nic0, iova: 0x11000, size: 4K }
- dma: { device: nic0, iova: 0x11008, access: read, expect: { status: success, stale: [CMD_TLBI_NH_VA VMID=1] } }
- command: { CMD_TLBI_NH_VA: { VMID: vm0, ASID: 0, Address: 0x11000, Leaf: 1 }, expect: { error: none } }
- command: { CMD_TLBI_NH_ALL: { VMID: vm0 } }
- sync:
- dma: { device: nic0, iova: 0x11008, access: read, expect: { status: fault, event: F_TRANSLATION, stage: 1, stale: [] } }
- unmap: { vm: vm0, ipa: 0x80102000, size: 4K }
- dma: { device: nic0, iova: 0x12000, access: read, expect: { status: fault, event: F_TRANSLATION, stage: 2, class: IN, ipa: 0x80102000 } }
- cd: { device: nic0, set: { V: 0 } }
- command: { CMD_CFGI_CD: { StreamID: nic0, Leaf: 1 } }
- sync:
- dma: { device: nic0, iova: 0x10000, access: read, expect: { status: fault, event: C_BAD_CD } }
- ste: { device: raw0, set: { Config: 0 } }
- command: { CMD_CFGI_STE: { StreamID: raw0, Leaf: 1 } }
- command: { CMD_TLBI_S12_VMALL: { VMID: vm0 } }
- sync:
- dma: { device: raw0, iova: 0x80101008, access: read, expect: { status: abort } }
- command: { CMD_SYNC: { CS: 3 }, expect: { error: CERROR_ILL } }
- dma: { device: own0, iova: 0x10004, access: read, expect: { status: success, pa: 0x41400004 } }
`,
};

test.each(Object.keys(PRESETS))('the basics hold on the SMMU %s', (preset) => {
  const parsed = parseLab({ ...BASICS, host: BASICS.host.replace('smmu: {', `smmu: { preset: ${preset},`) });
  expect(parsed.problems.map(({ message }) => message)).toEqual([]);
  if (!parsed.ok) return;
  const runner = createRunner(parsed.value);
  if (!runner.ok) throw new Error(runner.error.message);
  const unmet = runner.value.run().filter(({ expectation }) => expectation.state === 'failed');
  expect(unmet.map(({ index, text, expectation }) => `${index + 1} ${text}: ${expectation.message}`)).toEqual([]);
  runner.value.release();
});
