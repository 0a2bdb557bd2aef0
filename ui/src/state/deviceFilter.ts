/** Which devices are shown, and in which order. Pure, so that it can be measured. */

import type { DeviceRecord } from '../protocol/generated/DeviceRecord';

export type DeviceSort = 'seen' | 'name' | 'host';

export interface DeviceFilter {
  text: string;
  customer: string;
  tag: string;
  state: '' | 'online' | 'offline';
}

export const EVERY_DEVICE: DeviceFilter = { text: '', customer: '', tag: '', state: '' };

/** What is searched of a device, in small letters. Kept as long as the record is the same one. */
const words = new WeakMap<DeviceRecord, string>();

function wordsOf(device: DeviceRecord): string {
  let known = words.get(device);
  if (known === undefined) {
    const { customer, machine, host, os, address, location, notes, tags } = device;
    const place = [location?.city, location?.region, location?.country];
    known = [customer, machine, host, os, address, ...place, ...tags, notes].join('\n').toLowerCase();
    words.set(device, known);
  }
  return known;
}

/** Those that a filter leaves, in the order they come. */
export function filterDevices(devices: readonly DeviceRecord[], filter: DeviceFilter): DeviceRecord[] {
  const text = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return devices.filter((device) => {
    if (filter.state && device.online !== (filter.state === 'online')) return false;
    if (filter.customer && device.customer !== filter.customer) return false;
    if (filter.tag && !device.tags.includes(filter.tag)) return false;
    if (text.length === 0) return true;
    const own = wordsOf(device);
    return text.every((word) => own.includes(word));
  });
}

/** What a device is called: by its customer and machine, else by its host. */
export function nameOfDevice(device: DeviceRecord): string {
  return [device.customer, device.machine].filter(Boolean).join(' / ') || device.host;
}

/** One of the system's collators is far quicker than asking for one at each comparison. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** In another order than that of {@link filterDevices}' argument, which is last seen first. */
export function sortDevices(devices: readonly DeviceRecord[], sort: DeviceSort, descending: boolean): DeviceRecord[] {
  if (sort === 'seen') return descending ? [...devices] : [...devices].reverse();
  const name = (device: DeviceRecord) => (sort === 'host' ? device.host : nameOfDevice(device));
  const named = devices.map((device) => ({ device, name: name(device) }));
  named.sort((a, b) => collator.compare(a.name, b.name));
  if (descending) named.reverse();
  return named.map(({ device }) => device);
}
