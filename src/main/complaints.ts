/** What parts of the program complained about, for standard error and for whoever reports a problem: the last of them. */

const KEPT = 200;
const LONGEST = 4000;

export class Complaints {
  readonly #write: (complaint: string) => void;
  #all: string[] = [];

  constructor(write: (complaint: string) => void = console.error) {
    this.#write = write;
  }

  take(complaint: unknown): void {
    const text = complaint instanceof Error ? (complaint.stack ?? complaint.message) : String(complaint);
    this.#write(text);
    this.#all = [...this.#all, `${new Date().toISOString()} ${text.slice(0, LONGEST)}`].slice(-KEPT);
  }

  get all(): string[] {
    return [...this.#all];
  }
}
