/** The customer's machine and its programs, as far as the helper has told. */

import type { Backend } from '../backend/backend';
import type { Deed } from '../protocol/generated/Deed';
import type { MachineNews } from '../protocol/generated/MachineNews';
import type { Outcome } from '../protocol/generated/Outcome';
import type { Program } from '../protocol/generated/Program';
import type { SessionId } from '../protocol/generated/SessionId';
import type { SystemFacts } from '../protocol/generated/SystemFacts';

export class Machine {
  /** `null` before the first list. */
  programs = $state.raw<{ list: readonly Program[]; more: number } | null>(null);
  facts = $state.raw<SystemFacts | null>(null);
  /** What became of the last deed, until it is dismissed. */
  did = $state.raw<{ deed: Deed; outcome: Outcome } | null>(null);

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
  ) {}

  /** Asks the customer, and has it done when he says yes. */
  async do(deed: Deed): Promise<void> {
    this.did = null;
    await this.#try(() => this.backend.doDeed(this.session, deed), deed);
  }

  /** Asks what runs; the answer comes as an event. */
  async look(): Promise<void> {
    await this.#try(() => this.backend.listPrograms(this.session));
  }

  /** Asks what computer it is; the answer comes as an event. */
  async learn(): Promise<void> {
    await this.#try(() => this.backend.systemFacts(this.session));
  }

  tell(news: MachineNews): void {
    switch (news.news) {
      case 'did':
        this.did = { deed: news.deed, outcome: news.outcome };
        break;
      case 'programs':
        this.programs = { list: news.programs, more: news.more };
        break;
      case 'system':
        this.facts = news.facts;
        break;
    }
  }

  async #try(what: () => Promise<void>, deed?: Deed): Promise<void> {
    try {
      await what();
    } catch {
      // The connection is away, which the screen says anyway; a deed is not repeated by itself.
      if (deed) this.did = { deed, outcome: 'failed' };
    }
  }
}
