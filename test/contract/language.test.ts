/** What an editor asks of a host, over every transport. */
import { describe, expect, it } from 'vitest';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { useConnectedHost } from './connected-host.ts';
import { SMALL } from './labs.ts';
import { TRANSPORTS } from './transports.ts';

describe.each(TRANSPORTS)('the language of the documents over $name', (transport) => {
  let client: RpcClient;
  useConnectedHost(transport, (made) => {
    client = made;
  });

  it('is completed, told of, mended, formatted, outlined and named', async () => {
    const documents = { ...SMALL, steps: '- dma: { device: nic0, iova: 0x10000000, access: raed }\n' };
    const { range, items } = await client.call('language.complete', { documents, document: 'steps', line: 1, column: 51 });
    expect([range.column, range.endColumn, items.map(({ label }) => label)]).toEqual([50, 54, ['read', 'write', 'execute']]);
    expect((await client.call('language.hover', { documents, document: 'steps', line: 1, column: 4 }))?.text).toContain('**dma**');
    const [fix] = await client.call('language.fixes', { documents, document: 'steps', range: { line: 1, column: 50, endLine: 1, endColumn: 50 } });
    expect(fix).toMatchObject({ title: 'Change to read', code: 'bad-value', preferred: true, edits: [{ document: 'steps', text: 'read' }] });
    expect(await client.call('language.format', { text: 'a:   1' })).toEqual({ text: 'a: 1\n' });
    expect((await client.call('language.outline', { document: 'steps', text: documents.steps })).map(({ name }) => name)).toEqual(['1 dma']);
    const names = await client.call('language.names', { documents, document: 'steps', line: 1, column: 20 });
    expect(names?.places.filter(({ definition }) => definition).map(({ document }) => document)).toEqual(['host']);
    await expect(client.call('language.hover', { documents, document: 'steps', line: 0, column: 1 })).rejects.toMatchObject({ code: 'bad-request' });
  });
});
