import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test('the nearest name within a third of its letters', () => {
  expect(nearest('S2VIMD', ['S2VMID', 'S2TTB'])).toBe('S2VMID');
  expect(nearest('confg', ['Config', 'CONT'])).toBe('Config');
  expect(nearest('config', ['Config'])).toBe('Config');
  expect(nearest('EventQ', ['CR0', 'STRTAB'])).toBeNull();
  expect(nearest('', ['V'])).toBeNull();
});

test('the first of equally near names', () => {
  expect(nearest('TTB', ['TTB0', 'TTB1'])).toBe('TTB0');
});
