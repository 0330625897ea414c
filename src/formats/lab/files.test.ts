import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listLabs, problemLine, readLab } from './files.ts';
import { parseLab } from './parse.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lab-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('a folder of three files, of which guest and steps may be missing', () => {
  writeFileSync(join(folder, 'host.yaml'), 'title: T\n');
  const lab = readLab(folder);
  expect(lab).toMatchObject({ ok: true, value: { documents: { host: 'title: T\n', guest: '', steps: '' } } });
});

test('one file with three keys', () => {
  const file = join(folder, 'lab.yaml');
  writeFileSync(file, 'host: { titel: x }\n');
  const lab = readLab(file);
  if (!lab.ok) throw new Error(lab.error.message);
  const { problems } = parseLab(lab.value.documents);
  expect(problems.map((problem) => problemLine(problem, lab.value.files))).toEqual([`${file}:1:9: error: unknown key titel; did you mean title?`]);
});

test('what is no lab says what was expected', () => {
  expect(readLab(folder)).toMatchObject({ ok: false, error: { code: 'no-lab', message: `${folder} holds no lab: expected host.yaml, and guest.yaml and steps.yaml beside it` } });
  expect(readLab(join(folder, 'gone'))).toMatchObject({ ok: false, error: { code: 'no-lab' } });
});

test('a list of labs has titles and the first sentence of each README', () => {
  const labs = listLabs(join(import.meta.dirname, '../../../resources/labs'));
  expect(labs.map(({ id }) => id)).toContain('first-nested');
  expect(labs[0]).toMatchObject({ id: 'first-nested', group: 'Start here' });
  for (const { id, title, summary, group } of labs) {
    expect(group, id).not.toBe('');
    expect(title, id).not.toBe(id);
    expect(summary, id).toMatch(/^[A-Z].*\.$/);
  }
});
