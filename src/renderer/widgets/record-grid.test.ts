// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { nextTick } from 'vue';
import RecordGrid from './RecordGrid.vue';

const columns = [{ id: 'n', title: 'number', width: 60 }];

/** happy-dom lays nothing out: the grid believes it is 0 px high and renders only the rows around its scroll position. */
function grid(total: number, selected = -1, rowAt = (index: number): number | undefined => index) {
  return mount(RecordGrid<number>, {
    props: { label: 'Numbers', columns, total, rowAt, selected },
    slots: { n: ({ row }: { row: number }) => `row ${row}`, empty: 'nothing here' },
    attachTo: document.body,
  });
}

describe('RecordGrid', () => {
  it('says how many rows there are, and renders few', () => {
    const wrapper = grid(1_000_000);
    expect(wrapper.attributes('aria-rowcount')).toBe('1000001');
    expect(wrapper.findAll('[role=row]').length).toBeLessThan(20);
    expect(wrapper.emitted('range')?.[0]).toEqual([0, expect.any(Number)]);
  });

  it('points at the selected row while that is rendered', async () => {
    const wrapper = grid(100, 2);
    const active = wrapper.attributes('aria-activedescendant');
    expect(wrapper.find(`[id="${active}"]`).attributes()).toMatchObject({ 'aria-rowindex': '4', 'aria-selected': 'true' });
    await wrapper.setProps({ selected: 90 });
    await nextTick();
    expect(wrapper.findAll('[aria-selected=true]').length).toBeLessThan(2);
  });

  it('moves by keys and opens with Enter', async () => {
    const wrapper = grid(100, 2);
    await wrapper.trigger('keydown', { key: 'j' });
    await wrapper.trigger('keydown', { key: 'End' });
    await wrapper.trigger('keydown', { key: 'Enter' });
    await wrapper.trigger('keydown', { key: 'j', ctrlKey: true });
    expect(wrapper.emitted('select')).toEqual([[3], [99]]);
    expect(wrapper.emitted('activate')).toEqual([[2]]);
  });

  it('chooses a cell with left and right, and tells of = and ! there', async () => {
    const plain = grid(100, 2);
    await plain.trigger('keydown', { key: 'ArrowRight' });
    await plain.trigger('keydown', { key: '=' });
    expect(plain.emitted('cell')).toBeUndefined();
    const wrapper = grid(100, 2);
    await wrapper.setProps({ cells: true });
    await wrapper.trigger('keydown', { key: '=' });
    for (const key of ['ArrowRight', 'ArrowRight', '=', '!']) await wrapper.trigger('keydown', { key });
    expect(wrapper.emitted('cell')).toEqual([[2, 'n', '='], [2, 'n', '!']]);
    expect(wrapper.find(`[id="${wrapper.attributes('aria-activedescendant')}"]`).attributes('role')).toBe('gridcell');
    await wrapper.trigger('keydown', { key: 'ArrowLeft' });
    expect(wrapper.find(`[id="${wrapper.attributes('aria-activedescendant')}"]`).attributes('role')).toBe('row');
  });

  it('shows rows that are on their way, and that there are none', () => {
    expect(grid(1, -1, () => undefined).text()).toContain('...');
    const empty = grid(0);
    expect(empty.text()).toContain('nothing here');
    expect(empty.find('[role=rowgroup]').exists()).toBe(false);
  });
});
