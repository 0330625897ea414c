/** JSON Schemas of the lab documents, for editors of other people; made from the schemas that parse them. */
import { z } from 'zod';
import { guestSchema } from './guest-schema.ts';
import { hostSchema } from './host-schema.ts';
import { stackGuestSchema } from './stack/guest-schema.ts';
import { stackHostSchema } from './stack/host-schema.ts';
import { stackStepsSchema } from './stack/step-schema.ts';
import { stepsSchema } from './step-schema.ts';

/** A JSON Schema shows defaults as a document writes them: bigints as hex. */
const plain = (value: unknown): unknown => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value);

/** A plain copy: bigints as text, no undefined. */
const jsonOf = (schema: unknown): object => JSON.parse(JSON.stringify(schema, (_key, value: unknown) => plain(value))) as object;

function generate(title: string, schema: z.ZodType): object {
  return { title, ...jsonOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'ref' })) };
}

const LAB = {
  title: 'A lab in one file',
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: { host: { $ref: 'host.schema.json' }, guest: { $ref: 'guest.schema.json' }, steps: { $ref: 'steps.schema.json' } },
  required: ['host'],
  additionalProperties: false,
};

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

/** The text of a schema file. */
export const schemaText = (schema: object): string => `${JSON.stringify(schema, null, 1)}\n`;
