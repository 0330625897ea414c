// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useDocuments } from '../../services/documents.ts';
import { headingId, headingsIn } from '../../widgets/markdown-headings.ts';
import { DOCUMENT_IDS, loadDocument, PANEL_SECTIONS, targetOf } from './documents.ts';
import { useHelp } from './help-store.ts';
import HelpPanel from './HelpPanel.vue';
import { fakePage, settle } from '../../testing/fake-page.ts';

beforeEach(async () => {
  await fakePage();
});

describe('the documentation in the window', () => {
  it('is all there, the overview first', () => {
    expect(DOCUMENT_IDS[0]).toBe('README');
    expect(DOCUMENT_IDS).toEqual(expect.arrayContaining(['window', 'labs', 'filters', 'command-line', 'model']));
    expect(DOCUMENT_IDS).not.toContain('coverage');
  });

  it.each(PANEL_SECTIONS)('has a section on the panel %s', async (_, { document: id, section }) => {
    const ids = headingsIn((await loadDocument(id)) ?? '').map((heading) => heading.id);
    expect(section === '' || ids.includes(section) ? [] : ids).toEqual([]);
  });

  it('makes ids of headings as links use them', () => {
    expect(headingId('Running, stopping, going back')).toBe('running-stopping-going-back');
    expect(headingsIn('# A `code` & more\n\n## Why?').map(({ depth, text, id }) => [depth, text, id])).toEqual([[1, 'A code & more', 'a-code--more'], [2, 'Why?', 'why']]);
  });

  it('follows links to documents, sections and samples, and leads nowhere else', () => {
    expect(targetOf('filters.md#ranges', 'window')).toEqual({ document: 'filters', section: 'ranges' });
    expect(targetOf('#keys', 'window')).toEqual({ document: 'window', section: 'keys' });
    expect(targetOf('../resources/labs/stale-tlb/README.md', 'window')).toEqual({ sample: 'stale-tlb' });
    expect(targetOf('read-trace.py', 'trace')).toBeNull();
    expect(targetOf('coverage.md', 'model')).toBeNull();
  });
});

describe('the panel', () => {
  it('opens the section of a panel, follows a link and comes back', async () => {
    const help = useHelp();
    await help.openFor('walk');
    const panel = mount(HelpPanel, { attachTo: document.body });
    await settle();
    expect(help.place).toEqual({ document: 'window', section: 'walk' });
    expect(panel.find('[data-heading="walk"]').text()).toBe('Walk');
    expect(panel.findAll('img')).toEqual([]);
    const link = panel.findAll('button.link').find((one) => one.text() === 'filter')!;
    await link.trigger('click');
    await vi.waitFor(() => expect(help.place.document).toBe('filters'));
    await panel.find('.bar button').trigger('click');
    await vi.waitFor(() => expect(help.place).toEqual({ document: 'window', section: 'walk' }));
  });

  it('opens the sample lab that a document speaks of', async () => {
    const help = useHelp();
    await help.follow('../resources/labs/first-nested/README.md');
    await settle();
    expect(useDocuments().title).toBe('First nested walk');
  });

  it('takes nothing of a document as HTML', async () => {
    const help = useHelp();
    const panel = mount(HelpPanel, { attachTo: document.body });
    await vi.waitFor(() => expect(help.text).not.toBeNull());
    help.text = 'before <img src=x onerror=alert(1)> `a < b` [out](https://example.org) &lt;done&gt;';
    await settle();
    expect(panel.findAll('img, a')).toEqual([]);
    expect(panel.find('.markdown').text()).toContain('a < b');
    expect(panel.find('.markdown').text()).toContain('<done>');
  });
});
