/** Bugs are asserts: a failed assertion is a defect of this program, never of its input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (condition !== true && !condition) throw new Error(`assertion failed: ${message}`);
}

/** Exhaustiveness: reached only when a union gained a member that a switch does not handle. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
