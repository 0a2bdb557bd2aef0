/** The relays that this console has joined, and moving from one to another. */

import type { RelaysBackend } from '../backend/relays';
import type { JoinedRelay } from '../protocol/generated/JoinedRelay';
import { plainAddress } from './naming';
import { t } from './text';

/** What people call it. */
export function nameOfRelay(relay: JoinedRelay): string {
  return relay.address === null ? t.relays.inside : plainAddress(relay.address);
}

export class Relays {
  /** The one inside first. Empty until they were asked for. */
  all = $state.raw<readonly JoinedRelay[]>([]);
  /** What a link fills into the form that joins one. */
  filled = $state.raw<{ address: string; token: string } | null>(null);
  /** The one that the technician wants to move to while calls go on. */
  wanted = $state.raw<JoinedRelay | null>(null);
  /** Why the last move that was asked for elsewhere than in the list did not come about. */
  failed = $state.raw<unknown>(null);

  constructor(
    private readonly backend: RelaysBackend,
    /** Begins the page anew at its first screen. */
    private readonly anew: () => void = () => {
      history.replaceState(null, '', '#/');
      location.reload();
    },
  ) {}

  async load(): Promise<void> {
    this.all = await this.backend.all();
  }

  async add(address: string, token: string): Promise<void> {
    this.all = await this.backend.add(address, token);
  }

  async remove(relay: JoinedRelay): Promise<void> {
    this.all = await this.backend.remove(relay.id);
  }

  /** A click on a relay: it is moved there at once, unless calls would break off. */
  async choose(relay: JoinedRelay, calls: number): Promise<void> {
    if (calls > 0) this.wanted = relay;
    else await this.move(relay);
  }

  async move(relay: JoinedRelay): Promise<void> {
    await this.backend.change(relay.id);
    this.wanted = null;
    this.anew();
  }
}
