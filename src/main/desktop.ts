/** What a page may ask of this process besides the port to the lab host: the table of `protocol/desktop.ts`, one channel. */
import type { IpcMain } from 'electron';
import type { z } from 'zod';
import { DESKTOP_METHODS } from '../protocol/desktop.ts';
import type { DesktopMethod, DesktopParams, DesktopResult } from '../protocol/desktop.ts';
import { isOurPage } from './page.ts';

/** The preload invokes it with a method and its parameters. */
export const DESKTOP_CHANNEL = 'lab:desktop';

export type DesktopHandlers = { readonly [M in DesktopMethod]: (params: DesktopParams<M>) => DesktopResult<M> | Promise<DesktopResult<M>> };

/** What crosses instead of an exception, whose message Electron would wrap. */
export type DesktopAnswer = { readonly result: unknown } | { readonly error: string };

/** Answers only the top frame of our own page; what it asks is parsed before it is acted on. */
export function serveDesktop(ipc: Pick<IpcMain, 'handle'>, handlers: DesktopHandlers, report: (problem: string) => void): void {
  ipc.handle(DESKTOP_CHANNEL, async (event, method: unknown, params: unknown): Promise<DesktopAnswer> => {
    if (!isOurPage(event.senderFrame)) {
      report(`refused a page that is not the lab's: ${event.senderFrame?.url ?? '(gone)'}`);
      return { error: 'refused' };
    }
    if (typeof method !== 'string' || !Object.hasOwn(DESKTOP_METHODS, method)) return { error: `The desktop has no ${JSON.stringify(method)}.` };
    const parsed = (DESKTOP_METHODS[method as DesktopMethod].params as z.ZodType).safeParse(params);
    if (!parsed.success) return { error: `${method}: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? 'bad parameters'}` };
    try {
      return { result: await (handlers[method as DesktopMethod] as (params: unknown) => unknown)(parsed.data) };
    } catch (error) {
      return { error: (error as Error).message };
    }
  });
}
