/** What the owner has chosen for the relay, and what is new, as the shell last told. */

import type { FirmBackend } from '../backend/firm';
import type { News } from '../protocol/generated/News';
import type { RelaySettings } from '../protocol/generated/RelaySettings';
import type { SettingsView } from '../protocol/generated/SettingsView';

export class Chosen {
  view = $state.raw<SettingsView | null>(null);
  news = $state.raw<News | null>(null);

  constructor(private readonly backend: FirmBackend) {}

  /** The release that this technician has not been told of. */
  get unseen() {
    const { news } = this;
    return [news?.newest, news?.installed].find((release) => release && release.version === news?.unseen) ?? null;
  }

  async load(): Promise<void> {
    [this.view, this.news] = await Promise.all([this.backend.relaySettings(), this.backend.news()]);
  }

  async choose(settings: RelaySettings): Promise<void> {
    this.view = await this.backend.chooseSettings(settings);
    this.news = await this.backend.news();
  }

  async seen(version: string): Promise<void> {
    this.news = await this.backend.newsSeen(version);
  }
}

/** As the relay judges it: `https://`, no password, no blank. */
export function isHttps(address: string): boolean {
  if (!address.startsWith('https://') || /[\s\\]/.test(address)) return false;
  try {
    const url = new URL(address);
    return url.username === '' && url.password === '' && url.hostname !== '';
  } catch {
    return false;
  }
}

/** Besides, there is one place for the address that is asked for, behind the host. */
export function isProvider(address: string): boolean {
  const behind = address.slice('https://'.length).split('/').slice(1).join('/');
  return isHttps(address) && address.split('{ip}').length === 2 && behind.includes('{ip}');
}
