/**
 * Signing in with a name and a password, where the shell keeps nothing of its own: in a browser. On a desktop the key on
 * the computer is the sign-in.
 */

import type { Boot } from '../protocol/generated/Boot';

/** Why an account was not made, signed in to or changed, besides what can fail everywhere. */
export type AccountFailure =
  /** Nobody is signed in, or no longer. */
  | 'signed_out'
  /** Name, password or code: which of them is not told. */
  | 'wrong_sign_in'
  /** The password is right; a code of the second factor is asked for. */
  | 'second_factor'
  /** Too many tries; see {@link BackendError.wait}. */
  | 'locked'
  | 'weak_password'
  | 'name_taken'
  /** This browser makes no keys that stay in it. */
  | 'no_keys';

/** A sign-in of this account in some browser. All text of it is hostile. */
export interface SignIn {
  id: string;
  /** It is this very one. */
  here: boolean;
  connected: boolean;
  created_at: number;
  used_at: number;
  ends_at: number;
  from: string;
  browser: string;
}

export interface Account {
  login: string;
  owner: boolean;
  totp: boolean;
  recovery_left: number;
  ends_at: number;
}

/** How a technician of the relay signs in by browsers, for its owner. */
export interface ColleagueAccount {
  technician: string;
  login: string;
  totp: boolean;
  locked_until: number | null;
  sessions: SignIn[];
}

export interface NewAccount {
  /** Set-up token, invitation or browser code. */
  token: string;
  login: string;
  password: string;
  name: string;
  company: string;
}

/** A code that is handed on once. */
export interface HandedCode {
  token: string;
  hours: number;
}

export interface AccountsBackend {
  /** Whether the relay still waits for its owner. */
  needsOwner(): Promise<boolean>;
  /** `null` while nobody is signed in. */
  account(): Promise<Account | null>;
  signIn(login: string, password: string, code: string | null): Promise<Boot>;
  join(account: NewAccount): Promise<Boot>;
  signOut(): Promise<void>;

  signIns(): Promise<SignIn[]>;
  /** Revoking one's own is signing out. */
  revoke(id: string): Promise<SignIn[]>;
  changePassword(password: string, fresh: string, code: string | null): Promise<Account>;
  /** The secret to be taken up by an app, and the same as an address for a picture of it. Not in force before it is confirmed. */
  offerTotp(password: string): Promise<{ secret: string; uri: string }>;
  /** The recovery codes, shown once. */
  confirmTotp(code: string): Promise<string[]>;
  disableTotp(password: string, code: string): Promise<Account>;

  /** The other technicians of the relay. */
  people(): Promise<{ id: string; name: string }[]>;
  /** The owner alone, like all below. */
  colleagueAccounts(): Promise<ColleagueAccount[]>;
  signColleagueOut(technician: string): Promise<ColleagueAccount[]>;
  /** Gives somebody who has a desktop, or has forgotten his password, a sign-in by browsers. */
  browserCode(technician: string): Promise<HandedCode>;
}
