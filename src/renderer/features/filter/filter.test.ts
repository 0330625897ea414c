// @vitest-environment happy-dom
/** The box above the list: by keyboard, over a host of plain data. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../services/commands.ts';
import { useFilters } from '../../services/filters.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { FIRST_SAMPLE, useSessions } from '../../services/sessions.ts';
import { fakeLab } from '../../testing/fake-lab.ts';
import { EVENTS, TRANSACTIONS } from '../../testing/fake-run.ts';
import { testOfCell as testOfEvent } from '../events/cell-filter.ts';
import TransactionsPanel from '../transactions/TransactionsPanel.vue';
import { testOfCell } from '../transactions/cell-filter.ts';
import { registerFilterCommands } from './commands.ts';

registerFilterCommands();
let panel: VueWrapper;

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 140));
  for (let turn = 0; turn < 8; turn++) await flushPromises();
}
const box = () => panel.find<HTMLInputElement>('input[data-filter]');
const options = (): string[] => [...document.querySelectorAll('[role=option]')].map((option) => option.querySelector('.mono')?.textContent ?? '');
const rows = () => panel.findAll('[role=row]').slice(1);

/** Types at the end of the box, as a user does. */
async function type(text: string): Promise<void> {
  await box().setValue(text);
  await settle();
}

beforeEach(async () => {
  panel?.unmount();
  document.body.innerHTML = '<section data-panel="transactions"></section>';
  setActivePinia(createPinia());
  await useLabClient().connect(fakeLab().port);
  panel = mount(TransactionsPanel, { attachTo: document.querySelector('section')! });
  await useSessions().openSample(FIRST_SAMPLE);
  await settle();
});

describe('the filter box', () => {
  it('takes the focus with /, filters as it is typed, and counts', async () => {
    runCommand('look.filter');
    await settle();
    expect(document.activeElement).toBe(box().element);
    await type('status == success');
    expect(rows()).toHaveLength(3);
    expect(panel.find('[role=status]').text()).toBe('3 of 4');
    expect(panel.find('[role=search]').classes()).toContain('good');
  });

  it('says what is wrong in words and marks where, and keeps the list', async () => {
    await type('statis == success');
    expect(panel.find('[role=search]').classes()).toContain('bad');
    expect(panel.find('.said').text()).toBe('no field is called statis: did you mean status?');
    expect(panel.find('.wrong').text()).toBe('statis');
    expect(box().attributes()).toMatchObject({ 'aria-invalid': 'true', 'aria-describedby': panel.find('.said').attributes('id') });
    expect(rows()).toHaveLength(4);
  });

  it('takes an error at the end for a text that is not finished, until a pause or Enter', async () => {
    await type('status == success && statis');
    expect(panel.find('[role=search]').classes()).toContain('none');
    await box().trigger('keydown', { key: 'Enter' });
    expect(panel.find('[role=search]').classes()).toContain('bad');
    await type('statis');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(panel.find('[role=search]').classes()).toContain('bad');
  });

  it('says what can never be true, that nothing matches, and how to see all again', async () => {
    await type('cmd.op == CMD_SYNC && status == bypass');
    expect(panel.find('[role=search]').classes()).toContain('odd');
    expect(panel.text()).toContain('never true: a transaction has no cmd.op');
    expect(panel.text()).toMatch(/Nothing matches\s*Of 4 transactions none is like cmd.op == CMD_SYNC/);
    await panel.findAll('button').find((button) => button.text() === 'Clear the filter')!.trigger('click');
    await settle();
    expect([rows().length, box().element.value]).toEqual([4, '']);
  });

  it('offers completions that the keyboard takes', async () => {
    await type('st');
    expect(options()).toEqual(['status', 'step']);
    expect(box().attributes('aria-expanded')).toBe('true');
    await box().trigger('keydown', { key: 'ArrowDown' });
    expect(document.getElementById(box().attributes('aria-activedescendant')!)?.textContent).toContain('step');
    await box().trigger('keydown', { key: 'ArrowUp' });
    await box().trigger('keydown', { key: 'Tab' });
    await settle();
    expect([box().element.value, options()]).toEqual(['status ', ['status', 'step']]);
    await box().trigger('keydown', { key: 'Escape' });
    expect([options(), box().element.value]).toEqual([[], 'status ']);
    await box().trigger('keydown', { key: ' ', ctrlKey: true });
    await settle();
    expect(options()).toHaveLength(2);
  });

  it.each(['Tab', 'Enter'])('takes with %s what is offered for the text as it is, where keys are faster than the offers', async (key) => {
    await type('st');
    await box().setValue('ste');
    await box().trigger('keydown', { key });
    await settle();
    expect(box().element.value).toBe('step ');
  });

  it('takes what is clicked, of offers that are renewed meanwhile, and nothing where it is no longer among them', async () => {
    await type('st');
    const [status, step] = [...document.querySelectorAll<HTMLElement>('[role=option]')];
    await box().setValue('ste');
    status!.click();
    await settle();
    expect(box().element.value).toBe('ste');
    await type('st');
    await box().setValue('ste');
    step!.click();
    await settle();
    expect(box().element.value).toBe('step ');
  });

  it('Esc clears, and then goes to the list', async () => {
    box().element.focus();
    await type('status == fault');
    await box().trigger('keydown', { key: 'Escape' });
    await settle();
    expect([box().element.value, rows().length]).toEqual(['', 4]);
    await box().trigger('keydown', { key: 'Escape' });
    expect(document.activeElement).toBe(panel.find('[role=grid]').element);
  });

  it('is narrowed from a cell', async () => {
    const grid = panel.find('[role=grid]');
    await grid.trigger('keydown', { key: 'Home' });
    await settle();
    for (let column = 0; column < 5; column++) await grid.trigger('keydown', { key: 'ArrowRight' });
    await grid.trigger('keydown', { key: '=' });
    await settle();
    expect(box().element.value).toBe('status == success');
    expect(rows()).toHaveLength(3);
    expect(useFilters().lists.transactions.index).toBe(0);
  });
});

it('a cell of each column is a test', () => {
  const [done, , fault] = TRANSACTIONS;
  const columns = ['txn', 'device', 'iova', 'access', 'status', 'expect', 'result', 'reads', 'rule'];
  expect(columns.map((column) => testOfCell(done!, column))).toEqual([
    'txn == 1', 'device == nic0', 'iova == 0x10000123', 'access == read', 'status == success', null, 'pa == 0x48100123', 'reads == 22', 'rule == ok.translated',
  ]);
  expect(testOfCell(fault!, 'result')).toBe('event == F_TRANSLATION');
  const { device: _device, ...nameless } = done!;
  expect(testOfCell({ ...nameless, ssid: 3 }, 'device')).toBe('sid == 0x10 && ssid == 3');
  expect(['index', 'verdict', 'type', 'sid', 'address', 'txn'].map((column) => testOfEvent(EVENTS[0]!, column))).toEqual([
    null, 'evt.verdict == written', 'evt.type == F_TRANSLATION', 'sid == 0x10', 'evt.InputAddr == 0x20000000', 'txn == 3',
  ]);
});
