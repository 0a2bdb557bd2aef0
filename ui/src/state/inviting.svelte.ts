/** The dialog that makes a session or shows its code: opened from every screen, drawn once. */

import type { SessionRecord } from '../protocol/generated/SessionRecord';

export type Inviting = { kind: 'new'; customer: string; machine: string } | { kind: 'code'; session: SessionRecord };

export class InvitingState {
  current = $state.raw<Inviting | null>(null);

  /** Asks for whom a new session is, with what is known filled in. */
  begin(customer = '', machine = ''): void {
    this.current = { kind: 'new', customer, machine };
  }

  /** Shows the code of a session. */
  show(session: SessionRecord): void {
    this.current = { kind: 'code', session };
  }

  close(): void {
    this.current = null;
  }
}
