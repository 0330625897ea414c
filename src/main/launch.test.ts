import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parseLaunch, parseLink } from './launch.ts';
import { Launches } from './launches.ts';

describe('a command line', () => {
  it('names bundles and links, in its order; the rest is Electron\'s', () => {
    expect(parseLaunch(['/opt/lab', '--no-sandbox', '/app', 'a.smmulab', '/b/C.SMMULAB', 'smmulab://sample/first-nested', '--x=y.smmulab', ''], '/home/me')).toEqual([
      { kind: 'bundle', path: '/home/me/a.smmulab' },
      { kind: 'bundle', path: '/b/C.SMMULAB' },
      { kind: 'link', link: { open: 'sample', id: 'first-nested' } },
    ]);
  });

  it('takes the program itself for nothing, and a bounded number of requests', () => {
    expect(parseLaunch(['/x/smmu.smmulab'], '/')).toEqual([]);
    expect(parseLaunch(['lab', ...Array<string>(1000).fill('a.smmulab')], '/')).toHaveLength(16);
    expect(parseLaunch(['lab', `${'a'.repeat(5000)}.smmulab`, 'a\0.smmulab'], '/')).toEqual([]);
  });

  it('never throws, and gives absolute paths and known links only', () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('smmulab:', '//', 'sample', 'session', '/', '?txn=', '..', '.smmulab', '%2e', '&filter=', '-', '\0'));
    fc.assert(
      fc.property(fc.array(fc.array(part).map((parts) => parts.join(''))), fc.string(), (argv, cwd) => {
        for (const request of parseLaunch(['lab', ...argv], cwd)) {
          if (request.kind === 'bundle') expect(request.path).toMatch(/^\//);
          if (request.kind === 'link') expect([request.link.open === 'sample' || request.link.open === 'session', /^[\w-]+$/.test(request.link.id)]).toEqual([true, true]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a link', () => {
  it('opens what is there, and selects in it', () => {
    expect(parseLink('smmulab://session/4f-2?txn=12&filter=status%20%3D%3D%20fault&panel=walk')).toEqual({ kind: 'link', link: { open: 'session', id: '4f-2', txn: 12, filter: 'status == fault', panel: 'walk' } });
    expect(parseLink('SMMULAB://sample/a/')).toMatchObject({ kind: 'link', link: { open: 'sample', id: 'a' } });
  });

  it.each([
    ['smmulab://run/rm', 'expected smmulab://sample/NAME'],
    ['smmulab:sample/a', 'expected smmulab://sample/NAME'],
    ['smmulab://sample/../../etc', 'expected smmulab://sample/NAME'],
    ['smmulab://sample/%2e%2e', 'its id'],
    ['smmulab://sample/a?run=1', 'unknown part, "run"'],
    ['smmulab://sample/a?txn=1&txn=2', 'twice, "txn"'],
    ['smmulab://sample/a?txn=-1', 'its txn'],
    ['smmulab://sample/a?panel=../x', 'its panel'],
    [`smmulab://sample/a?filter=${'x'.repeat(1001)}`, 'its filter'],
    [`smmulab://sample/${'a'.repeat(5000)}`, 'too long'],
  ])('%s is refused with the reason', (link, why) => {
    expect(parseLink(link)).toEqual({ kind: 'problem', message: expect.stringContaining(why) });
  });
});

it('keeps what is to be opened until the page asks, and gives each once', async () => {
  const notify = vi.fn();
  const launches = new Launches({
    admit: async (path) => {
      if (path === '/bad') throw new Error('bad cannot be read: there is no such file');
      return { handle: 'h', name: 'a.smmulab', size: 1 };
    },
    notify,
  });
  launches.add([]);
  expect(notify).not.toHaveBeenCalled();
  launches.add([{ kind: 'bundle', path: '/a.smmulab' }, { kind: 'bundle', path: '/bad' }]);
  launches.add([{ kind: 'link', link: { open: 'sample', id: 'a' } }]);
  expect(notify).toHaveBeenCalledTimes(2);
  expect(await launches.take()).toEqual([
    { kind: 'file', file: { handle: 'h', name: 'a.smmulab', size: 1 } },
    { kind: 'problem', message: 'bad cannot be read: there is no such file' },
    { kind: 'link', link: { open: 'sample', id: 'a' } },
  ]);
  expect(await launches.take()).toEqual([]);
});
