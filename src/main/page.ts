/** The one page of the app, and how to tell it from any other. */
export const SCHEME = 'app';
const PAGE_HOST = 'lab';
export const PAGE_URL = `${SCHEME}://${PAGE_HOST}/`;

/** What `event.senderFrame` tells of a sender; null once the frame is gone. */
export interface SenderFrame {
  readonly url: string;
  readonly parent: unknown;
}

/** Browsers give addresses in one form: a user, a port or another host before the first slash makes it another's. */
export function isPageUrl(url: string): boolean {
  return url.startsWith(PAGE_URL);
}

/** Only the top frame of our own page may talk to the lab host: not a frame inside it, nor a page that took its place. */
export function isOurPage(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && isPageUrl(frame.url);
}
