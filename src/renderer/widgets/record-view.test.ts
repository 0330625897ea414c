// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import RecordView from './RecordView.vue';
import { EVENTS } from '../testing/fake-run.ts';

const [event] = EVENTS;
const view = () => mount(RecordView, { props: { words: event!.words, fields: event!.fields, label: 'Fields of F_TRANSLATION' }, attachTo: document.body });

describe('RecordView', () => {
  it('shows every field with bits, value and section', () => {
    const rows = view().findAll('[role=grid] [role=row]').slice(1);
    expect(rows).toHaveLength(event!.fields.length);
    expect(rows[3]!.text()).toContain('StreamID');
    expect(rows[3]!.text()).toContain('[63:32]');
    expect(rows[3]!.text()).toContain('IHI 0070 7.3.12');
  });

  it('marks the digits and bits of the selected field', async () => {
    const wrapper = view();
    await wrapper.findAll('[role=grid] [role=row]')[4]!.trigger('click');
    expect(wrapper.findAll('dd .marked').map((digit) => digit.text()).join('')).toBe('00000010');
    expect(wrapper.findAll('.segment.selected').map((segment) => segment.attributes('title'))).toEqual(['StreamID [63:32]']);
  });

  it('selects a field from the bits, and by keys; Escape lets go', async () => {
    const wrapper = view();
    await wrapper.find('.segment[title="Class [105:104]"]').trigger('click');
    const table = wrapper.find('[role=grid]');
    const selected = (): string => wrapper.find('[role=grid] [aria-selected=true] .name').text();
    expect(selected()).toBe('Class');
    await table.trigger('keydown', { key: 'ArrowDown' });
    expect(selected()).toBe('InputAddr');
    await table.trigger('keydown', { key: 'Escape' });
    expect(wrapper.find('[aria-selected=true]').exists()).toBe(false);
  });

  it('shows addresses with their space, what is ignored and why, and all that the table says of the selected field', async () => {
    const fields = [
      { name: 'S1ContextPtr', bits: [51, 6] as [number, number], value: '0x80001000', raw: '0x80001000', doc: 'Address of the CD.', section: '5.2', about: 'STE.S1ContextPtr', space: 'ipa' as const },
      { name: 'S2TTB', bits: [243, 196] as [number, number], value: '0x0', raw: '0x0', doc: 'Base.', section: '5.2', about: 'STE.S2TTB', space: 'pa' as const, ignored: 'stage 2 is bypassed' },
      { name: 'SIDV', bits: [3, 3] as [number, number], value: '0', raw: '0x0', doc: 'One bit.', section: '6.3', about: 'CR0.SMMUEN' },
    ];
    const wrapper = mount(RecordView, { props: { words: Array.from({ length: 8 }, () => '0'.repeat(16)), fields, label: 'Fields of STE' }, attachTo: document.body });
    const rows = wrapper.findAll('[role=grid] [role=row]').slice(1);
    expect(rows[0]!.find('[data-space=ipa]').attributes('data-address')).toBe('0x80001000');
    expect([rows[0]!.classes('ignored'), rows[1]!.classes('ignored'), rows[1]!.text()]).toEqual([false, true, expect.stringContaining('Ignored: stage 2 is bypassed.')]);
    await rows[1]!.trigger('mouseenter');
    expect(rows[1]!.attributes('title')).toMatch(/Ignored because stage 2 is bypassed\.[^]*STE\.S2TTB[^]*used when: Config = 11x/);
    expect(wrapper.find('[role=note]').exists()).toBe(false);
    await rows[2]!.trigger('click');
    expect(wrapper.find('[role=note]').text()).toMatch(/access of the register: \w+[^]*reset value: 0x0/);
  });

  it('says when there is nothing to draw', () => {
    const wrapper = mount(RecordView, { props: { words: [], fields: [], label: 'x' } });
    expect(wrapper.find('[role=grid]').exists()).toBe(false);
    expect(wrapper.find('.diagram').exists()).toBe(false);
  });
});
