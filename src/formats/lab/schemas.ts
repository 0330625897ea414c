/** JSON Schemas of the lab documents, for editors of other people; made from the schemas that parse them. */
import type { z } from 'zod';
import { jsonSchemaOf } from './json-schema.ts';
import { guestSchema } from './guest-schema.ts';
import { hostSchema } from './host-schema.ts';
import { shareNumbers } from './shared-schemas.ts';
import { stackGuestSchema } from './stack/guest-schema.ts';
import { stackHostSchema } from './stack/host-schema.ts';
import { stackStepsSchema } from './stack/step-schema.ts';
import { stepsSchema } from './step-schema.ts';

function generate(title: string, schema: z.ZodType): object {
  return { title, ...shareNumbers(jsonSchemaOf(schema, 'ref')) };
}

const LAB = {
  title: 'A lab in one file',
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: { host: { $ref: 'host.schema.json' }, guest: { $ref: 'guest.schema.json' }, steps: { $ref: 'steps.schema.json' } },
  required: ['host'],
  additionalProperties: false,
};

/** What parses each document, by the file of its JSON Schema. */
export const DOCUMENT_SCHEMAS = {
  'host.schema.json': hostSchema,
  'guest.schema.json': guestSchema,
  'steps.schema.json': stepsSchema,
  'stack-host.schema.json': stackHostSchema,
  'stack-guest.schema.json': stackGuestSchema,
  'stack-steps.schema.json': stackStepsSchema,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** File name and content of each schema of resources/schema. */
export function generateSchemas(): Readonly<Record<string, object>> {
  return {
    'host.schema.json': generate('host.yaml of a lab', hostSchema),
    'guest.schema.json': generate('guest.yaml of a lab', guestSchema),
    'steps.schema.json': generate('steps.yaml of a lab', stepsSchema),
    'lab.schema.json': LAB,
    'stack-host.schema.json': generate('host.yaml of a lab of the whole stack', stackHostSchema),
    'stack-guest.schema.json': generate('guest.yaml of a lab of the whole stack', stackGuestSchema),
    'stack-steps.schema.json': generate('steps.yaml of a lab of the whole stack', stackStepsSchema),
  };
}

/** The text of a schema file. The largest 64-bit number is none of JavaScript's. */
export const schemaText = (schema: object): string => `${JSON.stringify(schema, null, 1).replaceAll(String(2 ** 64), String(2n ** 64n - 1n))}\n`;
