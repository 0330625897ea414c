/**
 * What a schema's metadata says for the language service: that a value names a device or a VM, that the keys of a map do, that a key
 * is a field of the one table, which words a text can begin with. The published JSON Schemas leave it out.
 */
import { name } from './scalars.ts';

export type NamedKind = 'device' | 'vm';

/** A value is the name of something of this kind. */
export const NAMES = 'x-names';
/** The keys of a map are names of something of this kind. */
export const KEYS_NAME = 'x-keys';
/** The field in full, such as `STE.S2VMID`. */
export const FIELD = 'x-field';
/** Words that the text can begin with. */
export const WORDS = 'x-words';

export const MARKS: readonly string[] = [NAMES, KEYS_NAME, FIELD, WORDS];

/** The name of a device of host.devices. */
export const deviceName = name.meta({ [NAMES]: 'device' });

/** The name of a VM of host.vms. */
export const vmName = name.meta({ [NAMES]: 'vm' });
