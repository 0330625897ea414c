/** How a run ends: by signal, by command, by the client's leaving, or by a defect. */
export class Ending {
  /** Resolves when the run is to end well, rejects with the defect. */
  readonly reached: Promise<null>;
  readonly end: () => void;
  readonly #fail: (error: unknown) => void;

  constructor() {
    let resolve: (value: null) => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    this.reached = new Promise((...settle) => ([resolve, reject] = settle));
    this.end = () => resolve(null);
    this.#fail = reject;
    process.on('SIGTERM', this.end);
    process.on('SIGINT', this.end);
  }

  /** A listener whose exceptions end the run, instead of the process in the middle of it. */
  guard<T>(listener: (value: T) => void): (value: T) => void {
    return (value) => {
      try {
        listener(value);
      } catch (error) {
        this.#fail(error);
      }
    };
  }

  /** Gives the signals back. */
  dispose(): void {
    process.off('SIGTERM', this.end);
    process.off('SIGINT', this.end);
  }
}
