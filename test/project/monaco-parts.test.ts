// What the page leaves out of Monaco is there to be left out, and what stands in its place has the same names.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LEFT_OUT, LEFT_OUT_FOR, monacoParts } from '../../scripts/monaco-parts.mjs';

const MONACO = join(import.meta.dirname, '..', '..', 'node_modules', 'monaco-editor', 'esm', 'vs');
const IN_ITS_PLACE: Readonly<Record<string, string>> = { ...LEFT_OUT, ...Object.fromEntries(Object.entries(LEFT_OUT_FOR).map(([name, { instead }]) => [name, instead])) };

it.each(Object.entries(IN_ITS_PLACE))('%s', (name, instead) => {
  const file = join(MONACO, name);
  expect(existsSync(file), 'Monaco has no such module: see scripts/monaco-parts.mjs').toBe(true);
  const exported = /^export \{([^}]*)\};?$/m.exec(readFileSync(file, 'utf8'))?.[1]?.split(',').map((one) => one.trim()) ?? [];
  const own = [...instead.matchAll(/export (?:class|const) (\w+)/g)].map(([, one]) => one!);
  expect(own).not.toEqual([]);
  expect(own.filter((one) => !exported.includes(one))).toEqual([]);
});

it('a build in which Monaco no longer loads one of them ends with its name', () => {
  const plugin = monacoParts();
  const complain = (): string => {
    const said: string[] = [];
    plugin.buildEnd.call({ error: (text: string) => said.push(text) }, undefined);
    return said.join();
  };
  const names = Object.keys(LEFT_OUT);
  for (const name of names.slice(1)) expect(plugin.load(`/somewhere/node_modules/monaco-editor/esm/vs/${name}`)).toBe(LEFT_OUT[name]);
  expect(complain()).toContain(names[0]);
  expect(complain()).not.toContain(names[1]);
  expect(plugin.load('/somewhere/node_modules/monaco-editor/esm/vs/editor/editor.api.js')).toBeNull();
  expect(plugin.load(`/somewhere/src/${names[0]}`)).toBeNull();
});
