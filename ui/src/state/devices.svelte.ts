/** All devices the relay knows. */

import { SvelteMap } from 'svelte/reactivity';
import type { Backend } from '../backend/backend';
import type { DeviceId } from '../protocol/generated/DeviceId';
import type { DeviceRecord } from '../protocol/generated/DeviceRecord';

export class Devices {
  readonly #known = new SvelteMap<DeviceId, DeviceRecord>();
  readonly #told = new Set<DeviceId>();
  loaded = $state(false);

  constructor(private readonly backend: Pick<Backend, 'devices'>) {}

  /** Those that are here first, then by when they were last heard of. */
  all = $derived(
    [...this.#known.values()].sort((a, b) => Number(b.online) - Number(a.online) || b.last_seen - a.last_seen),
  );

  tell(device: DeviceRecord): void {
    this.#told.add(device.id);
    this.#known.set(device.id, device);
  }

  async load(): Promise<void> {
    this.#told.clear();
    const devices = await this.backend.devices();
    for (const device of devices) if (!this.#told.has(device.id)) this.#known.set(device.id, device);
    this.loaded = true;
  }
}
