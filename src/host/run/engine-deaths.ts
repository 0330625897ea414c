const WINDOW_MS = 60_000;
const LIMIT = 3;

/** How often the engine's thread died of late: one that dies at once would otherwise be started for ever. */
export class EngineDeaths {
  #times: number[] = [];

  /** Counts a death; false when it was the third within a minute. */
  mayRestart(now: number = performance.now()): boolean {
    this.#times = [...this.#times.filter((time) => now - time < WINDOW_MS), now];
    return this.#times.length < LIMIT;
  }
}
