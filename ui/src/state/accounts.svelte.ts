/** The account that is signed in here, its other sign-ins, and those of colleagues. */

import { BackendError } from '../backend/backend';
import type { Account, AccountsBackend, ColleagueAccount, HandedCode, NewAccount, SignIn } from '../backend/accounts';
import type { Boot } from '../protocol/generated/Boot';

export class Accounts {
  account = $state.raw<Account | null>(null);
  /** Where this account is signed in, this browser too. */
  signIns = $state.raw<readonly SignIn[]>([]);
  /** Those of all technicians, for the owner. */
  colleagues = $state.raw<readonly ColleagueAccount[]>([]);

  constructor(
    private readonly backend: AccountsBackend,
    /** Somebody has signed in: the console begins. */
    private readonly enter: (boot: Promise<Boot>) => Promise<void>,
  ) {}

  signIn(login: string, password: string, code: string | null): Promise<void> {
    return this.enter(this.backend.signIn(login, password, code));
  }

  /** A new account, by a token that somebody was given. */
  join(account: NewAccount): Promise<void> {
    return this.enter(this.backend.join(account));
  }

  async signOut(): Promise<void> {
    await this.backend.signOut();
    // Nothing of any customer stays in this page.
    location.reload();
  }

  /** Whether the relay still waits for its owner. */
  needsOwner(): Promise<boolean> {
    return this.backend.needsOwner();
  }

  async load(): Promise<void> {
    this.account = await this.backend.account();
    this.signIns = await this.backend.signIns();
    if (this.account?.owner) this.colleagues = await this.backend.colleagueAccounts();
  }

  async revoke(id: string): Promise<void> {
    if (this.signIns.some((one) => one.id === id && one.here)) return this.signOut();
    this.signIns = await this.backend.revoke(id);
  }

  async changePassword(password: string, fresh: string, code: string): Promise<void> {
    this.account = await this.backend.changePassword(password, fresh, code === '' ? null : code);
    this.signIns = await this.backend.signIns();
  }

  offerTotp(password: string): Promise<{ secret: string; uri: string }> {
    return this.backend.offerTotp(password);
  }

  /** Gives the recovery codes. */
  async confirmTotp(code: string): Promise<readonly string[]> {
    const codes = await this.backend.confirmTotp(code);
    this.account = await this.backend.account();
    return codes;
  }

  async disableTotp(password: string, code: string): Promise<void> {
    this.account = await this.backend.disableTotp(password, code);
  }

  people(): Promise<readonly { id: string; name: string }[]> {
    return this.backend.people();
  }

  async signColleagueOut(technician: string): Promise<void> {
    this.colleagues = await this.backend.signColleagueOut(technician);
  }

  browserCode(technician: string): Promise<HandedCode> {
    return this.backend.browserCode(technician);
  }
}

/** How long a locked sign-in is to be left alone, in milliseconds; `null` when that is not why. */
export function lockedFor(error: unknown): number | null {
  return error instanceof BackendError && error.code === 'locked' ? error.wait : null;
}

/** The least characters of a password, as the relay asks for. */
export const PASSWORD_LEAST = 12;
