// What a launcher gives to a spec.
import type { Page } from 'playwright-core';

export interface Lab {
  readonly page: Page;
  /** What the page complained about: uncaught errors, console errors and violations of the content security policy. */
  readonly complaints: readonly string[];
  /** Ends the app and whatever it started. */
  close(): Promise<void>;
}

/** Where the sessions of this run go, and everything else an app likes to keep. */
export interface Folders {
  readonly root: string;
  readonly env: Record<string, string>;
}

/** Ends an app; what its policy had to refuse fails whatever spec it happened in. */
export const closing =
  (complaints: readonly string[], end: () => Promise<unknown>) =>
  async (): Promise<void> => {
    await end();
    const violations = complaints.filter((text) => text.includes('Content Security Policy'));
    if (violations.length > 0) throw new Error(`the content security policy was violated: ${violations.join('; ')}`);
  };

export function listenForComplaints(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => {
    // Monaco's way to say that it no longer wants an answer.
    if (error.name !== 'Canceled') complaints.push(String(error));
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}
