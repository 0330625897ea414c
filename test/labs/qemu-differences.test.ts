import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseLab } from '../../src/formats/lab/index.ts';
import { readLab } from '../../src/formats/lab/files.ts';
import { comparisonWithQemu, qemuDifferences } from '../../src/model/lab/index.ts';
import type { LabData } from '../../src/model/lab/index.ts';
import { DEVIATIONS } from '../../src/model/spec/index.ts';

function lab(name: string): LabData {
  const read = readLab(fileURLToPath(new URL(`../../resources/labs/${name}`, import.meta.url)));
  const parsed = read.ok ? parseLab(read.value.documents) : null;
  if (parsed?.ok !== true) throw new Error(`the sample lab ${name} cannot be read`);
  return parsed.value;
}

describe('where QEMU would answer a lab differently', () => {
  it('names the steps and the deviation: a stage 2 fault on a stage 1 table', () => {
    const found = qemuDifferences(lab('stage-2-unmapped-table'));
    expect(found.ok && found.value.map(({ index, because }) => [index, because])).toEqual([
      [8, ['stage1-table-event']],
      [13, ['stage1-table-event']],
    ]);
  });

  it('says both answers: the address of an F_CD_FETCH, on a stack lab too', () => {
    const found = qemuDifferences(lab('cd-fetch-not-forwarded'));
    expect(found.ok && found.value).toEqual([
      {
        index: 5,
        transactions: { first: 2, last: 2 },
        here: 'fault F_CD_FETCH stage 0 abort 00000009 00000020 00000000 00000000 00000000 00000000 50000000 00000000',
        qemu: 'fault F_CD_FETCH stage 0 abort 00000009 00000020 00000000 00000000 50000000 00000000 00000000 00000000',
        because: ['cd-fetch-address'],
      },
    ]);
  });

  it('is made of steps of runs, each of which counts, and can be let go at any of them', () => {
    const comparison = comparisonWithQemu(lab('first-nested'));
    const done: number[] = [];
    let next = comparison.next();
    for (; next.done !== true; next = comparison.next()) if (done.at(-1) !== next.value.done) done.push(next.value.done);
    // As it is, as QEMU, with none of the deviations, with each: alone each difference is explained.
    expect(done).toEqual(Array.from({ length: 3 + DEVIATIONS.length }, (_, run) => run));
    expect(next.value.ok && next.value.value).toMatchObject({ differences: [{ index: 9, because: ['event-ipa'] }], compared: [{ first: 1, last: 5 }] });
    const left = comparisonWithQemu(lab('first-nested'));
    left.next();
    expect(left.return(next.value)).toMatchObject({ done: true });
    expect(left.next()).toEqual({ done: true, value: undefined });
  });

  it('is silent where QEMU does the same, and in a lab that has its behaviour already', () => {
    expect(qemuDifferences(lab('nested-tour'))).toEqual({ ok: true, value: [] });
    const one = lab('stage-2-unmapped-table');
    expect(qemuDifferences({ ...one, host: { ...one.host, smmu: { ...one.host.smmu, profile: 'qemu-11' } } })).toEqual({ ok: true, value: [] });
  });
});
