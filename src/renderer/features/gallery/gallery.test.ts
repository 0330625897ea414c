// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { beforeEach, expect, it } from 'vitest';
import type { Sample } from '../../../protocol/contract.ts';
import { useDocuments } from '../../services/documents.ts';
import { usePasted } from '../../services/pasted.ts';
import GalleryDialog from './GalleryDialog.vue';
import { groupsFor } from './groups.ts';
import { fakePage, settle } from '../../testing/fake-page.ts';

beforeEach(async () => {
  await fakePage();
});

const sample = (id: string, group: string, title: string): Sample => ({ id, title, summary: 'One sentence.', group });

it('has samples under their headings, and only those with every word', () => {
  const samples = [sample('a', 'Stalls', 'A stall'), sample('b', 'ATS', 'A device'), sample('c', 'Stalls', 'Another')];
  expect(groupsFor(samples, '').map(({ title, samples: list }) => [title, list.map(({ id }) => id)])).toEqual([['Stalls', ['a', 'c']], ['ATS', ['b']]]);
  expect(groupsFor(samples, 'STALL another').flatMap(({ samples: list }) => list.map(({ id }) => id))).toEqual(['c']);
  expect(groupsFor(samples, 'nothing like it')).toEqual([]);
  expect(groupsFor([sample('x', '', 'Mine')], '')[0]?.title).toBe('More');
});

it('is worked by keyboard: arrows from the box into the list and back, Enter opens the first match', async () => {
  const dialog = mount(GalleryDialog, { props: { welcome: true }, attachTo: document.body });
  await settle();
  expect(dialog.text()).toContain('Welcome to SMMU Lab');
  const box = dialog.find('input');
  expect(document.activeElement).toBe(box.element);
  await box.trigger('keydown', { key: 'ArrowDown' });
  expect(document.activeElement?.textContent).toContain('First nested walk');
  await dialog.find('.gallery').trigger('keydown', { key: 'ArrowDown' });
  expect(document.activeElement?.textContent).toContain('A missing invalidation');
  await dialog.find('.gallery').trigger('keydown', { key: 'ArrowUp' });
  await dialog.find('.gallery').trigger('keydown', { key: 'ArrowUp' });
  expect(document.activeElement).toBe(box.element);
  await box.setValue('nested');
  await box.trigger('keydown', { key: 'Enter' });
  await settle();
  expect(dialog.emitted('close')).toHaveLength(1);
  expect(useDocuments().title).toBe('First nested walk');
});

it('takes a log that is pasted where one looks for samples', async () => {
  const dialog = mount(GalleryDialog, { props: { welcome: true }, attachTo: document.body });
  await settle();
  const paste = (text: string): Promise<void> => dialog.find('input').trigger('paste', { clipboardData: { getData: () => text } });
  await paste('stall');
  expect(dialog.emitted('close')).toBeUndefined();
  const line = 'arm-smmu-v3 arm-smmu-v3.0.auto: event 0x10 received: 0x0000000800000010';
  await paste(line);
  expect(dialog.emitted('close')).toHaveLength(1);
  expect(usePasted().text).toBe(line);
});

it('says so when no sample has the words', async () => {
  const dialog = mount(GalleryDialog, { props: { welcome: false }, attachTo: document.body });
  await settle();
  await dialog.find('input').setValue('zzz');
  expect(dialog.find('[role="status"]').text()).toContain('No sample has all of these words');
});
