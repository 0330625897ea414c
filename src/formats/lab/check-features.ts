/** The identification registers that a document asks for: a preset, whole registers, single fields; what cannot be is told at its key. */
import { checkIdRegisters, decodeFeatures, isNamed, PRESETS, REGISTERS, setField } from '../../model/spec/index.ts';
import type { FieldDef, Features, IdRegisters, PresetName, RecordDef } from '../../model/spec/index.ts';
import { hex } from '../../model/base/address.ts';
import { below } from './check-map.ts';
import { whyNever } from './never-here.ts';
import { object } from './objects.ts';
import { rawField } from './record-fields.ts';
import type { Report, Where } from './report.ts';

const REGISTER_NAMES = ['IDR0', 'IDR1', 'IDR2', 'IDR3', 'IDR5', 'IDR6', 'AIDR'] as const;

interface IdField {
  readonly register: (typeof REGISTER_NAMES)[number];
  readonly record: RecordDef;
  readonly field: FieldDef;
}

const FIELDS: readonly IdField[] = REGISTER_NAMES.flatMap((register) => {
  const record = REGISTERS.get(register)!;
  return record.fields.filter(isNamed).map((field) => ({ register, record, field }));
});

/** `{ HTTU: 2, ATOS: 1 }`: fields of the ID registers by their names. */
export const featuresSchema = object(
  Object.fromEntries(FIELDS.filter(({ field }) => whyNever(field) === null).map(({ record, field }) => [field.name, rawField(record, field).optional()])),
  Object.fromEntries(FIELDS.flatMap(({ register, field }) => (whyNever(field) === null ? [] : [[field.name, `${register}.${field.name} ${whyNever(field)}`]]))),
)
  .default({})
  .describe('fields of the ID registers by name, in place of those of the preset and of registers; what the model does not do is refused');

interface NotDone {
  readonly register: IdField['register'];
  readonly field: string;
  readonly what: string;
  readonly promised: (features: Features) => boolean;
}

/** What ID registers can promise and the model does not do: refused rather than done by half. */
const NOT_DONE: readonly NotDone[] = [
  { register: 'IDR0', field: 'TTF', what: 'AArch32 tables (bit 0)', promised: (f) => f.ttf32 },
  { register: 'IDR0', field: 'TTENDIAN', what: 'tables that are not little-endian only (2)', promised: (f) => f.ttendian !== 2 },
  { register: 'IDR0', field: 'BTM', what: 'broadcast TLB invalidations', promised: (f) => f.btm },
  { register: 'IDR1', field: 'QUEUES_PRESET', what: 'queues at fixed addresses', promised: (f) => f.queuesPreset },
  { register: 'IDR1', field: 'TABLES_PRESET', what: 'stream tables at a fixed address', promised: (f) => f.tablesPreset },
  { register: 'IDR3', field: 'MPAM', what: 'memory partitions', promised: (f) => f.mpam },
  { register: 'IDR3', field: 'DPT', what: 'Device Permission Tables', promised: (f) => f.dpt },
  { register: 'IDR3', field: 'PASIDTT', what: 'PASIDs of Translated transactions', promised: (f) => f.pasidtt },
  { register: 'IDR5', field: 'DS', what: '52-bit addresses with 4K and 16K granules', promised: (f) => f.ds },
  { register: 'AIDR', field: 'ArchMinorRev', what: 'versions after v3.2', promised: (f) => f.minor > 2 },
];

/** What the SMMU does but the virtual SMMU of no VMM: it has queues and tables, and translates nothing. */
const NOT_VIRTUAL: readonly NotDone[] = [
  { register: 'IDR0', field: 'MSI', what: 'MSIs of a virtual SMMU', promised: (f) => f.msi },
  { register: 'IDR0', field: 'ATOS', what: 'address translation operations of a virtual SMMU', promised: (f) => f.atos },
  { register: 'IDR0', field: 'PRI', what: 'page requests to a virtual SMMU', promised: (f) => f.pri },
  { register: 'IDR0', field: 'VATOS', what: 'address translation operations of a virtual SMMU', promised: (f) => f.vatos },
  { register: 'IDR1', field: 'ECMDQ', what: 'enhanced command queues of a virtual SMMU', promised: (f) => f.ecmdq },
];

/** A promise that no SMMU of a lab can keep, the machine's or a guest's, in the field that makes it. */
export interface Refusal {
  readonly register: keyof IdRegisters;
  /** Fields of the register that the message is about. */
  readonly fields: readonly string[];
  readonly message: string;
}

/** What the architecture does not allow, with its section, and what the model does not do: for the machine's SMMU, or for a guest's. */
export function refusedPromises(id: IdRegisters, whose: 'machine' | 'guest'): Refusal[] {
  const features = decodeFeatures(id);
  const unlawful = checkIdRegisters(id).map(({ register, section, message }) => ({
    register: register,
    fields: FIELDS.map(({ field }) => field.name).filter((name) => new RegExp(`\\b${name}\\b`).test(message)),
    message: `${register}: ${message} (IHI 0070 ${section})`,
  }));
  const notDone = [...NOT_DONE, ...(whose === 'guest' ? NOT_VIRTUAL : [])].filter(({ promised }) => promised(features)).map(({ register, field, what }) => ({
    register,
    fields: [field],
    message: `${register}.${field}: ${what} are not modelled; ${register} is ${hex(BigInt(id[register]))}`,
  }));
  return [...unlawful, ...notDone];
}

/** AIDR.ArchMinorRev of the version that brought enhanced command queues. */
const FIRST_WITH_ECMDQ = 3;

interface SmmuIdentity {
  readonly preset: string;
  readonly registers: Readonly<Record<string, number | undefined>>;
  readonly features: Readonly<Record<string, bigint | undefined>>;
}

/** The registers that differ from the preset: those given, with the given fields in them. */
export function registersOf({ preset, registers, features }: SmmuIdentity): Record<string, number> {
  const base = PRESETS[preset as PresetName].id;
  const result = Object.fromEntries(Object.entries(registers).filter((entry): entry is [string, number] => entry[1] !== undefined));
  for (const { register, record, field } of FIELDS) {
    const value = features[field.name];
    if (value === undefined) continue;
    const words = Uint32Array.of(result[register] ?? base[register]);
    setField(record, field.name, value, words, 0);
    result[register] = words[0]!;
  }
  return result;
}

/** The key that asked for a field: the field's own, else its register's, else the preset's. */
function placeOf(smmu: SmmuIdentity, register: string, fields: readonly string[], where: Where): Where {
  const own = fields.find((name) => smmu.features[name] !== undefined);
  if (own !== undefined) return below(where, 'features', own);
  return smmu.registers[register] === undefined ? where : below(where, 'registers', register);
}

/** Tells what cannot be promised. A preset alone is right. */
export function checkIdentity(smmu: SmmuIdentity, id: IdRegisters, where: Where, report: Report): void {
  const asked = Object.values({ ...smmu.registers, ...smmu.features }).some((value) => value !== undefined);
  if (!asked) return;
  for (const { register, fields, message } of refusedPromises(id, 'machine')) report.error(placeOf(smmu, register, fields, where), 'unsupported', message);
  const features = decodeFeatures(id);
  if (features.ecmdq && features.minor < FIRST_WITH_ECMDQ)
    report.warning(placeOf(smmu, 'IDR1', ['ECMDQ'], where), 'later-version', `IDR1.ECMDQ: enhanced command queues are of SMMUv3.3; here they are an option of v3.${features.minor} (IHI 0070 3.5.6)`);
}
