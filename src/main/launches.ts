/** What is to be opened waits here for the page, which may not be there yet. */
import { basename } from 'node:path';
import type { ChosenFileHandle, Launch } from '../protocol/desktop.ts';
import type { LaunchRequest } from './launch.ts';

export interface LaunchesWorld {
  /** Makes a handle of a path; rejects with a message for the user. */
  admit(path: string): Promise<ChosenFileHandle>;
  /** There is something to take. */
  notify(): void;
}

export class Launches {
  readonly #world: LaunchesWorld;
  #waiting: LaunchRequest[] = [];

  constructor(world: LaunchesWorld) {
    this.#world = world;
  }

  add(requests: readonly LaunchRequest[]): void {
    if (requests.length === 0) return;
    this.#waiting.push(...requests);
    this.#world.notify();
  }

  /** Files get their handle only now: those of a page that is gone are closed with it. */
  async take(): Promise<Launch[]> {
    const requests = this.#waiting;
    this.#waiting = [];
    return Promise.all(requests.map((request) => this.#launchOf(request)));
  }

  async #launchOf(request: LaunchRequest): Promise<Launch> {
    if (request.kind !== 'bundle') return request;
    try {
      return { kind: 'file', file: await this.#world.admit(request.path) };
    } catch (error) {
      return { kind: 'problem', message: error instanceof Error ? error.message : `${basename(request.path)} cannot be opened.` };
    }
  }
}
