/** The technicians of one call: who is here, who has the controls, where the others point, and inviting one more. */

import { SvelteMap } from 'svelte/reactivity';
import { BackendError, type Backend, type FailureCode } from '../backend/backend';
import type { Fellow } from '../protocol/generated/Fellow';
import type { Invited } from '../protocol/generated/Invited';
import type { Present } from '../protocol/generated/Present';
import type { RoomNews } from '../protocol/generated/RoomNews';
import type { RoomOrder } from '../protocol/generated/RoomOrder';
import type { SessionId } from '../protocol/generated/SessionId';
import type { PointedAt } from '../protocol/generated/PointedAt';

/** Between two places of the pointer that the others are told, in milliseconds: what an eye follows. */
const TOLD = 40;

/** An invitation of this technician. */
export interface Inviting {
  name: string;
  /** What the colleague is to be told; `null` once he is here or nothing comes of it. */
  code: string | null;
  /** `null` until the helper has said anything. */
  step: Invited | null;
}

export class Together {
  /** Everyone in the call, this technician too; empty while he is alone. */
  here = $state.raw<readonly Present[]>([]);
  inviting = $state.raw<Inviting | null>(null);
  /** Why the last thing asked for was not done. */
  error = $state.raw<FailureCode | null>(null);
  /** Where the others point, by who they are. */
  readonly pointers = new SvelteMap<number, PointedAt>();
  #you = $state(0);
  #spot: PointedAt | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
  ) {}

  /** The others. */
  others = $derived(this.here.filter((one) => one.who !== this.#you));
  /** Who has the controls, if it is another one. */
  steered = $derived(this.others.find((one) => one.steers) ?? null);
  /** Whether this technician has the controls: always, while he is alone. */
  steers = $derived(this.here.length === 0 || this.here.some((one) => one.who === this.#you && one.steers));
  /** Whether he has asked for them. */
  wants = $derived(this.here.some((one) => one.who === this.#you && one.wants));
  /** Who waits for them. */
  asking = $derived(this.steers ? this.others.filter((one) => one.wants) : []);
  /** Whether the customer has granted this technician mouse and keyboard. */
  maySteer = $derived(this.here.some((one) => one.who === this.#you && one.may_steer));

  tell(news: RoomNews): void {
    switch (news.kind) {
      case 'here': {
        this.#you = news.you;
        this.here = news.technicians.length > 1 ? news.technicians : [];
        const stays = new Set(this.others.filter((one) => one.connected).map((one) => one.who));
        for (const who of [...this.pointers.keys()]) if (!stays.has(who)) this.pointers.delete(who);
        break;
      }
      case 'invitation':
        if (this.inviting?.name === news.name) {
          const waits = news.invited === 'waiting';
          this.inviting = { ...this.inviting, code: waits ? this.inviting.code : null, step: news.invited };
        }
        break;
      case 'pointer':
        if (news.at) this.pointers.set(news.of, news.at);
        else this.pointers.delete(news.of);
        break;
    }
  }

  /** The connection is gone: nobody is known to be here. */
  clear(): void {
    this.here = [];
    this.pointers.clear();
  }

  /** The other technicians of the relay, but for those who are here. */
  colleagues(): Promise<readonly Fellow[]> {
    return this.backend.colleagues();
  }

  async invite(colleague: Fellow): Promise<void> {
    await this.#try(async () => {
      this.inviting = { name: colleague.name, code: null, step: null };
      try {
        const code = await this.backend.inviteColleague(this.session, colleague.id);
        // The helper may have said already that nothing comes of it.
        const step = this.inviting?.step ?? null;
        if (step === null || step === 'waiting') this.inviting = { name: colleague.name, code, step };
      } catch (error) {
        this.inviting = null;
        throw error;
      }
    });
  }

  /** What was said of the invitation has been read. */
  dismiss(): void {
    this.inviting = null;
    this.error = null;
  }

  /** Takes part in the call of a colleague who has invited. False when it could not be. */
  async join(code: string): Promise<boolean> {
    return this.#try(() => this.backend.joinCall(this.session, code));
  }

  async wantControls(): Promise<void> {
    await this.#order({ kind: 'want_controls' });
  }

  async handOver(to: number): Promise<void> {
    await this.#order({ kind: 'hand_over', to });
  }

  async keepControls(): Promise<void> {
    await this.#order({ kind: 'keep_controls' });
  }

  /** The pointer is here now, or has left the picture. Told at times, and where it came to rest. */
  points(at: PointedAt | null): void {
    if (this.here.length === 0) return;
    this.#spot = at;
    if (this.#timer !== undefined) return;
    this.#sayPointer();
    this.#timer = setTimeout(() => this.#again(at), TOLD);
  }

  #again(said: PointedAt | null): void {
    this.#timer = undefined;
    if (this.#spot !== said) this.points(this.#spot);
  }

  #sayPointer(): void {
    // Nobody misses one that is lost with the connection.
    void this.backend.room(this.session, { kind: 'pointer', at: this.#spot }).catch(() => undefined);
  }

  async #order(order: RoomOrder): Promise<void> {
    await this.#try(() => this.backend.room(this.session, order));
  }

  async #try(what: () => Promise<void>): Promise<boolean> {
    this.error = null;
    try {
      await what();
      return true;
    } catch (error) {
      this.error = error instanceof BackendError ? error.code : 'internal';
      return false;
    }
  }
}
