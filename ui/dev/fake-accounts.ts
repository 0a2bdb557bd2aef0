/** Accounts without a relay behind them, for a page in a browser. */

import type { Account, AccountsBackend, ColleagueAccount, NewAccount, SignIn } from '../src/backend/accounts';
import { BackendError } from '../src/backend/backend';
import type { Boot } from '../src/protocol/generated/Boot';

const HOUR = 3_600_000;
/** Two minutes past the hour on a day in March. */
const NOW = Date.UTC(2026, 2, 2, 10, 2);

export const PASSWORD = 'correct horse battery';

export class FakeAccounts implements AccountsBackend {
  readonly asked: string[] = [];
  first = false;
  locked = false;
  totp = false;
  who: Account = { login: 'anna@example.org', owner: true, totp: false, recovery_left: 0, ends_at: NOW + 12 * HOUR };
  here: SignIn[] = [
    this.#signIn(1, 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0', { here: true }),
    this.#signIn(2, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0', { connected: true }),
  ];
  others: ColleagueAccount[] = [
    { technician: 'jonas', login: 'jonas', totp: true, locked_until: null, sessions: this.here.slice(1) },
  ];

  constructor(private readonly booted: () => Boot) {}

  #signIn(n: number, browser: string, change: Partial<SignIn>): SignIn {
    const id = `00000000-0000-7000-8000-${(800 + n).toString().padStart(12, '0')}`;
    const times = { created_at: NOW - n * HOUR, used_at: NOW - n * 60_000, ends_at: NOW + 12 * HOUR };
    return { id, here: false, connected: false, ...times, from: `203.0.113.${n}`, browser, ...change };
  }

  needsOwner = () => Promise.resolve(this.first);
  account = () => Promise.resolve(this.who);

  signIn = (login: string, password: string, code: string | null): Promise<Boot> => {
    this.asked.push(`signIn ${login} ${code ?? '-'}`);
    if (this.locked) return Promise.reject(new BackendError('locked', 'fake', null, 90_000));
    if (password !== PASSWORD) return Promise.reject(new BackendError('wrong_sign_in', 'fake'));
    if (this.totp && code === null) return Promise.reject(new BackendError('second_factor', 'fake'));
    return Promise.resolve(this.booted());
  };

  join = (account: NewAccount): Promise<Boot> => {
    this.asked.push(`join ${account.token} ${account.login} ${account.name}`);
    return Promise.resolve(this.booted());
  };

  signOut = () => Promise.resolve();
  signIns = () => Promise.resolve(this.here);
  revoke = (id: string) => Promise.resolve((this.here = this.here.filter((one) => one.id !== id)));
  changePassword = (password: string) =>
    password === PASSWORD
      ? Promise.resolve(this.who)
      : Promise.reject(new BackendError('wrong_sign_in', 'the password is another'));
  offerTotp = () =>
    Promise.resolve({
      secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
      uri: 'otpauth://totp/Deskhand:anna?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Deskhand',
    });
  confirmTotp = () => {
    this.who = { ...this.who, totp: true, recovery_left: 10 };
    return Promise.resolve(Array.from({ length: 10 }, (_, n) => `7KQ2-M4X${n}-9R3T`));
  };
  disableTotp = () => Promise.resolve((this.who = { ...this.who, totp: false, recovery_left: 0 }));
  people = () =>
    Promise.resolve([
      { id: 'jonas', name: 'Jonas Falk' },
      { id: 'mira', name: 'Mira Novak' },
    ]);
  colleagueAccounts = () => Promise.resolve(this.others);
  signColleagueOut = (technician: string) =>
    Promise.resolve(
      (this.others = this.others.map((one) => (one.technician === technician ? { ...one, sessions: [] } : one))),
    );
  browserCode = () => Promise.resolve({ token: '7KQ2-M4XD-9R3T-PW8H-2N6C-4Q8R', hours: 24 });
}
