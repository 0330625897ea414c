// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION, RpcError } from '../../../protocol/contract.ts';
import { useBookmarks } from '../../services/bookmarks.ts';
import { goToPlace } from '../../app/going.ts';
import { useFilters } from '../../services/filters.ts';
import { useInspection } from '../../services/inspection.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useMessages } from '../../services/messages.ts';
import { useSelection } from '../../services/selection.ts';
import { FIRST_SAMPLE, useSessions } from '../../services/sessions.ts';
import { useTraceScope } from '../../services/trace-scope.ts';
import { fakeLab, type FakeLab } from '../../testing/fake-lab.ts';
import { openSample, settle } from '../../testing/fake-page.ts';
import BookmarkDialog from './BookmarkDialog.vue';
import BookmarksPanel from './BookmarksPanel.vue';

let lab: FakeLab;
async function start(): Promise<void> {
  await useLabClient().connect(lab.port);
  useBookmarks();
  await openSample();
}
beforeEach(() => {
  document.body.replaceChildren();
  setActivePinia(createPinia());
  lab = fakeLab();
});

describe('bookmarks', () => {
  it('are kept with the session, which a sample becomes, and listed with their notes', async () => {
    await start();
    await useSelection().selectTransaction(3);
    const dialog = mount(BookmarkDialog, { attachTo: document.body });
    expect(dialog.findAll('option').map((one) => one.text())).toEqual(['Transaction 3', 'Event 0']);
    await dialog.find('input').setValue(' the first fault ');
    await dialog.find('form').trigger('submit');
    await settle();
    expect(dialog.emitted('close')).toHaveLength(1);
    expect(useSessions().current).toBe('s1');
    const panel = mount(BookmarksPanel, { attachTo: document.body });
    expect(panel.find('li').text()).toMatch(/Transaction 3\s*the first fault/);
    expect(panel.find('.notice').exists()).toBe(false);
    await panel.find('li .entry').trigger('keydown', { key: 'Delete' });
    await settle();
    expect(panel.text()).toContain('No bookmarks');
    expect(lab.calls.filter((method) => method.startsWith('bookmarks.')).slice(-2)).toEqual(['bookmarks.remove', 'bookmarks.list']);
  });

  it('have notes that can be changed, and left as they are', async () => {
    await start();
    await useBookmarks().add({ txn: 2 }, 'before');
    await settle();
    const panel = mount(BookmarksPanel, { attachTo: document.body });
    await panel.find('li .entry').trigger('keydown', { key: 'F2' });
    await settle();
    expect(document.activeElement).toBe(panel.find('.note').element);
    await panel.find('.note').setValue('after');
    await panel.find('form').trigger('submit');
    await settle();
    expect(panel.find('li').text()).toContain('after');
    await panel.findAll('li button').find((one) => one.text() === 'Note')!.trigger('click');
    await panel.find('.note').setValue('never');
    await panel.find('form').trigger('keydown', { key: 'Escape' });
    await settle();
    expect([panel.find('form').exists(), panel.find('li').text().includes('after')]).toEqual([false, true]);
  });

  it('lead to a record of the trace, in the whole run', async () => {
    await start();
    useFilters().record = 2;
    expect(useBookmarks().places).toContainEqual({ record: 2 });
    await goToPlace({ record: 2 });
    expect([useTraceScope().scope, useTraceScope().outline, useFilters().record]).toEqual(['run', false, 2]);
    await goToPlace({ record: 1_000_000 });
    expect(useMessages().byPlace.get('bookmarks')).toBe('This run has not come to record 1000000.');
  });

  it('offer the address on show', async () => {
    await start();
    useInspection().show({ origin: 'structures', key: 'x', title: 'STE 0x10', address: { space: 'pa', value: '0x40000400' }, words: [], fields: [] });
    expect(useBookmarks().places).toContainEqual({ space: 'pa', address: '0x40000400' });
  });

  it('say so where they cannot be kept, and go with the lab', async () => {
    lab.override({ hello: () => ({ protocol: PROTOCOL_VERSION, version: '0.1.0', canSave: false, saveProblem: 'no SQLite here', platform: 'test' }) });
    await start();
    const panel = mount(BookmarksPanel, { attachTo: document.body });
    await useBookmarks().add({ txn: 1 }, 'one');
    await settle();
    expect(panel.find('.notice').text()).toContain('no SQLite here');
    expect(panel.find('li').text()).toContain('Transaction 1');
    await useSessions().openSample(FIRST_SAMPLE);
    await settle();
    expect(panel.findAll('li')).toHaveLength(0);
    expect(lab.calls.some((method) => method.startsWith('bookmarks.'))).toBe(false);
  });

  it('say why one was not kept', async () => {
    lab.override({ 'bookmarks.add': () => Promise.reject(new RpcError({ code: 'store', message: 'the disk is full' })) });
    await start();
    expect(await useBookmarks().add({ txn: 1 }, '')).toBe(false);
    expect(useMessages().byPlace.get('bookmarks')).toBe('the disk is full');
  });
});
