import { describe, expect, it } from 'vitest';
import { JsonReader } from './json-reader.ts';
import { QmpSession } from './qmp-session.ts';

function open() {
  const replies: Record<string, unknown>[] = [];
  let quits = 0;
  const session = new QmpSession({ send: (text) => replies.push(JSON.parse(text) as Record<string, unknown>), quit: () => quits++ });
  const reader = new JsonReader((text) => session.handle(text));
  const ask = (text: string): Record<string, unknown> | undefined => {
    reader.push(text);
    return replies.pop();
  };
  return { reader, replies, ask, quits: () => quits };
}

const names = (reply: Record<string, unknown> | undefined): string[] => (reply?.['return'] as { name: string }[]).map(({ name }) => name);

describe('QMP', () => {
  it('greets at once', () => {
    expect(open().replies).toEqual([
      { QMP: { version: { qemu: { major: 11, minor: 1, micro: 3 }, package: 'SMMU Lab' }, capabilities: [] } },
    ]);
  });

  it('answers what qtest clients ask', () => {
    const { ask } = open();
    expect(ask('{"execute": "qmp_capabilities"}')).toEqual({ return: {} });
    expect(names(ask('{"execute": "query-machines"}'))).toContain('virt');
    expect(names(ask('{"execute": "qom-list-types", "arguments": {"implements": "device", "abstract": false}}'))).toContain('arm-gicv3');
    expect(names(ask('{"execute": "qom-list-types", "arguments": {"implements": "pci-device"}}'))).toEqual([
      'edu',
      'gpex-root',
      'iommu-testdev',
    ]);
    expect(names(ask('{"execute": "qom-list-types", "arguments": {"implements": "cpu"}}'))).toEqual([]);
  });

  it('echoes the id of a request', () => {
    expect(open().ask('{"execute": "qmp_capabilities", "id": {"n": 1}}')).toEqual({ return: {}, id: { n: 1 } });
    expect(open().ask('{"execute": "nonsense", "id": "a"}')).toMatchObject({ error: { class: 'CommandNotFound' }, id: 'a' });
  });

  it('reads requests as a stream: pretty-printed, several in one piece, cut anywhere', () => {
    const { reader, replies } = open();
    replies.length = 0;
    const request = JSON.stringify({ execute: 'qmp_capabilities', id: 'brace } quote " and \\' }, null, 4);
    for (const character of `${request}\n${request}{"execute":"query-status"}`) reader.push(character);
    expect(replies.map((reply) => reply['id'])).toEqual(['brace } quote " and \\', 'brace } quote " and \\', undefined]);
  });

  it('says what is wrong with a request and goes on', () => {
    const { ask } = open();
    expect(ask('garbage\n')).toMatchObject({ error: { class: 'GenericError' } });
    expect(ask('{"execute": }')).toMatchObject({ error: { class: 'GenericError' } });
    expect(ask('}')).toMatchObject({ error: { class: 'GenericError' } });
    expect(ask('{"arguments": {}}')).toMatchObject({ error: { desc: expect.stringContaining("lacks member 'execute'") as string } });
    expect(ask('{"execute": "query-machines", "arguments": 3}')).toMatchObject({
      error: { desc: expect.stringContaining('must be an object') as string },
    });
    expect(ask('{"execute": "qmp_capabilities"}')).toEqual({ return: {} });
  });

  it('quits when asked', () => {
    const { ask, quits } = open();
    expect(ask('{"execute": "quit"}')).toEqual({ return: {} });
    expect(quits()).toBe(1);
  });
});
