/** Every method of the protocol, over every transport: what a window may rely on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { QemuProgress, RunState } from '../../src/protocol/contract.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/contract.ts';
import type { RpcClient } from '../../src/protocol/rpc.ts';
import { OUTLINE_FILTER } from '../../src/query/outline.ts';
import { captureFolder } from '../cli/captures.ts';
import { fixture } from '../dumps/fixtures.ts';
import { useConnectedHost } from './connected-host.ts';
import { ILLEGAL, LASTING, long, SMALL } from './labs.ts';
import { TRANSPORTS } from './transports.ts';

const captureFiles = (name: string): { name: string; bytes: Uint8Array }[] => {
  const folder = captureFolder(name);
  return readdirSync(folder).map((file) => ({ name: file, bytes: new Uint8Array(readFileSync(join(folder, file))) }));
};

describe.each(TRANSPORTS)('the protocol over $name', (transport) => {
  let client: RpcClient;
  useConnectedHost(transport, (made) => {
    client = made;
  });

  it('says hello, and refuses a window of another protocol', async () => {
    expect(await client.call('hello', { protocol: PROTOCOL_VERSION })).toEqual({
      protocol: PROTOCOL_VERSION,
      version: '1.2.3',
      canSave: true,
      platform: `${process.platform} ${process.arch}`,
    });
    await expect(client.call('hello', { protocol: 99 })).rejects.toMatchObject({ code: 'protocol-mismatch', message: expect.stringContaining('99') });
  });

  it('has nothing before a lab is loaded', async () => {
    expect(await client.call('run.state', {})).toMatchObject({ state: 'empty', transactions: 0, readOnly: false });
    await expect(client.call('run.step', {})).rejects.toMatchObject({ code: 'no-lab' });
    await expect(client.call('walk.view', { txn: 1 })).rejects.toMatchObject({ code: 'not-found' });
    expect(await client.call('events.window', { from: 0, count: 10 })).toEqual({ total: 0, all: 0, rows: [], queue: null });
  });

  it('opens samples by the ids it lists, and nothing else', async () => {
    const samples = await client.call('samples.list', {});
    expect(samples.map(({ id }) => id)).toContain('first-nested');
    const { title, documents } = await client.call('samples.open', { id: 'first-nested' });
    expect(title).not.toBe('');
    expect((await client.call('documents.check', { documents })).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    for (const id of ['../labs/first-nested', 'nothing', '.']) {
      await expect(client.call('samples.open', { id })).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  it('refuses documents with errors, with the place of each, and keeps the machine it has', async () => {
    const before = await client.call('run.load', { documents: SMALL });
    const documents = { ...SMALL, host: SMALL.host.replace('Config: nested', 'Config: nestled') };
    await expect(client.call('run.load', { documents })).rejects.toMatchObject({
      code: 'bad-document',
      problems: [expect.objectContaining({ document: 'host', line: 10, severity: 'error' })],
    });
    expect((await client.call('documents.check', { documents })).problems).toHaveLength(1);
    const { revision: _revision, ...same } = await client.call('run.state', {});
    expect(before).toMatchObject(same);
  });

  it('steps through a lab, says what each step gave, and ends with a digest that a second run repeats', async () => {
    const ready = await client.call('run.load', { documents: SMALL });
    expect(ready).toMatchObject({ state: 'ready', position: 0, steps: 4, transactions: 0, lab: { title: 'Contract' } });
    const note = await client.call('run.step', {});
    expect(note).toMatchObject({ state: 'paused', position: 1, notes: [{ step: 1, text: 'A note.', severity: 'note' }] });
    expect(note.revision).toBeGreaterThan(ready.revision);
    const done = await client.call('run.run', {});
    expect(done).toMatchObject({ state: 'done', position: 4, transactions: 3, faults: 1, events: 1, dropped: 0, expectations: { met: 2, failed: 1 } });
    expect(done.notes.at(-1)).toMatchObject({ step: 4, severity: 'failed' });
    expect(await client.call('run.step', {})).toMatchObject({ state: 'done', position: 4 });

    expect(await client.call('run.reset', {})).toMatchObject({ state: 'ready', position: 0, transactions: 0, events: 0, notes: [] });
    const again = await client.call('run.run', {});
    expect(again.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(again.digest).toBe(done.digest);
  });

  it('shows transactions, events, the walk and its steps', async () => {
    const { total, rows } = await client.call('transactions.window', { from: 1, count: 100 });
    expect(total).toBe(3);
    expect(rows.map(({ txn }) => txn)).toEqual([2, 3]);
    expect(rows[0]).toMatchObject({
      txn: 2, step: 3, sid: 0x10, ssid: null, device: 'nic0', iova: '0x30000010', access: 'write', length: 8,
      status: 'fault', pa: null, pageSize: null, event: 'F_TRANSLATION', rule: 's2.invalid', expectation: 'met', privileged: false,
    });
    expect(rows[0]?.why).toMatch(/^F_TRANSLATION at stage 2, level \d, translating the output of stage 1, IPA 0xa0000010: .* \(IHI 0070 7\.3\.13\)$/);
    expect(rows[1]).toMatchObject({ status: 'success', expectation: 'failed', reads: 0 });

    const events = await client.call('events.window', { from: 0, count: 512 });
    expect(events).toMatchObject({ total: 1, queue: { entries: 1, prod: 1, cons: 0, overflow: false } });
    expect(events.rows[0]).toMatchObject({ index: 0, txn: 2, type: 'F_TRANSLATION', verdict: 'written' });
    expect(events.rows[0]?.fields.find(({ name }) => name === 'InputAddr')).toMatchObject({ value: '0x30000010', bits: [191, 128] });
    expect(events.rows[0]?.words[0]).toBe('0000001000000010');

    const walk = await client.call('walk.view', { txn: 2 });
    expect(walk).toMatchObject({ txn: 2, iova: '0x30000010', status: 'fault', columns: ['S2 L0', 'S2 L1', 'S2 L2', 'S2 L3', 'read'] });
    const [row = -1, column = -1] = walk.faultCell ?? [];
    expect(walk.why).toBe(rows[0]?.why);
    expect(walk.rows[row]).toMatchObject({ label: 'Final IPA' });
    expect(walk.rows[row]?.cells[column]).toMatchObject({ verdict: 'fault', rule: 's2.invalid' });

    const first = await client.call('walk.view', { txn: 1 });
    const ste = first.rows.find(({ label }) => label === 'STE')?.cells.find((cell) => cell !== null);
    expect(ste?.fields?.find(({ name }) => name === 'Config')).toMatchObject({ raw: '0x7' });

    const { rows: steps } = await client.call('records.window', { span: { txn: 2 }, from: 0, count: 512 });
    expect(steps.at(0)).toMatchObject({ kind: 'TXN_BEGIN', address: '0x30000010', space: 'iova' });
    expect(steps.find(({ kind }) => kind === 'FAULT')).toMatchObject({ rule: 's2.invalid', verdict: 'fault' });
    expect(await client.call('records.window', { span: { txn: 4 }, from: 0, count: 512 })).toEqual({ total: 0, all: 0, rows: [] });
  });

  it('filters transactions and events, and says where a filter is wrong', async () => {
    expect(await client.call('transactions.window', { from: 0, count: 10, filter: ' ' })).toMatchObject({ total: 3, all: 3 });
    const faults = await client.call('transactions.window', { from: 0, count: 10, filter: 'device == nic0 && evt.type == F_TRANSLATION' });
    expect(faults).toMatchObject({ total: 1, all: 3, rows: [{ txn: 2, status: 'fault' }] });
    const others = await client.call('transactions.window', { from: 1, count: 10, filter: 'status == success and vmid == 1' });
    expect(others).toMatchObject({ total: 2, all: 3, rows: [{ txn: 3 }] });
    const events = await client.call('events.window', { from: 0, count: 10, filter: 'evt.S2 && iova in 0x3000_0000/12' });
    expect(events).toMatchObject({ total: 1, all: 1, rows: [{ index: 0, txn: 2 }], queue: { entries: 1 } });
    expect(await client.call('events.window', { from: 0, count: 10, filter: 'stall' })).toMatchObject({ total: 0, all: 1, rows: [] });
    const bad = { code: 'filter-field', message: 'no field is called statis: did you mean status?', at: { line: 1, column: 6, endColumn: 12 } };
    await expect(client.call('transactions.window', { from: 0, count: 1, filter: 'not (statis == fault)' })).rejects.toMatchObject(bad);
    await expect(client.call('transactions.window', { from: 0, count: 1, filter: 'x'.repeat(5000) })).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('checks and completes filters, and finds a row among those that match', async () => {
    expect(await client.call('filter.check', { list: 'transactions', text: 'status == success' })).toEqual({ error: null, warnings: [], total: 2, all: 3 });
    expect(await client.call('filter.check', { list: 'transactions', text: 'sid ==' })).toMatchObject({ error: { code: 'filter-syntax', column: 7, endColumn: 8 }, total: 0 });
    expect((await client.call('filter.check', { list: 'events', text: 'ste.V' })).warnings).toMatchObject([{ column: 1, endColumn: 6 }]);
    const { from, to, items } = await client.call('filter.complete', { list: 'events', text: 'device == ni', cursor: 12 });
    expect([from, to, items.map(({ text }) => text)]).toEqual([10, 12, ['nic0']]);
    const locate = (position: number) => client.call('filter.locate', { list: 'transactions', text: 'status == success', position });
    expect([await locate(0), await locate(1), await locate(2)]).toEqual([{ index: 0, found: true }, { index: 1, found: false }, { index: 1, found: true }]);
  });

  it('says which values make an STE or CD illegal', async () => {
    await client.call('run.load', { documents: ILLEGAL });
    await client.call('run.run', {});
    const { rows } = await client.call('transactions.window', { from: 0, count: 2 });
    expect(rows.map(({ event }) => event)).toEqual(['C_BAD_STE', 'C_BAD_CD']);
    expect(rows[0]?.why).toMatch(/^C_BAD_STE: S2T0SZ 12 gives 52 bits of IPA; 16 to 48 are implemented\. .*\(IHI 0070 5\.2\.2\)/);
    expect(rows[1]?.why).toMatch(/^C_BAD_CD: T0SZ 50 gives 14 bits of input address; .* are implemented\. .*\(IHI 0070 5\.4\.2\)/);
  });

  it('lists all trace records: of the run, of one step, without what is inside transactions', async () => {
    await client.call('run.load', { documents: ILLEGAL });
    const { records } = await client.call('run.run', {});
    const all = await client.call('records.window', { from: 0, count: 512 });
    expect(all).toMatchObject({ total: records, all: records });
    expect(all.rows.map(({ position, seq }) => position - seq)).toEqual(all.rows.map(() => 0));
    const outline = await client.call('records.window', { filter: OUTLINE_FILTER, from: 0, count: 512 });
    expect(new Set(outline.rows.map(({ kind }) => kind))).toEqual(new Set(['REG_WRITE', 'COMMAND', 'STEP', 'MEM_WRITE', 'TXN_BEGIN', 'EVENT', 'IRQ', 'TXN_END']));
    const last = await client.call('records.window', { span: { step: 8 }, filter: OUTLINE_FILTER, from: 0, count: 512 });
    expect(outline.rows.slice(-last.total)).toEqual(last.rows);
    expect(last.rows.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^step 8: CMD_TLBI_NH_VA/),
      expect.stringMatching(/^CMDQ_PROD = 0x/),
      'CMD_TLBI_NH_VA VMID 1, ASID 5, Leaf 1, Address 0x10000000: removed no cache entry',
    ]);
    expect(await client.call('records.window', { span: { step: 3 }, from: 1, count: 1 })).toMatchObject({ rows: [{ kind: 'TXN_BEGIN', txn: 1 }] });
    expect(await client.call('records.window', { span: { step: 99 }, from: 0, count: 1 })).toEqual({ total: 0, all: 0, rows: [] });
    await expect(client.call('transactions.window', { span: { step: 3 }, from: 0, count: 1 })).rejects.toMatchObject({ code: 'bad-request' });
    const place = last.rows[2]!.position;
    expect(await client.call('filter.locate', { list: 'records', text: OUTLINE_FILTER, span: { step: 8 }, position: place })).toEqual({ index: 2, found: true });
    expect(await client.call('filter.locate', { list: 'records', text: '', span: { step: 8 }, position: 0 })).toEqual({ index: 0, found: false });
  });

  it('shows a record field by field: what it carries of the architecture, with the names that columns and filters have', async () => {
    const view = async (filter: string) => {
      const { rows } = await client.call('records.window', { filter, from: 0, count: 1 });
      return client.call('records.view', { position: rows[0]!.position });
    };
    const command = await view('cmd.op == CMD_TLBI_NH_VA && cmd.ASID == 5 && cmd.VMID == 1');
    expect(command).toMatchObject({ title: 'CMD_TLBI_NH_VA', words: { length: 2 } });
    expect(command.fields.find(({ name }) => name === 'ASID')).toMatchObject({ column: 'cmd.ASID', raw: '0x5' });
    expect((await view('kind == EVENT')).fields.find(({ name }) => name === 'StreamID')).toMatchObject({ column: 'evt.StreamID', raw: '0x10' });
    expect(await view('has(cd.T0SZ)')).toMatchObject({ title: 'CD', words: { length: 8 } });
    expect((await view('reg.name == CR0')).fields.find(({ name }) => name === 'SMMUEN')).toMatchObject({ column: 'reg.CR0.SMMUEN' });
    const fault = await view('kind == FAULT');
    expect([fault.title, fault.words.length]).toEqual(['FAULT', 8]);
    expect(fault.fields.find(({ name }) => name === 'sid')).toMatchObject({ bits: [159, 128], value: '0x10' });
    await expect(client.call('records.view', { position: 1e6 })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('sorts what a filter shows, tells fields as columns, and which colour rule a row matches first', async () => {
    const fields = await client.call('rows.fields', { list: 'records' });
    expect(fields.find(({ name }) => name === 'cmd.VMID')).toMatchObject({ type: 'number', bits: 16, section: '4.3.5' });
    expect(fields.some(({ name }) => name === 'response')).toBe(false);
    const text = 'kind in {COMMAND, EVENT, STEP}';
    const { order, total } = await client.call('rows.sort', { list: 'records', text, sort: { by: 'kind', descending: false } });
    const asked = { filter: text, from: 0, count: 512, columns: ['kind', 'evt.StreamID', 'no.such'], marks: ['(', 'kind == STEP', 'kind in {STEP, EVENT}'] };
    const sorted = await client.call('records.window', { ...asked, order });
    expect(sorted.rows).toHaveLength(total);
    const kinds = sorted.rows.map(({ kind }) => kind);
    expect(kinds).toEqual([...kinds].sort());
    for (const kind of ['COMMAND', 'EVENT', 'STEP']) {
      const positions = sorted.rows.filter((row) => row.kind === kind).map(({ position }) => position);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
    }
    for (const { kind, cells, mark } of sorted.rows) expect([cells, mark]).toEqual([[kind, kind === 'EVENT' ? '0x10' : null, null], { COMMAND: null, STEP: 1, EVENT: 2 }[kind]]);
    const down = await client.call('rows.sort', { list: 'records', text, sort: { by: 'evt.StreamID', descending: true } });
    const [first] = (await client.call('records.window', { ...asked, order: down.order, count: 1 })).rows;
    expect(first).toMatchObject({ kind: 'EVENT' });
    expect(await client.call('filter.locate', { list: 'records', text, order: down.order, position: first!.position })).toEqual({ index: 0, found: true });
    for (let n = 0; n < 4; n++) await client.call('rows.sort', { list: 'transactions', text: '', sort: { by: 'iova', descending: false } });
    await expect(client.call('records.window', { ...asked, order })).rejects.toMatchObject({ code: 'order-gone' });
    await expect(client.call('rows.sort', { list: 'records', text, sort: { by: 'no.such', descending: false } })).rejects.toMatchObject({ code: 'not-found' });
  });

  // The time includes whatever else this machine does just then: three attempts.
  it('stops a run within 200 ms, keeps what was done, and goes on from there', { retry: 2 }, async () => {
    const states: RunState[] = [];
    const off = client.on('run.changed', (state) => states.push(state));
    await client.call('run.load', { documents: LASTING.documents });
    const running = client.call('run.run', {});
    await expect.poll(() => states.at(-1)?.position ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    await expect(client.call('run.run', {})).rejects.toMatchObject({ code: 'busy' });
    const before = performance.now();
    const stopped = await client.call('run.stop', {});
    expect(performance.now() - before).toBeLessThan(200);
    expect(await running).toMatchObject({ state: 'paused', position: stopped.position });
    expect(stopped).toMatchObject({ state: 'paused', transactions: stopped.position * LASTING.pages, dropped: 0 });
    expect(stopped.position).toBeLessThan(LASTING.steps);
    expect(await client.call('run.step', {})).toMatchObject({ position: stopped.position + 1 });
    const revisions = states.map(({ revision }) => revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    off();
  });

  it.each([['run.run', {}], ['run.seek', { position: LASTING.steps }]] as const)('cancels %s by the signal of its call, and says so', async (method, params) => {
    const controller = new AbortController();
    const running = client.call(method, params, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(async () => (await client.call('run.state', {})).state).toBe('paused');
  });

  it('says where QEMU would answer differently and why, while the machine goes on; a cancelled comparison leaves nothing behind', async () => {
    const progress: QemuProgress[] = [];
    const off = client.on('qemu.progress', (one) => progress.push(one));
    await client.call('run.load', { documents: SMALL });
    const comparing = client.call('qemu.compare', {});
    await expect(client.call('qemu.compare', {})).rejects.toMatchObject({ code: 'busy' });
    expect(await client.call('run.run', {})).toMatchObject({ state: 'done', transactions: 3 });
    expect(await comparing).toEqual({
      compared: [{ first: 1, last: 3 }],
      differences: [
        {
          step: 3,
          transactions: { first: 2, last: 2 },
          here: expect.stringMatching(/^fault F_TRANSLATION stage 2 abort .* a0000000 00000000$/),
          qemu: expect.stringMatching(/^fault F_TRANSLATION stage 2 abort .* a0000010 00000000$/),
          because: ['event-ipa'],
        },
      ],
    });
    const done = progress.map((one) => one.done);
    expect(done).toEqual([...new Set(done)].sort((a, b) => a - b));
    expect(progress.every(({ done, atMost }) => done < atMost)).toBe(true);

    await client.call('run.load', { documents: LASTING.documents });
    const controller = new AbortController();
    const cancelled = client.call('qemu.compare', {}, { signal: controller.signal });
    expect(await client.call('run.step', {})).toMatchObject({ position: 1 });
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    const replaced = client.call('qemu.compare', {});
    const gone = expect(replaced).rejects.toMatchObject({ code: 'cancelled' });
    await client.call('run.load', { documents: SMALL });
    await gone;
    expect(await client.call('qemu.compare', {})).toMatchObject({ differences: [{ step: 3 }] });
    off();
  });

  it('decodes what it recognises, and says what it does not', async () => {
    const [event, problem] = await client.call('decode', { text: '0000001000000010 0000020800000000 0000000030000010 00000000a0000000\n\nnonsense' });
    expect(event).toMatchObject({ kind: 'event', type: 'F_TRANSLATION', line: 1 });
    expect(problem).toMatchObject({ kind: 'problem', line: 3, notes: [expect.stringContaining('nonsense')] });
    await expect(client.call('decode', { text: 'nonsense' })).rejects.toMatchObject({ message: expect.stringContaining('nonsense'), at: { line: 1 } });
  });

  it('lists the captures that came with the lab, and opens one by its name', async () => {
    const [shipped] = await client.call('captures.list', {});
    expect(shipped).toMatchObject({ id: 'nestedhand-6.12', description: expect.stringContaining('Linux 6.12') });
    const { capture, streams } = await client.call('captures.open', { id: shipped!.id });
    expect([capture, streams.some(({ config }) => config === 'nested')]).toEqual([shipped, true]);
    expect(await client.call('run.state', {})).toMatchObject({ readOnly: true, transactions: 0 });
  });

  it('opens the files of a capture and translates in it; runs are then refused', async () => {
    const { capture, streams } = await client.call('captures.open', { files: captureFiles('nestedhand-6.12') });
    expect(capture.description).not.toBe('');
    const stream = streams.find(({ translations }) => translations.length > 0);
    const known = stream?.translations[0];
    if (stream === undefined || known === undefined) throw new Error('the capture has no known translation');
    const { txn } = await client.call('capture.translate', { sid: stream.sid, iova: known.iova, access: known.access });
    const { total, rows } = await client.call('transactions.window', { from: txn - 1, count: 1 });
    expect([total, rows[0]?.pa, rows[0]?.status]).toEqual([1, known.pa, 'success']);
    expect((await client.call('walk.view', { txn })).rows.length).toBeGreaterThan(2);
    await expect(client.call('run.run', {})).rejects.toMatchObject({ code: 'no-lab', message: expect.stringContaining('capture') });
    expect(await client.call('run.state', {})).toMatchObject({ readOnly: true, transactions: 1 });
  });

  it('refuses a capture that is damaged, naming the file, and keeps the one it has', async () => {
    const cut = captureFiles('nestedhand-6.12').map((file) => (file.name === 'mem-all.bin' ? { ...file, bytes: file.bytes.subarray(0, 1000) } : file));
    await expect(client.call('captures.open', { files: cut })).rejects.toMatchObject({ message: expect.stringMatching(/mem-all\.bin.*1000 bytes/) });
    await expect(client.call('captures.open', { files: [] })).rejects.toMatchObject({ message: expect.stringContaining('manifest.json') });
    await expect(client.call('captures.open', { id: '../labs' })).rejects.toMatchObject({ code: 'not-found' });
    expect(await client.call('run.state', {})).toMatchObject({ readOnly: true, transactions: 1 });
  });

  it('opens a dump of memory with its registers, by content, and says what it is and what is missing', async () => {
    const registers = captureFiles('nestedhand-6.12').find(({ name }) => name === 'registers.bin')!;
    const dump = { name: 'vmcore', bytes: fixture('qemu-nestedhand.kdump') };
    await expect(client.call('captures.open', { files: [dump] })).rejects.toMatchObject({ code: 'missing-registers' });
    const { capture, streams, notes } = await client.call('captures.open', { files: [registers, dump], registers: 'GBPA=0x1000' });
    expect(capture.description).toContain('kdump-compressed dump, flattened, 1 GiB of memory');
    expect(streams.find(({ sid }) => sid === 0x28)?.config).toBe('nested');
    expect(notes).toContain('page size 65536');
    expect((await client.call('survey.events', {})).filter(({ now }) => now === 'same').length).toBe(21);
    expect((await client.call('survey.who', { pa: '0x41ef6900' })).reaching).toMatchObject([{ sid: 0x28, at: { iova: '0x100900' } }]);
    const faulting = { sid: 0x28, iova: '0xdead000', access: 'read' } as const;
    await client.call('capture.translate', faulting);
    await client.call('capture.translate', faulting);
    expect((await client.call('survey.events', {})).length).toBe(21);
    expect(await client.call('survey.beside', { events: [['0000002800000010', '0000020800000000', '000000000dead000', '0000000000000000']] })).toMatchObject([{ sid: 0x28, device: null, now: 'same', what: 'stage 1 level 2 descriptor', cause: '0x4477c378' }]);
    expect(await client.call('survey.names', {})).toEqual([]);
    await client.call('decode.file', { bytes: new Uint8Array(readFileSync(new URL('../fixtures/imports/iort-qemu-10.aml', import.meta.url))) });
    expect(await client.call('survey.names', {})).toContainEqual({ sid: 0x28, name: 'PCI 0000 00:05.0' });
  });

  it('keeps no run of documents that nobody saved, and one session of those that were', async () => {
    const before = await client.call('sessions.list', {});
    const { documents, title } = await client.call('samples.open', { id: 'first-nested' });
    await client.call('run.load', { documents });
    await client.call('run.run', {});
    expect(await client.call('sessions.list', {})).toEqual(before);
    await client.call('run.reset', {});
    await client.call('run.run', {});
    const { id } = await client.call('sessions.save', { title, documents });
    expect(await client.call('sessions.list', {})).toEqual([expect.objectContaining({ id, runs: 1 }), ...before]);
  });

  it('saves a session, keeps every finished run, and shows a stored one as it was', async () => {
    await client.call('run.load', { documents: SMALL });
    const { revision: _revision, ...ran } = await client.call('run.run', {});
    const rows = await client.call('transactions.window', { from: 0, count: 10 });
    const events = await client.call('events.window', { from: 0, count: 10 });
    const { id } = await client.call('sessions.save', { title: 'Mine', documents: SMALL });
    const opened = await client.call('sessions.open', { id });
    expect(opened).toMatchObject({ title: 'Mine', documents: SMALL, runs: [{ digest: ran.digest, records: ran.records, transactions: 3, faults: 1 }] });

    await client.call('run.load', { documents: long(1, 1) });
    const stored = await client.call('runs.open', { runId: opened.runs[0]?.id ?? '' });
    expect(stored).toMatchObject({ ...ran, readOnly: true });
    expect(await client.call('transactions.window', { from: 0, count: 10 })).toEqual(rows);
    expect(await client.call('events.window', { from: 0, count: 10 })).toEqual(events);
    expect(await client.call('walk.view', { txn: 2 })).toMatchObject({ status: 'fault' });
    await expect(client.call('run.step', {})).rejects.toMatchObject({ code: 'no-lab', message: expect.stringContaining('stored run') });
    await expect(client.call('runs.open', { runId: 'nothing' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(client.call('sessions.open', { id: 'nothing' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('keeps versions of a session, and each distinct run once', async () => {
    const { id } = await client.call('sessions.save', { title: 'Versions', documents: SMALL });
    await client.call('run.load', { documents: SMALL });
    for (let i = 0; i < 3; i++) {
      await client.call('run.run', {});
      await client.call('run.reset', {});
    }
    const other = { ...SMALL, steps: SMALL.steps.replace('0x10000123', '0x10000200') };
    await client.call('run.load', { documents: other });
    await client.call('run.run', {});
    const { documents, runs } = await client.call('sessions.open', { id });
    // A run brings its documents as a version; what the user has at hand stays as it is.
    expect(documents).toEqual(SMALL);
    expect(await client.call('sessions.version', { id, version: 2 })).toEqual(other);
    expect(new Set(runs.map(({ digest }) => digest)).size).toBe(2);
    expect(runs).toHaveLength(2);
    expect((await client.call('sessions.list', {}))[0]).toMatchObject({ id, title: 'Versions', runs: 2 });
  });
});
