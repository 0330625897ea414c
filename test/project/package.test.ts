// What a fresh clone installs is the same everywhere, from whatever registry it has.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const manifest = read('package.json') as Package;
const lock = read('package-lock.json') as { readonly packages: Readonly<Record<string, Package>> };
const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };

describe('package.json', () => {
  it.each(Object.entries(wanted))('names an exact version of %s', (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+(-r\.\d+)?$/);
  });
});

describe('package-lock.json', () => {
  const installed = Object.entries(lock.packages).filter(([path]) => path !== '');

  it('records no address that a package was downloaded from', () => {
    expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('records what every package hashes to, save what only other systems than Linux on x64 would install', () => {
    const isForHere = ({ os, cpu }: Package): boolean => os?.includes('linux') !== false && cpu?.includes('x64') !== false;
    expect(installed.filter(([, one]) => one.integrity === undefined && (one.optional !== true || isForHere(one))).map(([path]) => path)).toEqual([]);
  });

  it('has the versions that package.json names', () => {
    const locked = Object.keys(wanted).map((name) => [name, lock.packages[`node_modules/${name}`]?.version]);
    expect(Object.fromEntries(locked)).toEqual(wanted);
  });
});
