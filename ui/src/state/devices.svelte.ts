/** All devices the relay knows: kept whole on the page, so that filtering ten thousand takes a few milliseconds. */

import type { Backend } from '../backend/backend';
import type { DeviceEdit } from '../protocol/generated/DeviceEdit';
import type { DeviceId } from '../protocol/generated/DeviceId';
import type { DeviceRecord } from '../protocol/generated/DeviceRecord';
import type { TimelineEntry } from '../protocol/generated/TimelineEntry';
import type { TimelinePlace } from '../protocol/generated/TimelinePlace';

/** Devices fetched or changed at once: what the relay takes. */
export const AT_ONCE = 1_000;

/** From so many on, a list is not put in order anew for each of many events in a row, but this often, in milliseconds. */
const MANY = 1_000;
const GATHER = 100;

/** An edit that changes nothing yet. */
export const NO_EDIT: DeviceEdit = { customer: null, machine: null, notes: null, add_tags: [], remove_tags: [] };

export class Devices {
  readonly #known = new Map<DeviceId, DeviceRecord>();
  /** Told of while a list was on its way: newer than the list. */
  readonly #told = new Set<DeviceId>();
  #version = $state(0);
  #later: ReturnType<typeof setTimeout> | undefined;
  loaded = $state(false);

  constructor(private readonly backend: Pick<Backend, 'devices' | 'editDevices' | 'removeDevices' | 'timeline'>) {}

  /** Those that are here first, then by when they were last heard of. */
  all = $derived.by(() => {
    void this.#version;
    return [...this.#known.values()].sort(
      (a, b) => Number(b.online) - Number(a.online) || b.last_seen - a.last_seen || (a.id < b.id ? -1 : 1),
    );
  });

  get(id: DeviceId): DeviceRecord | undefined {
    void this.#version;
    return this.#known.get(id);
  }

  tell(device: DeviceRecord): void {
    this.#told.add(device.id);
    this.#known.set(device.id, device);
    this.#changed();
  }

  /** An event told that one is gone. */
  gone(id: DeviceId): void {
    this.#told.add(id);
    this.#known.delete(id);
    this.#changed();
  }

  #changed(): void {
    if (this.#known.size <= MANY) this.#version += 1;
    if (this.#known.size <= MANY || this.#later !== undefined) return;
    this.#later = setTimeout(() => {
      this.#later = undefined;
      this.#version += 1;
    }, GATHER);
  }

  /** Fetches all of them, page by page; shows each page as it comes. */
  async load(): Promise<void> {
    this.#told.clear();
    const found = new Set<DeviceId>();
    let after: DeviceId | undefined;
    do {
      const page = await this.backend.devices(AT_ONCE, after);
      for (const device of page) {
        found.add(device.id);
        if (!this.#told.has(device.id)) this.#known.set(device.id, device);
      }
      after = page.length === AT_ONCE ? page.at(-1)?.id : undefined;
      this.#changed();
    } while (after !== undefined);
    // Removed while nobody listened.
    for (const id of this.#known.keys()) if (!found.has(id) && !this.#told.has(id)) this.#known.delete(id);
    this.#version += 1;
    this.loaded = true;
  }

  /** Changes devices in the same way. What changed comes back as events. */
  async edit(ids: readonly DeviceId[], edit: Partial<DeviceEdit>): Promise<void> {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      await this.backend.editDevices(ids.slice(from, from + AT_ONCE), { ...NO_EDIT, ...edit });
    }
  }

  async remove(ids: readonly DeviceId[]): Promise<void> {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      await this.backend.removeDevices(ids.slice(from, from + AT_ONCE));
    }
  }

  timeline(id: DeviceId, before?: TimelinePlace): Promise<TimelineEntry[]> {
    return this.backend.timeline(id, before);
  }
}
