// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerCommands } from '../../services/commands.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { fakeLab } from '../../testing/fake-lab.ts';
import { DOCUMENTS } from '../../testing/fake-run.ts';
import { placeCard } from './place-card.ts';
import { TOUR, TOUR_LAB } from './tour-steps.ts';
import { useTour } from './tour-store.ts';
import TourCard from './TourCard.vue';

const done: string[] = [];
let undo: () => void;
const opened: string[] = [];

beforeEach(async () => {
  document.body.replaceChildren();
  setActivePinia(createPinia());
  done.length = 0;
  const ids = new Set(TOUR.flatMap(({ does = [], shows }) => [...does, ...(shows === undefined ? [] : [shows])]));
  undo = registerCommands([...ids].map((id) => ({ id, title: id, group: 'Look', run: () => done.push(id) })));
  const lab = fakeLab();
  lab.override({ 'samples.open': ({ id }) => (opened.push(id), { title: 'Your turn', documents: DOCUMENTS }) });
  await useLabClient().connect(lab.port);
});
afterEach(() => undo());

describe('the tour', () => {
  it('opens its own lab and does what leads to a step once, however often it is come back to', async () => {
    const tour = useTour();
    await tour.start();
    expect([opened.at(-1), tour.at]).toEqual([TOUR_LAB, 0]);
    await tour.next();
    await tour.back();
    await tour.next();
    expect(done.filter((id) => id === 'run.to-fault')).toHaveLength(1);
    expect(done.filter((id) => id === 'run.reset')).toHaveLength(1);
  });

  it('goes to its end by keyboard, shows where it is, and is left by Esc', async () => {
    const tour = useTour();
    await tour.start();
    const card = mount(TourCard, { attachTo: document.body });
    for (let step = 0; step < TOUR.length - 1; step++) {
      await flushPromises();
      expect(card.text()).toContain(`Tour, ${step + 1} of ${TOUR.length}`);
      expect(document.activeElement?.textContent).toBe('Next');
      await card.find('.next').trigger('click');
      await flushPromises();
    }
    expect(card.find('.next').text()).toBe('Done');
    await card.find('.card').trigger('keydown', { key: 'Escape' });
    expect(tour.step).toBeNull();
    card.unmount();
  });
});

describe('the card', () => {
  const window = { width: 1000, height: 700 };
  const card = { width: 300, height: 150 };
  const covers = (target: { left: number; top: number; width: number; height: number }): boolean => {
    const { left, top } = placeCard(target, card, window);
    return left < target.left + target.width && left + card.width > target.left && top < target.top + target.height && top + card.height > target.top;
  };

  it('stands beside its target wherever there is room', () => {
    expect(covers({ left: 0, top: 0, width: 400, height: 40 })).toBe(false);
    expect(covers({ left: 0, top: 0, width: 400, height: 700 })).toBe(false);
    expect(covers({ left: 600, top: 0, width: 400, height: 700 })).toBe(false);
    expect(covers({ left: 0, top: 300, width: 1000, height: 400 })).toBe(false);
  });

  it('is in the window always, over a target that fills it and without one', () => {
    for (const target of [null, { left: 0, top: 0, width: 1000, height: 700 }, { left: 900, top: 680, width: 400, height: 300 }]) {
      const { left, top } = placeCard(target, card, window);
      expect(left >= 0 && top >= 0 && left + card.width <= 1000 && top + card.height <= 700).toBe(true);
    }
  });
});
