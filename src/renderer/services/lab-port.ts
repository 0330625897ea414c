/** Where the lab host is: behind Electron's preload bridge, or at the server this page came from. */
import type { DesktopBridge } from '../../protocol/desktop.ts';
import type { Port } from '../../protocol/port.ts';
import { socketPort } from '../../protocol/socket-port.ts';

/** What the preload script puts on the window. */
export interface LabBridge {
  readonly port: Port;
  readonly desktop: DesktopBridge;
}

declare global {
  interface Window {
    readonly smmuLab?: LabBridge;
  }
}

/** The desktop around the page; undefined in a browser. */
export const desktopOf = (page: Window): DesktopBridge | undefined => page.smmuLab?.desktop;

export function openLabPort(page: Window): Port {
  if (page.smmuLab !== undefined) return page.smmuLab.port;
  const { protocol, host } = page.location;
  return socketPort(new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/rpc`));
}
