// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { nextTick } from 'vue';
import RecordGrid from './RecordGrid.vue';
import { fittingColumns } from './grid.ts';

const columns = [{ id: 'n', title: 'number', width: 60 }];

/** happy-dom lays nothing out: the grid believes it is 0 px high and renders only the rows around its scroll position. */
function grid(total: number, selected = -1, rowAt = (index: number): number | undefined => index) {
  return mount(RecordGrid<number>, {
    props: { label: 'Numbers', columns, total, rowAt, selected },
    slots: { n: ({ row }: { row: number }) => `row ${row}`, empty: 'nothing here' },
    attachTo: document.body,
  });
}
const gridOf = (wrapper: ReturnType<typeof grid>) => wrapper.find('[role=grid]');
/** Presses keys, as `Shift+End`. */
async function press(wrapper: ReturnType<typeof grid>, ...keys: string[]): Promise<void> {
  for (const key of keys) await gridOf(wrapper).trigger('keydown', { key: key.replace(/^\w+\+/, ''), shiftKey: key.startsWith('Shift+'), ctrlKey: key.startsWith('Ctrl+') });
}

describe('RecordGrid', () => {
  it('says how many rows there are, and renders few', () => {
    const wrapper = grid(1_000_000);
    expect(gridOf(wrapper).attributes('aria-rowcount')).toBe('1000001');
    expect(wrapper.findAll('[role=row]').length).toBeLessThan(20);
    expect(wrapper.emitted('range')?.[0]).toEqual([0, expect.any(Number)]);
  });

  it('points at the selected row while that is rendered', async () => {
    const wrapper = grid(100, 2);
    const active = gridOf(wrapper).attributes('aria-activedescendant');
    expect(wrapper.find(`[id="${active}"]`).attributes()).toMatchObject({ 'aria-rowindex': '4', 'aria-selected': 'true' });
    await wrapper.setProps({ selected: 90 });
    await nextTick();
    expect(wrapper.findAll('[aria-selected=true]').length).toBeLessThan(2);
  });

  it('moves by keys and opens with Enter', async () => {
    const wrapper = grid(100, 2);
    await gridOf(wrapper).trigger('keydown', { key: 'j' });
    await gridOf(wrapper).trigger('keydown', { key: 'End' });
    await gridOf(wrapper).trigger('keydown', { key: 'Enter' });
    await gridOf(wrapper).trigger('keydown', { key: 'j', ctrlKey: true });
    expect(wrapper.emitted('select')).toEqual([[3], [99]]);
    expect(wrapper.emitted('activate')).toEqual([[2]]);
  });

  it('chooses a cell with left and right, and tells of = and ! there', async () => {
    const plain = grid(100, 2);
    await gridOf(plain).trigger('keydown', { key: 'ArrowRight' });
    await gridOf(plain).trigger('keydown', { key: '=' });
    expect(plain.emitted('cell')).toBeUndefined();
    const wrapper = grid(100, 2);
    await wrapper.setProps({ cells: true });
    await gridOf(wrapper).trigger('keydown', { key: '=' });
    for (const key of ['ArrowRight', 'ArrowRight', '=', '!']) await gridOf(wrapper).trigger('keydown', { key });
    expect(wrapper.emitted('cell')).toEqual([[2, 'n', '='], [2, 'n', '!']]);
    expect(wrapper.find(`[id="${gridOf(wrapper).attributes('aria-activedescendant')}"]`).attributes('role')).toBe('gridcell');
    await gridOf(wrapper).trigger('keydown', { key: 'ArrowLeft' });
    expect(wrapper.find(`[id="${gridOf(wrapper).attributes('aria-activedescendant')}"]`).attributes('role')).toBe('row');
  });

  it('selects ranges with Shift, single rows with Ctrl, and all', async () => {
    const wrapper = grid(100, 4);
    const ranges = (): unknown => wrapper.emitted('ranges')?.at(-1);
    await wrapper.setProps({ shapes: true });
    await press(wrapper, 'Shift+ArrowDown');
    await wrapper.setProps({ selected: 5 });
    await press(wrapper, 'Shift+PageDown');
    expect([ranges(), wrapper.emitted('select')]).toEqual([[[[4, 6]]], [[5], [6]]]);
    expect(wrapper.find('[role=status]').text()).toBe('3 selected');
    await wrapper.findAll('[role=row]')[1]!.trigger('click', { ctrlKey: true });
    expect(ranges()).toEqual([[[0, 0], [4, 6]]]);
    expect(wrapper.findAll('[aria-selected=true]')).toHaveLength(4);
    await press(wrapper, 'Ctrl+a');
    expect(ranges()).toEqual([[[0, 99]]]);
    await wrapper.setProps({ revision: 1 });
    expect(ranges()).toEqual([[]]);
  });

  it('tells of heads: sorted by a click, moved, with another width', async () => {
    const wrapper = grid(3);
    await wrapper.setProps({ shapes: true, columns: [{ ...columns[0]!, isSortable: true }], sorted: { id: 'n', descending: true } });
    const head = wrapper.find('[role=columnheader]');
    expect(head.attributes('aria-sort')).toBe('descending');
    await head.trigger('click');
    expect(wrapper.emitted('sort')).toEqual([['n']]);
  });

  it('says how many rows came that are not shown, and asks for them', async () => {
    const wrapper = grid(3);
    expect(wrapper.find('.new').exists()).toBe(false);
    await wrapper.setProps({ news: 12 });
    expect(wrapper.find('.new').text()).toContain('12 new');
    await wrapper.find('.new').trigger('click');
    expect(wrapper.emitted('news')).toHaveLength(1);
  });

  it('shows rows that are on their way, and that there are none', () => {
    expect(grid(1, -1, () => undefined).text()).toContain('...');
    const empty = grid(0);
    expect(empty.text()).toContain('nothing here');
    expect(empty.find('[role=rowgroup]').exists()).toBe(false);
  });
});

it('leaves out columns that can be spared where there is no room for all', () => {
  const all = [{ id: 'a', title: 'a', width: 100 }, { id: 'b', title: 'b', width: 50, isSpare: true }, { id: 'c', title: 'c', width: 100, grow: true }];
  expect([Infinity, 282, 281, 10].map((pixels) => fittingColumns(all, pixels).map(({ id }) => id).join(''))).toEqual(['abc', 'abc', 'ac', 'ac']);
});
