/** The part of QEMU's machine protocol that qtest clients ask before they start. */
const GREETING = { QMP: { version: { qemu: { major: 11, minor: 1, micro: 3 }, package: 'SMMU Lab' }, capabilities: [] } };

const MACHINES = [
  { name: 'none', 'cpu-max': 1, 'hotpluggable-cpus': false, 'numa-mem-supported': false, deprecated: false },
  { name: 'virt', 'cpu-max': 1, 'hotpluggable-cpus': false, 'numa-mem-supported': false, deprecated: false },
];

/** Types of devices that are here, with QEMU's names. */
const DEVICE_TYPES = [
  { name: 'arm-gicv3', parent: 'arm-gicv3-common' },
  { name: 'arm-smmuv3', parent: 'arm-smmu' },
  { name: 'edu', parent: 'pci-device' },
  { name: 'gpex-pcihost', parent: 'pcie-host-bridge' },
  { name: 'gpex-root', parent: 'pci-device' },
  { name: 'iommu-testdev', parent: 'pci-device' },
  { name: 'pcie-root-port', parent: 'pcie-root-port-base' },
];

interface Request {
  readonly execute: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly id?: unknown;
}

export interface QmpHooks {
  send(text: string): void;
  quit(): void;
}

/** One QMP connection: greets at once, then answers each request. */
export class QmpSession {
  readonly #hooks: QmpHooks;

  constructor(hooks: QmpHooks) {
    this.#hooks = hooks;
    this.#reply(GREETING);
  }

  /** Answers the text of one request. */
  handle(text: string): void {
    const request = parseRequest(text);
    if (typeof request === 'string') return this.#reply(errorReply('GenericError', request));
    const echo = request.id === undefined ? {} : { id: request.id };
    this.#reply({ ...answer(request), ...echo });
    if (request.execute === 'quit') this.#hooks.quit();
  }

  #reply(value: object): void {
    this.#hooks.send(`${JSON.stringify(value)}\r\n`);
  }
}

function answer({ execute, arguments: given }: Request): object {
  switch (execute) {
    case 'qmp_capabilities':
    case 'quit':
      return { return: {} };
    case 'query-version':
      return { return: GREETING.QMP.version };
    case 'query-status':
      return { return: { running: true, status: 'running' } };
    case 'query-machines':
      return { return: MACHINES };
    case 'qom-list-types':
      return { return: listTypes(given['implements']) };
    default:
      return errorReply('CommandNotFound', `The command ${execute} has not been found`);
  }
}

function listTypes(implemented: unknown): typeof DEVICE_TYPES {
  if (implemented === undefined || implemented === 'device' || implemented === 'object') return DEVICE_TYPES;
  return DEVICE_TYPES.filter(({ name, parent }) => name === implemented || parent === implemented);
}

function errorReply(kind: string, description: string): object {
  return { error: { class: kind, desc: description } };
}

/** The request, or what is wrong with it. */
function parseRequest(text: string): Request | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'JSON parse error, expected a request such as {"execute": "query-machines"}';
  }
  if (!isRecord(value) || typeof value['execute'] !== 'string') return "QMP input lacks member 'execute', expected a command name";
  const given = value['arguments'] ?? {};
  if (!isRecord(given)) return "QMP input member 'arguments' must be an object";
  return { execute: value['execute'], arguments: given, id: value['id'] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
