import { hex } from '../model/base/address.ts';
import { RpcError } from '../protocol/errors.ts';
import type { LabError, Place, Result } from '../model/base/result.ts';

/** Bad usage or bad input, on its way to the top: exit status 2. */
export class Refusal extends Error {
  readonly error: LabError;

  constructor(error: LabError) {
    super(error.message);
    this.name = 'Refusal';
    this.error = error;
  }
}

/** The value of a result; its error ends the command. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.error);
}

/** What the lab host refuses is refused here too. */
export function refusingRpc<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refusalOf(error);
  }
}

export const refusalOf = (error: unknown): unknown =>
  error instanceof RpcError ? new Refusal({ code: error.code, message: error.message, ...(error.at === undefined ? {} : { at: { ...error.at } as Place }) }) : error;

function placeText({ file, line, column, offset, path }: Place): string {
  const position = line === undefined ? '' : column === undefined ? `:${line}` : `:${line}:${column}`;
  const parts = [
    ...(file === undefined ? (line === undefined ? [] : [`line ${line}`]) : [`${file}${position}`]),
    ...(path === undefined ? [] : [path]),
    ...(offset === undefined ? [] : [`byte ${offset} (${hex(offset)})`]),
  ];
  return parts.join(', ');
}

/** `smmu-lab: what is wrong and what was expected, in where`. */
export function errorText(error: LabError): string {
  const place = error.at === undefined ? '' : placeText(error.at);
  return `smmu-lab: ${error.message}${place === '' ? '' : `, in ${place}`}\n`;
}
