/** Methods that look at the machine as it is now and touch nothing; code `no-machine` where there is none, as in a stored run. */
import type { z } from 'zod';
import { CACHE_METHODS } from './caches.ts';
import { MEMORY_METHODS } from './memory.ts';
import { REGISTER_METHODS } from './registers.ts';
import { STRUCTURE_METHODS } from './structures.ts';
import { SURVEY_METHODS } from './survey.ts';

export const LOOKING_METHODS = { ...CACHE_METHODS, ...STRUCTURE_METHODS, ...REGISTER_METHODS, ...MEMORY_METHODS, ...SURVEY_METHODS };

export type LookingMethod = keyof typeof LOOKING_METHODS;
export type LookingParams<M extends LookingMethod> = z.output<(typeof LOOKING_METHODS)[M]['params']>;
export type LookingResult<M extends LookingMethod> = z.output<(typeof LOOKING_METHODS)[M]['result']>;
