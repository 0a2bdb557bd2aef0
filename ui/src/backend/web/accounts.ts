/** Signing in to the relay that served this page: by name, password and this browser's own key. */

import type { Boot } from '../../protocol/generated/Boot';
import type { Account, AccountsBackend, ColleagueAccount, SignIn } from '../accounts';
import { BackendError, type FailureCode } from '../backend';
import { toBase64 } from '../../../../server-lite/link/page/encode';
import type { TechnicianRecord } from '../../protocol/generated/TechnicianRecord';
import { asBackendError, Refused, type Http } from './http';
import { knownIdentity, makeIdentity, prove, type Identity } from './keys';
import type { Store } from './store';

const HOUR = 3_600_000;

/** As the relay tells it. */
export interface Told extends Account {
  technician: TechnicianRecord;
  /** Of this browser. */
  key: string;
  /** The relay's own certificates; empty where an authority vouches for it. */
  relay_pins: string[];
}

/** Somebody is signed in, with the key that this browser has for him. */
export interface SignedIn {
  account: Told;
  identity: Identity;
}

const WRONG = { unauthenticated: 'wrong_sign_in', too_many: 'locked' } as const;
const AT_SIGN_IN: Readonly<Record<string, FailureCode>> = { ...WRONG, conflict: 'name_taken' };
/** Where being signed in is not in doubt. */
const INSIDE: Readonly<Record<string, FailureCode>> = {
  forbidden: 'wrong_sign_in',
  too_many: 'locked',
  conflict: 'name_taken',
};

async function told<T>(answer: Promise<T>, other: Readonly<Record<string, FailureCode>> = INSIDE): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw asBackendError(error, other);
  }
}

/** Who is signed in; `null` for nobody, or with another key than this browser has. */
export async function whoIsHere(http: Http, store: Store): Promise<SignedIn | null> {
  let account;
  try {
    account = await http.get<Told>('account');
  } catch (error) {
    if (error instanceof Refused && error.code === 'unauthenticated') return null;
    throw asBackendError(error);
  }
  const identity = await knownIdentity(store, account.login);
  if (identity && toBase64(identity.key) === account.key) return { account, identity };
  await http.post('account/sign-out').catch(() => undefined);
  return null;
}

export function accounts(
  http: Http,
  store: Store,
  took: (signedIn: SignedIn) => Promise<Boot>,
  left: () => Promise<void>,
): AccountsBackend {
  const signIns = async (answer: Promise<{ sessions: SignIn[] }>) => (await told(answer)).sessions;
  const colleagues = async (answer: Promise<{ accounts: ColleagueAccount[] }>) => (await told(answer)).accounts;
  return {
    needsOwner: async () => (await told(http.get<{ needs_owner: boolean }>('health'))).needs_owner,
    account: async () => {
      try {
        return await http.get<Told>('account');
      } catch (error) {
        if (error instanceof Refused && error.code === 'unauthenticated') return null;
        throw asBackendError(error);
      }
    },
    signIn: async (login, password, code) => {
      const identity = (await knownIdentity(store, login)) ?? (await makeIdentity(store, login));
      const proof = await told(prove(http, identity), AT_SIGN_IN);
      const account = await told(http.post<Told>('account/sign-in', { login, password, code, proof }), AT_SIGN_IN);
      return took({ account, identity });
    },
    join: async ({ token, login, password, name, company }) => {
      // A key belongs to one technician: this one is new.
      const identity = await makeIdentity(store, login);
      const proof = await told(prove(http, identity), AT_SIGN_IN);
      // What stands behind the dot is for desktops, which cannot know the relay's certificate.
      const body = { token: token.split('.')[0] ?? '', login, password, name, company, proof };
      const account = await told(http.post<Told>('account', body), AT_SIGN_IN);
      return took({ account, identity });
    },
    signOut: async () => {
      try {
        await http.post('account/sign-out');
      } catch (error) {
        if (!(error instanceof Refused)) throw asBackendError(error);
      }
      await left();
    },
    signIns: () => signIns(http.get('account/sessions')),
    revoke: (id) => signIns(http.post(`account/sessions/${id}/revoke`)),
    changePassword: (password, fresh, code) =>
      told(http.post<Told>('account/password', { password, new: fresh, ...(code && { code }) })),
    offerTotp: (password) => told(http.post<{ secret: string; uri: string }>('account/totp', { password })),
    confirmTotp: async (code) => (await told(http.post<{ codes: string[] }>('account/totp/confirm', { code }))).codes,
    disableTotp: (password, code) => told(http.post<Told>('account/totp/disable', { password, code })),
    people: async () => (await told(http.get<{ colleagues: { id: string; name: string }[] }>('colleagues'))).colleagues,
    colleagueAccounts: () => colleagues(http.get('company/accounts')),
    signColleagueOut: (technician) => colleagues(http.post(`company/people/${technician}/sign-out`)),
    browserCode: async (technician) => {
      const code = http.post<{ token: string; life_ms: number }>(`company/people/${technician}/browser`);
      const { token, life_ms } = await told(code);
      return { token, hours: Math.max(1, Math.round(life_ms / HOUR)) };
    },
  };
}

/** Nobody is signed in. */
export const signedOut = () => new BackendError('signed_out', 'nobody is signed in');
