import type { Result } from '../../model/base/result.ts';
import { fail, ok } from '../../model/base/result.ts';
import { PROFILES } from '../../model/spec/index.ts';
import type { Profile } from '../../model/spec/index.ts';
import type { DeviceModel, DeviceRequest } from '../../model/stack/device/machine.ts';
import { DEVICE_MODELS, MAX_MEMORY_BYTES } from '../../model/stack/device/machine.ts';
import { parseDevfn, parseInteger, parseOptionList, parseSize } from './option-list.ts';

export interface CommandLine {
  /** Path of the socket the qtest client listens on, or `stdio`. */
  readonly qtest: string;
  /** Path of the socket the QMP client listens on. */
  readonly qmp: string | null;
  /** Null: `-machine none`. */
  readonly machine: { readonly memoryBytes: bigint; readonly smmu: boolean; readonly profile: Profile; readonly devices: readonly DeviceRequest[] } | null;
}

const DEFAULT_MEMORY_BYTES = 128n << 20n;
const PAGE = 4096n;

/** The options of QEMU's command line that mean something here; all others are ignored. */
export function parseCommandLine(argv: readonly string[]): Result<CommandLine> {
  const options = collect(argv);
  const qtest = socketOf('qtest', options.get('qtest')?.at(-1) ?? '');
  if (!qtest.ok) return qtest;
  const qmp = qmpSocket(options);
  if (!qmp.ok) return qmp;
  const machine = parseMachine(options);
  if (!machine.ok) return machine;
  return ok({ qtest: qtest.value, qmp: qmp.value, machine: machine.value });
}

type Options = ReadonlyMap<string, readonly string[]>;

/** `-name value` pairs by name, in order. What does not start with `-` is the value of the option before it. */
function collect(argv: readonly string[]): Options {
  const options = new Map<string, string[]>();
  argv.forEach((argument, i) => {
    if (!argument.startsWith('-')) return;
    const name = argument.replace(/^--?/, '');
    const next = argv[i + 1];
    options.set(name, [...(options.get(name) ?? []), next === undefined || next.startsWith('-') ? '' : next]);
  });
  return options;
}

function socketOf(option: string, text: string): Result<string> {
  const { first, values } = parseOptionList(text);
  if (option === 'qtest' && first === 'stdio') return ok(first);
  const path = first?.startsWith('unix:') === true ? first.slice('unix:'.length) : '';
  if (path === '') return fail('usage', `-${option} "${text}": expected unix:PATH, a socket that listens already`);
  if (values.has('server')) return fail('usage', `-${option}: cannot listen, expected a socket that listens already (no server)`);
  return ok(path);
}

/** The monitor is named by `-mon chardev=ID`, `-object monitor-qmp,chardev=ID` or `-qmp unix:PATH`. */
function qmpSocket(options: Options): Result<string | null> {
  const direct = options.get('qmp')?.at(-1);
  if (direct !== undefined) return socketOf('qmp', direct);
  const monitors = [
    ...(options.get('mon') ?? []).map(parseOptionList),
    ...(options.get('object') ?? []).map(parseOptionList).filter(({ first }) => first === 'monitor-qmp'),
  ];
  const monitor = monitors.at(-1);
  if (monitor === undefined) return ok(null);
  const id = monitor.values.get('chardev') ?? monitor.first;
  const chardev = (options.get('chardev') ?? []).map(parseOptionList).find(({ values }) => values.get('id') === id);
  const path = chardev?.values.get('path');
  if (path === undefined) return fail('usage', `the monitor wants chardev "${id}": expected -chardev socket,path=PATH,id=${id}`);
  return ok(path);
}

function parseMachine(options: Options): Result<CommandLine['machine']> {
  const lists = [...(options.get('machine') ?? []), ...(options.get('M') ?? [])].map(parseOptionList);
  const values = new Map(lists.flatMap((list) => [...(list.first === undefined ? [] : [['type', list.first] as const]), ...list.values]));
  const type = values.get('type') ?? 'none';
  if (type === 'none') return ok(null);
  if (!/^virt(-\d+\.\d+)?$/.test(type)) return fail('usage', `-machine ${type}: no such machine (expected virt or none)`);
  const iommu = values.get('iommu') ?? 'none';
  if (iommu !== 'none' && iommu !== 'smmuv3') return fail('usage', `-machine ${type},iommu=${iommu}: expected iommu=smmuv3 or iommu=none`);
  const memoryBytes = parseMemory(options.get('m')?.at(-1));
  if (!memoryBytes.ok) return memoryBytes;
  const profile = parseProfile(options.get('profile')?.at(-1));
  if (!profile.ok) return profile;
  const devices: DeviceRequest[] = [];
  for (const text of options.get('device') ?? []) {
    const device = parseDevice(text);
    if (!device.ok) return device;
    devices.push(device.value);
  }
  return ok({ memoryBytes: memoryBytes.value, smmu: iommu === 'smmuv3', profile: profile.value, devices });
}

/** `-profile` is ours: whose behaviour the SMMU has. */
function parseProfile(name: string = 'arch'): Result<Profile> {
  const known = Object.keys(PROFILES) as Profile[];
  const found = known.find((one) => one === name);
  return found === undefined ? fail('usage', `-profile ${name}: expected ${known.join(' or ')}`) : ok(found);
}

function parseMemory(text: string | undefined): Result<bigint> {
  if (text === undefined) return ok(DEFAULT_MEMORY_BYTES);
  const { first, values } = parseOptionList(text);
  const size = parseSize(values.get('size') ?? first ?? '');
  if (!size.ok) return fail('usage', `-m ${text}: ${size.error.message}`);
  const bytes = ((size.value + PAGE - 1n) / PAGE) * PAGE;
  if (bytes > MAX_MEMORY_BYTES) return fail('usage', `-m ${text}: expected at most ${MAX_MEMORY_BYTES >> 20n}M`);
  return ok(bytes);
}

function isDeviceModel(name: string | undefined): name is DeviceModel {
  return DEVICE_MODELS.some((model) => model === name);
}

function parseDevice(text: string): Result<DeviceRequest> {
  const { first, values } = parseOptionList(text);
  const model = first ?? values.get('driver');
  if (!isDeviceModel(model)) return fail('usage', `-device ${text}: no such device (expected ${DEVICE_MODELS.join(', ')})`);
  const addr = values.get('addr');
  const devfn = addr === undefined ? ok(undefined) : parseDevfn(addr);
  if (!devfn.ok) return fail('usage', `-device ${text}: ${devfn.error.message}`);
  const maskText = values.get('dma_mask');
  const dmaMask = maskText === undefined ? undefined : parseInteger(maskText);
  if (dmaMask === null) return fail('usage', `-device ${text}: dma_mask expects a 64-bit number, for instance 0xffffffffffff`);
  const id = values.get('id');
  const bus = values.get('bus');
  return ok({
    model,
    multifunction: ['on', 'true', 'yes'].includes(values.get('multifunction') ?? 'off'),
    ...(id === undefined ? {} : { id }),
    ...(bus === undefined ? {} : { bus }),
    ...(devfn.value === undefined ? {} : { devfn: devfn.value }),
    ...(dmaMask === undefined ? {} : { dmaMask }),
  });
}
