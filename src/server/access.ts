/**
 * Who may talk to the server. It listens on the loopback address only, but every web page and every user of this machine
 * can reach that: the token says who was given the URL, Host and Origin say that it is our own page that asks.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const COOKIE = 'smmu-lab';

export const newSecret = (): string => randomBytes(32).toString('base64url');

const same = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

export class Access {
  readonly #token: string;
  /** What the cookie holds: not the token, which stays in logs and histories. */
  readonly #secret = newSecret();
  readonly #port: number;

  constructor(token: string, port: number) {
    this.#token = token;
    this.#port = port;
  }

  /** The name in Host is ours: a page of another name that resolves to this address (DNS rebinding) is refused. */
  isOurHost(request: IncomingMessage): boolean {
    return this.#hosts().includes(request.headers.host ?? '');
  }

  /** The page that asks is ours. Browsers send Origin with every WebSocket handshake; a missing one is refused. */
  isOurOrigin(request: IncomingMessage): boolean {
    return this.#hosts().some((host) => request.headers.origin === `http://${host}`);
  }

  holdsToken(token: string): boolean {
    return same(token, this.#token);
  }

  isSignedIn(request: IncomingMessage): boolean {
    const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
    return cookies.some((cookie) => cookie.startsWith(`${this.#cookieName()}=`) && same(cookie.slice(this.#cookieName().length + 1), this.#secret));
  }

  /** Session cookie, kept from scripts and from requests that other sites start. */
  get cookie(): string {
    return `${this.#cookieName()}=${this.#secret}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Cookies ignore the port: without it in the name two labs on one machine would sign each other out. */
  #cookieName(): string {
    return `${COOKIE}-${this.#port}`;
  }

  #hosts(): string[] {
    return [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`];
  }
}
