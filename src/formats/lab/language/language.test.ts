import { describe, expect, it } from 'vitest';
import { parseLab } from '../parse.ts';
import type { Documents, PartName } from '../problem.ts';
import { complete, fixes, format, hover, names, outline } from './index.ts';

const LAB: Documents = {
  host: `title: Two devices
smmu: { preset: v3.2 }
memory: { base: 0x40000000, size: 256M }
vms:
  - { name: vm0, vmid: 1, stage2: { map: [{ ipa: 0x80000000, size: 16M }] } }
devices:
  - { name: nic0, StreamID: 0x10, vm: vm0, Config: nested }
  - { name: disk0, StreamID: 0x11, vm: vm0, Config: s2 }
`,
  guest: `vm0:
  devices:
    nic0: { stage1: { map: [{ iova: 0x10000000, ipa: 0x80100000, size: 4K }] } }
`,
  steps: `- dma: { device: nic0, iova: 0x10000000, access: read }
- command: { CMD_TLBI_NH_ALL: { VMID: vm0 } }
`,
};

/** The text of one document with `|` where the cursor is. */
function at(part: PartName, marked: string): readonly [Documents, PartName, number, number] {
  const offset = marked.indexOf('|');
  const before = marked.slice(0, offset).split('\n');
  return [{ ...LAB, [part]: before.join('\n') + marked.slice(offset + 1) }, part, before.length, before.at(-1)!.length + 1];
}

const labels = (part: PartName, marked: string): string[] => complete(...at(part, marked)).items.map(({ label }) => label);

describe('completion', () => {
  it.each([
    ['verbs on an empty line', 'steps', '- note: x\n|', ['dma', 'unmap', 'command']],
    ['verbs behind a dash', 'steps', '- |', ['dma', 'atos']],
    ['keys of a verb in braces that are closed', 'steps', '- dma: { device: nic0, | }', ['iova', 'access', 'expect']],
    ['and in braces that are not', 'steps', '- dma: { device: nic0, |\n- note: x\n', ['iova', 'access', 'expect']],
    ['keys of a verb as a block', 'steps', '- dma:\n    device: nic0\n    |\n', ['iova', 'access']],
    ['words', 'steps', '- dma: { device: nic0, iova: 0x0, access: | }', ['read', 'write', 'execute']],
    ['devices by their names', 'steps', '- dma: { device: | }', ['nic0', 'disk0']],
    ['devices in a field of a command', 'steps', '- command: { CMD_CFGI_STE: { StreamID: | } }', ['nic0', 'disk0']],
    ['VMs in a field of a command', 'steps', '- command: { CMD_TLBI_NH_ALL: { VMID: | } }', ['vm0']],
    ['fields of a command', 'steps', '- command: { CMD_TLBI_NH_VA: { | } }', ['VMID', 'ASID', 'Address', 'Leaf']],
    ['fields of the STE', 'steps', '- ste: { device: nic0, set: { | } }', ['Config', 'S1ContextPtr', 'S2VMID']],
    ['words of a field, as the one table has them', 'steps', '- ste: { device: nic0, set: { Config: | } }', ['S1', 'nested', 'bypass']],
    ['fields that an inspection may expect', 'steps', '- inspect: { CD: nic0, expect: { | } }', ['ASID', 'T0SZ']],
    ['raw fields of the stage that is mapped', 'steps', '- map: { vm: vm0, ipa: 0x0, size: 4K, descriptor: { | } }', ['S2AP']],
    ['registers', 'steps', '- register: { name: | }', ['CR0', 'GERROR']],
    ['addresses that are mapped', 'steps', '- dma: { device: nic0, iova: | }', ['0x10000000']],
    ['keys of the host', 'host', '|\ndevices: []\n', ['title', 'smmu', 'vms', 'memory']],
    ['an item of a list that is empty', 'host', 'vms:\n  |\n', ['name', 'vmid', 'stage2']],
    ['presets', 'host', 'smmu: { preset: | }', ['v3.2', 'qemu-11']],
    ['choices by name', 'host', 'smmu:\n  choices:\n    |\n', ['tlbi.s2-ipa-combined']],
    ['a word in the middle of being typed', 'host', 'smmu: { pro| }', ['profile']],
    ['VMs in the guest document', 'guest', '|\n', ['vm0']],
    ['devices in the guest document', 'guest', 'vm0:\n  devices:\n    |\n', ['nic0']],
  ] as const)('offers %s', (_, part, marked, expected) => expect(labels(part, marked)).toEqual(expect.arrayContaining([...expected])));

  it.each([
    ['keys that are there', 'steps', '- dma: { device: nic0, | }', 'device'],
    ['verbs of stack labs', 'steps', '- |', 'attach_pasid_table'],
    ['anything in a note', 'steps', '- note: d|', 'dma'],
    ['anything in a comment', 'host', 'smmu: {} # p|', 'preset'],
    ['fields that follow from the map', 'steps', '- map: { device: nic0, iova: 0x0, ipa: 0x0, size: 4K, descriptor: { | } }', 'OutputAddress'],
  ] as const)('does not offer %s', (_, part, marked, label) => expect(labels(part, marked)).not.toContain(label));

  it('replaces the word at the cursor, and puts what must be there first', () => {
    const { range, items } = complete(...at('steps', '- dma: { acc|ess: read }'));
    expect(range).toEqual({ line: 1, column: 10, endLine: 1, endColumn: 16 });
    expect(items.filter(({ first }) => first).map(({ label }) => label)).toEqual(['device', 'iova', 'access']);
    expect(items.find(({ label }) => label === 'access')?.snippet).toBe('access');
  });

  it('writes a verb with what it must have', () => {
    expect(complete(...at('steps', '- |')).items.find(({ label }) => label === 'dma')?.snippet).toBe('dma: { device: ${1|nic0,disk0|}, iova: $2, access: ${3|read,write,execute|} }');
  });

  it('offers the verbs and records of a stack lab where the host names a uAPI', () => {
    const stack = { ...LAB, host: 'uapi: { kind: iommufd }\n', steps: '- dma: { expect: { commands: [] } }\n' };
    expect(complete(stack, 'steps', 1, 3).items.map(({ label }) => label)).toContain('attach_pasid_table');
    expect(complete(stack, 'steps', 1, 31).items.map(({ label }) => label)).toContain('CMD_TLBI_NH_VA');
  });
});

const hoverText = (part: PartName, marked: string): string | undefined => hover(...at(part, marked))?.text;

describe('hover', () => {
  it('tells of a field its bits, its words, its rules and its section', () => {
    const text = hoverText('steps', '- ste: { device: nic0, set: { S2|VMID: 1 } }');
    expect(text).toContain('**STE.S2VMID** bits 143:128, 16 wide');
    expect(text).toContain('191 ........ ........ ........ ........ ........ ........ ######## ######## 128');
    expect(text).toContain('IHI 0070 5.2');
  });

  it('says that a field is ignored as its stream is configured', () => {
    expect(hoverText('steps', '- ste: { device: nic0, set: { Config: s2, S1|Fmt: linear } }')).toContain('**Ignored here:** stage 1 is bypassed.');
    expect(hoverText('steps', '- ste: { device: nic0, set: { S1|Fmt: linear } }')).not.toContain('Ignored');
    expect(hoverText('host', 'devices: [{ name: nic0, Config: s1, ste: { S2T|0SZ: 1 } }]')).toMatch(/^\*\*Ignored here:\*\* stage 2 is bypassed/);
  });

  it('tells of a field of a register what the register resets to', () => {
    const text = hoverText('host', 'smmu: { CR2: { RECINV|SID: 1 } }');
    expect(text).toMatch(/reset of SMMU\\_CR2/);
    expect(text).toMatch(/access of SMMU\\_CR2: rw/);
  });

  it.each([
    ['a verb', 'steps', '- d|ma: {}', '`device`'],
    ['a command', 'steps', '- command: { CMD_TLBI|_NH_ALL: {} }', 'IHI 0070 4.4'],
    ['a key', 'steps', '- dma: { dev|ice: nic0 }', 'Required.'],
    ['a key with a default', 'host', 'smmu: { pre|set: v3.2 }', 'Without it `v3.2`'],
    ['a word of a field', 'steps', '- ste: { device: nic0, set: { Config: nes|ted } }', '`nested` = 7'],
    ['an event', 'steps', '- dma: { device: nic0, expect: { event: F_TRANS|LATION } }', 'IHI 0070 7.3'],
    ['a command within a text', 'steps', '- dma: { device: nic0, expect: { stale: ["CMD_CFGI|_CD StreamID=8"] } }', 'IHI 0070 4.3'],
    ['a register', 'steps', '- register: { name: CR|0 }', 'reset: 0x0'],
    ['a rule', 'steps', '- dma: { device: nic0, expect: { rule: tlb.h|it } }', 'tlb.hit'],
    ['a device', 'steps', '- dma: { device: ni|c0 }', '**nic0** device: StreamID 0x10, vm vm0, Config nested'],
    ['a choice', 'host', 'smmu: { choices: { tlbi.s2|-ipa-combined: kept } }', 'IHI 0070 4.4'],
  ] as const)('tells of %s', (_, part, marked, text) => expect(hoverText(part, marked)).toContain(text));

  it('tells nothing of a number', () => expect(hoverText('steps', '- dma: { iova: 0x1|0 }')).toBeUndefined());
});

/** The document after the fix that says so. */
function mended(part: PartName, text: string, title: string | RegExp): string {
  const documents = { ...LAB, [part]: text };
  const problems = parseLab(documents).problems.filter(({ document }) => document === part);
  const found = problems.flatMap((problem) => fixes(documents, part, problem));
  const fix = found.find((one) => (typeof title === 'string' ? one.title === title : title.test(one.title)));
  if (fix === undefined) throw new Error(`no fix ${String(title)} of ${problems.map(({ message }) => message).join('; ')}: ${found.map((one) => one.title).join(', ')}`);
  const lines = text.split('\n');
  const offset = (line: number, column: number): number => lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1;
  return [...fix.edits].reverse().reduce((now, { range, text: put }) => now.slice(0, offset(range.line, range.column)) + put + now.slice(offset(range.endLine, range.endColumn)), text);
}

describe('quick fixes', () => {
  it.each([
    ['a key', 'steps', '- dma: { device: nic0, iova: 0x0, acces: read }\n', 'Change to access', '- dma: { device: nic0, iova: 0x0, access: read }\n'],
    ['a verb', 'steps', '- unmpa: { device: nic0, iova: 0x0, size: 4K }\n', 'Change to unmap', '- unmap: { device: nic0, iova: 0x0, size: 4K }\n'],
    ['a field', 'steps', '- ste: { device: nic0, set: { S2VMIT: 1 } }\n', 'Change to S2VMID', '- ste: { device: nic0, set: { S2VMID: 1 } }\n'],
    ['a word', 'steps', '- dma: { device: nic0, iova: 0x0, access: raed }\n', 'Change to read', '- dma: { device: nic0, iova: 0x0, access: read }\n'],
    ['a word like no other', 'steps', '- dma: { device: nic0, iova: 0x0, access: fly }\n', 'Change to write', '- dma: { device: nic0, iova: 0x0, access: write }\n'],
    ['a word of a field', 'steps', '- ste: { device: nic0, set: { Config: nestde } }\n', 'Change to nested', '- ste: { device: nic0, set: { Config: nested } }\n'],
    ['a device', 'steps', '- dma: { device: nic1, iova: 0x0, access: read }\n', 'Change to nic0', '- dma: { device: nic0, iova: 0x0, access: read }\n'],
    ['a VM', 'guest', 'vm1: {}\n', 'Change to vm0', 'vm0: {}\n'],
    ['missing keys in braces', 'steps', '- dma: { device: nic0 }\n', 'Add iova, access', '- dma: { device: nic0, iova: 0x0, access: read }\n'],
    ['missing keys in empty braces', 'steps', '- dma: {}\n', 'Add device, iova, access', '- dma: { device: nic0, iova: 0x0, access: read }\n'],
    ['a missing key in a block', 'steps', '- dma:\n    device: nic0\n    iova: 0x0\n- sync:\n', 'Add access', '- dma:\n    device: nic0\n    iova: 0x0\n    access: read\n- sync:\n'],
    ['an address that is not aligned', 'steps', '- unmap: { device: nic0, iova: 0x10000010, size: 4K }\n', 'Change to 0x10000000', '- unmap: { device: nic0, iova: 0x10000000, size: 4K }\n'],
    ['a size that is not aligned', 'steps', '- unmap: { device: nic0, iova: 0x10000000, size: 5000 }\n', 'Change to 8K', '- unmap: { device: nic0, iova: 0x10000000, size: 8K }\n'],
    ['memory in a list of one', 'host', 'memory: [{ base: 0x40000010, size: 256M }]\n', 'Change to 0x40000000', 'memory: [{ base: 0x40000000, size: 256M }]\n'],
  ] as const)('mend %s', (_, part, text, title, expected) => expect(mended(part, text, title)).toBe(expected));

  it('offer nothing where nothing is wrong', () => expect(fixes(LAB, 'steps', { line: 1, column: 1, endLine: 3, endColumn: 1 })).toEqual([]));
});

describe('format', () => {
  it.each([
    ['spaces', 'a:   {b:1,c:  [ 1,2 ]}', 'a: { b:1, c: [1, 2] }\n'],
    ['blocks', 'a:\n      b:\n       - c: 1\n         d: 2\n', 'a:\n  b:\n    - c: 1\n      d: 2\n'],
    ['lists at the column of their key', 'a:\n- 1\n- 2\n', 'a:\n  - 1\n  - 2\n'],
    ['continued braces', '- a: { b: 1,\n    c: 2 }\n', '- a: { b: 1,\n       c: 2 }\n'],
    ['comments with what they are about', 'a:\n    # first\n    b: 1   # here\n', 'a:\n  # first\n  b: 1   # here\n'],
    ['empty lines', '\n\na: 1\n\n\n\nb: 2\n\n\n', 'a: 1\n\nb: 2\n'],
    ['texts of several lines', 'a:\n      b: |\n          one\n            two\n      c: 1\n', 'a:\n  b: |\n      one\n        two\n  c: 1\n'],
    ['quotes and numbers as they were', 'a: "x"\nb: \'y\'\nc: 0x0010\nd: 1_000\n', 'a: "x"\nb: \'y\'\nc: 0x0010\nd: 1_000\n'],
  ])('%s', (_, text, expected) => {
    expect(format(text)).toBe(expected);
    expect(format(expected)).toBe(expected);
  });

  it.each([['broken text', 'a: { b'], ['several documents', 'a: 1\n---\nb: 2\n']])('leaves %s alone', (_, text) => expect(format(text)).toBeNull());
});

describe('names', () => {
  it('finds every place that names a device, and which of them defines it', () => {
    const found = names(LAB, 'steps', 1, 19);
    expect(found).toMatchObject({ kind: 'device', name: 'nic0', range: { line: 1, column: 18, endColumn: 22 } });
    expect(found?.places.map(({ document, definition, range }) => `${document} ${range.line}${definition ? ' definition' : ''}`)).toEqual(['host 7 definition', 'guest 3', 'steps 1']);
  });

  it('tells a VM from a device of the same name', () => {
    const same = { ...LAB, host: LAB.host.replaceAll('vm0', 'nic0'), guest: LAB.guest.replace('vm0', 'nic0') };
    expect(names(same, 'guest', 1, 1)).toMatchObject({ kind: 'vm', places: [{ definition: true, range: { line: 5 } }, { range: { line: 7 } }, { range: { line: 8 } }, { document: 'guest', range: { line: 1 } }] });
  });

  it('finds none in a word', () => expect(names(LAB, 'steps', 1, 4)).toBeNull());
});

it('the outline of a host has its parts, of steps their verbs', () => {
  const flat = (entries: ReturnType<typeof outline>, depth = 0): string[] => entries.flatMap(({ name, detail, children }) => [`${'  '.repeat(depth)}${name}${detail === '' ? '' : `: ${detail}`}`, ...flat(children, depth + 1)]);
  expect(flat(outline('host', LAB.host)).slice(0, 5)).toEqual(['title: Two devices', 'smmu: preset v3.2', '  preset: v3.2', 'memory: base 0x40000000, size 256M', '  base: 0x40000000']);
  expect(flat(outline('host', LAB.host))).toContain('  nic0: StreamID 0x10, vm vm0, Config nested');
  expect(flat(outline('steps', LAB.steps))).toEqual(['1 dma: device nic0, iova 0x10000000, access read', '2 command: CMD_TLBI_NH_ALL']);
});
