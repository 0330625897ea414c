import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_DEVIATIONS } from '../../model/spec/index.ts';
import { NO_CACHES } from '../../model/smmu/options.ts';
import { readCases } from './case.ts';
import type { Case } from './case.ts';
import { freshness } from './freshness.ts';
import { caseMemory, CaseMachine } from './machine.ts';

const probes = new Map<string, Case>();
const packed = readFileSync(new URL('../../../test/fixtures/qemu-cases/cache-probes.jsonl.gz', import.meta.url));
for (const one of readCases(gunzipSync(packed).toString(), 'cache-probes')) if (one.ok) probes.set(one.value.name ?? '', one.value);

const memory = caseMemory();
const machine = new CaseMachine(memory, NO_DEVIATIONS, NO_CACHES);
afterAll(() => memory.release());

const U = 'unchanged';
const S = 'may-be-stale';
const R = 'required';

describe('freshness: what the commands since a change demand', () => {
  it.each([
    ['S1 leaf change: stale, NH_VA wrong ASID, wrong VMID, right', [U, S, S, S, S, R]],
    ['S1 leaf change then NH_VAA', [U, R]],
    ['S1 leaf change then NH_ASID', [U, R]],
    ['S1 leaf change then NH_ASID wrong', [U, S]],
    ['S1 leaf change then NH_ALL wrong vmid', [U, S]],
    ['S1 leaf change then S12_VMALL', [U, R]],
    ['S1 leaf change then S2_IPA', [U, S]],
    ['S1 leaf change then CFGI_ALL', [U, S]],
    // A combined entry may outlive CMD_TLBI_S2_IPA (IHI 0070 16.2.1), an IPA-keyed one CMD_TLBI_NH_ALL.
    ['final S2 leaf change then S2_IPA', [U, S, S, R]],
    ['final S2 leaf change then S12_VMALL', [U, S, R, R]],
    ['S2-only stream: S2 leaf change then S2_IPA', [U, S, S, S, R]],
    // The last command by VA comes after the last one by IPA.
    ['S2 remap of an S1 L3 table page, S2_IPA + NH_ALL', [U, S, S, S, R]],
    ['BUG? S2 remap of the S1 TTB0 page, S2_IPA + NH_ALL (no CFGI needed by the architecture)', [U, R, R, R, R, R]],
    ['STE change to abort: stale until CFGI_STE', [U, S, S, S, R]],
    ['permission on TLB hit: S2 RO', [U, U]],
    ['TBI=1, TTB1 address with tag byte 0x5a', [U, U, U]],
  ])('%s', (name, expected) => {
    expect(freshness(machine, probes.get(name)!)).toEqual(expected);
  });
});
