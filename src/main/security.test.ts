import { expect, it } from 'vitest';
import { isOurPage } from './page.ts';
import { denyNavigation, denyPermissions, webPreferences } from './security.ts';

it('keeps the page in its sandbox', () => {
  expect(webPreferences('/preload.cjs', ['--nonce'])).toEqual({
    preload: '/preload.cjs',
    additionalArguments: ['--nonce'],
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    spellcheck: false,
  });
});

it('grants writing to the clipboard and no other permission', () => {
  type Session = Parameters<typeof denyPermissions>[0];
  const handlers: Record<string, unknown> = {};
  denyPermissions({
    setPermissionRequestHandler: (handler) => void (handlers['request'] = handler),
    setPermissionCheckHandler: (handler) => void (handlers['check'] = handler),
    setDevicePermissionHandler: (handler) => void (handlers['device'] = handler),
  });
  const request = handlers['request'] as (contents: null, permission: string, callback: (granted: boolean) => void) => void;
  const check = handlers['check'] as (contents: null, permission: string) => boolean;
  const device = handlers['device'] as NonNullable<Parameters<Session['setDevicePermissionHandler']>[0]>;
  for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'clipboard-sanitized-write']) {
    const answers: boolean[] = [];
    request(null, permission, (granted) => void answers.push(granted));
    expect([...answers, check(null, permission)]).toEqual(Array(2).fill(permission === 'clipboard-sanitized-write'));
  }
  expect(device({} as never)).toBe(false);
});

it('lets the page go nowhere, open nothing and embed nothing', () => {
  const listeners = new Map<string, (event: { preventDefault(): void }) => void>();
  let open: ((details: never) => { action: string }) | undefined;
  denyNavigation({
    on: (name: string, listener: unknown) => void listeners.set(name, listener as () => void),
    setWindowOpenHandler: (handler: unknown) => void (open = handler as typeof open),
  } as never);
  for (const name of ['will-navigate', 'will-frame-navigate', 'will-attach-webview']) {
    let prevented = 0;
    listeners.get(name)?.({ preventDefault: () => prevented++ });
    expect([name, prevented]).toEqual([name, 1]);
  }
  expect(open?.({} as never)).toEqual({ action: 'deny' });
});

it.each([
  ['our page', { url: 'app://lab/index.html', parent: null }, true],
  ['a frame in our page', { url: 'app://lab/index.html', parent: {} }, false],
  ['another host of our scheme', { url: 'app://other/', parent: null }, false],
  ['a host that begins like ours', { url: 'app://lab.example/', parent: null }, false],
  ['a page of the web', { url: 'https://lab/', parent: null }, false],
  ['a page without an address', { url: '', parent: null }, false],
  ['a frame that is gone', null, false],
])('knows our page from %s', (_what, frame, expected) => {
  expect(isOurPage(frame)).toBe(expected);
});
