/** From the guests' document to data: each VM and device must be the host's, each nested stream must have its stage 1. */
import type { GuestData, HostData } from '../../model/lab/data.ts';
import type { Features } from '../../model/spec/index.ts';
import { nearest } from '../../model/spec/nearest.ts';
import { below } from './check-map.ts';
import { guestContext } from './check-stage1.ts';
import type { GuestDocument } from './guest-schema.ts';
import type { Report, Where } from './report.ts';

const GUEST: Where = { document: 'guest', path: [] };

/** What a mistyped name could have been: the nearest known one, or all of them. */
export function orKnown(name: string, known: readonly string[], where: string): string {
  const hint = nearest(name, known);
  if (hint !== null) return `did you mean ${hint}?`;
  return known.length === 0 ? `${where} is empty` : `${where} has ${known.join(', ')}`;
}

type DeviceDocument = GuestDocument[string]['devices'][string];

function resolveDevice(vm: string, name: string, document: DeviceDocument, host: HostData, features: Features, report: Report): GuestData['devices'][number] {
  const where = below(GUEST, vm, 'devices', name);
  const key: Where = { ...where, key: true };
  const own = host.devices.filter((device) => device.vm === vm);
  const device = own.find((one) => one.name === name);
  const ram = host.vms.find((one) => one.name === vm)?.stage2.map.map((entry) => ({ base: entry.ipa as bigint, size: entry.size })) ?? [];
  if (device === undefined) report.error(key, 'unknown-device', `${vm} has no device ${name}; ${orKnown(name, own.map((one) => one.name), `${vm} in host.devices`)}`);
  else if (device.Config !== 'nested') report.error(key, 'unused', `${name} has Config ${device.Config} in host.devices: only a nested stream has a stage 1 of the guest`);
  return { name, context: guestContext(document, ram, features, where, report) };
}

/** The guests' data; what is wrong with it is in the report. */
export function resolveGuests(document: GuestDocument, host: HostData, features: Features, report: Report): readonly GuestData[] {
  const guests = Object.entries(document).map(([vm, guest]): GuestData => {
    const known = host.vms.map((one) => one.name);
    if (!known.includes(vm)) report.error({ ...below(GUEST, vm), key: true }, 'unknown-vm', `there is no VM ${vm}; ${orKnown(vm, known, 'host.vms')}`);
    const devices = Object.entries(guest.devices).map(([name, device]) => resolveDevice(vm, name, device, host, features, report));
    return { vm, devices };
  });
  host.devices.forEach((device, i) => {
    if (device.Config !== 'nested' || device.vm === null || document[device.vm]?.devices[device.name] !== undefined) return;
    const where: Where = { document: 'host', path: ['devices', i, 'Config'] };
    report.error(where, 'missing-context', `${device.name} is nested, but guest.${device.vm}.devices has no ${device.name}: the guest's stage 1 is missing`);
  });
  return guests;
}
