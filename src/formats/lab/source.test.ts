import { expect, test } from 'vitest';
import { readSource, splitLab } from './source.ts';

const ONE = `# a lab
host:
  title: One
  vms:
    - name: vm0
      vmid: 1
guest: {}
steps:
  - note: hello
`;

test('a value and a key of one text are found at their line and column', () => {
  const { parts, problems } = readSource(ONE);
  expect(problems).toEqual([]);
  expect(parts.host.value).toEqual({ title: 'One', vms: [{ name: 'vm0', vmid: 1n }] });
  expect(parts.host.locate(['vms', 0, 'vmid'])).toEqual({ line: 6, column: 13, endLine: 6, endColumn: 14 });
  expect(parts.host.locate(['vms', 0, 'vmid'], 'key')).toEqual({ line: 6, column: 7, endLine: 6, endColumn: 11 });
  expect(parts.steps.locate([0, 'note'])).toMatchObject({ line: 9, column: 11 });
});

test('a map is marked by its key, a missing value by the nearest thing that exists', () => {
  const { parts } = readSource(ONE);
  expect(parts.host.locate(['vms'])).toMatchObject({ line: 4, column: 3, endColumn: 6 });
  expect(parts.host.locate(['vms', 0, 'stage2', 'map'])).toMatchObject({ line: 5, column: 7 });
  expect(parts.host.locate([])).toMatchObject({ line: 2 });
});

test('three texts hold their part directly or under its own key', () => {
  const { parts } = readSource({ host: 'title: A', guest: '', steps: 'steps:\n  - sync:\n' });
  expect(parts.host.value).toEqual({ title: 'A' });
  expect(parts.guest.value).toBeNull();
  expect(parts.steps.value).toEqual([{ sync: null }]);
  expect(parts.steps.locate([0])).toMatchObject({ line: 2 });
});

test('YAML errors carry their place', () => {
  const { problems } = readSource({ host: 'a: 1\na: 2\n', guest: 'x: [1, 2\n', steps: '' });
  expect(problems).toMatchObject([
    { document: 'host', code: 'yaml', line: 2, column: 1, message: 'not valid YAML: this key is here twice; each key can stand once' },
    { document: 'guest', code: 'yaml', line: 2 },
  ]);
});

test('text that would exhaust the parser is refused', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'.split('').map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(', ')}]`).join('\n')}\n`;
  expect(readSource({ host: bomb, guest: '', steps: '' }).problems[0]).toMatchObject({ document: 'host', code: 'yaml' });
  expect(readSource({ host: '['.repeat(100_000), guest: '', steps: '' }).problems[0]).toMatchObject({ code: 'yaml' });
  expect(readSource({ host: ' '.repeat(5 << 20), guest: '', steps: '' }).problems[0]?.message).toMatch(/larger than 4 MiB/);
});

test('keys beside the three are unknown', () => {
  expect(readSource('host: {}\nhots: 1\n').problems).toMatchObject([{ code: 'unknown-key', line: 2, column: 1, message: 'unknown key hots; a lab has the keys host, guest and steps' }]);
  expect(readSource('- 1').problems[0]?.message).toBe('expected a map with the keys host, guest and steps');
});

test('one text becomes three, dedented', () => {
  expect(splitLab(ONE)).toEqual({ host: 'title: One\nvms:\n  - name: vm0\n    vmid: 1\n', guest: '{}\n', steps: '- note: hello\n' });
  expect(splitLab('title: A')).toBeNull();
  expect(splitLab('[')).toBeNull();
});
