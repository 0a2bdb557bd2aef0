/** A company without a relay behind it. */

import { BackendError } from '../src/backend/backend';
import type { FirmBackend } from '../src/backend/firm';
import type { BrowserCode } from '../src/protocol/generated/BrowserCode';
import type { CompanyView } from '../src/protocol/generated/CompanyView';
import type { Imported } from '../src/protocol/generated/Imported';
import type { News } from '../src/protocol/generated/News';
import type { PersonView } from '../src/protocol/generated/PersonView';
import type { RelaySettings } from '../src/protocol/generated/RelaySettings';
import type { SavedTable } from '../src/protocol/generated/SavedTable';
import type { SettingsView } from '../src/protocol/generated/SettingsView';
import type { TechnicianInvited } from '../src/protocol/generated/TechnicianInvited';
import type { TechnicianRecord } from '../src/protocol/generated/TechnicianRecord';

/** As in `fake.ts`, which uses this one. */
const TODAY = Date.UTC(2026, 2, 2, 10);

export function person(n: number, name: string, change: Partial<PersonView> = {}): PersonView {
  return {
    technician: {
      id: `00000000-0000-7000-8000-${(900 + n).toString().padStart(12, '0')}`,
      key: n === 0 ? 'key' : `key${n}`,
      name,
      company: 'Berger IT Support',
    },
    fingerprint: `${(0x5e10 + n).toString(16).toUpperCase()} 7C41 09D2 AF3B 61E8 2D90 F4A7 130C`,
    me: n === 0,
    owner: n === 0,
    standing: 'good',
    until: TODAY + 80 * 24 * 3_600_000,
    ...change,
  };
}

export class FakeFirm implements FirmBackend {
  view: CompanyView = {
    key: 'company',
    fingerprint: '91B4 07EE 5C2A D813 4F66 B0C9 7A1D E352',
    changed: false,
    owner: true,
    here: 'in_keyring',
    browsers: true,
    people: [
      person(0, 'Anna Berger'),
      person(1, 'Jonas Falk', { standing: 'none', until: null }),
      person(2, 'Mira Novak'),
      person(3, 'Sam Okafor', { standing: 'revoked', until: null }),
    ],
  };

  company(): Promise<CompanyView> {
    return Promise.resolve(this.view);
  }

  certify(technician: TechnicianRecord): Promise<CompanyView> {
    const known = this.view.people.find((person) => person.technician.id === technician.id);
    if (known?.technician.key !== technician.key) return Promise.reject(new BackendError('key_changed', 'fake'));
    return this.#change(technician.id, { standing: 'good', until: TODAY + 90 * 24 * 3_600_000 });
  }

  revokeCertificates(technician: string): Promise<CompanyView> {
    return this.#change(technician, { standing: 'revoked', until: null });
  }

  replaceCompanyKey(): Promise<CompanyView> {
    this.view = { ...this.view, key: 'another', here: 'in_keyring', changed: false };
    return Promise.resolve(this.view);
  }

  trustCompany(): Promise<CompanyView> {
    this.view = { ...this.view, changed: false };
    return Promise.resolve(this.view);
  }

  settings: SettingsView = {
    settings: { location: '', news: '', keep_days: null },
    owner: true,
    location: { database: false, asked: 0, found: 0, failed: 0, known: 0 },
    news_read_at: null,
    last_deleted: null,
  };
  told: News = { running: '0.1.0', installed: null, newest: null, unseen: null };
  /** The shell was told of what the desktop is to tell. */
  notices: [boolean, boolean] = [true, true];
  /** What an import brings; `null` for a wrong passphrase. */
  brings: Imported | null = { fingerprint: '77AA 0C1D 92E4 5B30 6F18 D2C7 4E9B A053', company: true, relay: false };

  inviteTechnician(): Promise<TechnicianInvited> {
    const token = '7KQ2-M4XD-9R3T-PW8H-2N6C.Xw1u8Qz0bR5mN7cV3kL9pT2sYdF6hJ4aG1eWqZxUoIk';
    return Promise.resolve({ address: 'https://help.example.org', token, hours: 24, only_here: false });
  }

  browserCode(): Promise<BrowserCode> {
    const code = '4M8T-0ZQK-J7WD-2XHP-9CVR-61NB';
    return Promise.resolve({ address: 'https://help.example.org/console/', code, hours: 24 });
  }

  rename(name: string, company: string): Promise<TechnicianRecord> {
    return Promise.resolve({ id: '00000000-0000-7000-8000-000000000900', key: 'key', name, company });
  }

  fingerprint(): Promise<string> {
    return Promise.resolve('5E10 7C41 09D2 AF3B 61E8 2D90 F4A7 130C');
  }

  exportIdentity(passphrase: string): Promise<SavedTable> {
    if (passphrase.length < 10) return Promise.reject(new BackendError('bad_input', 'fake'));
    return Promise.resolve({ path: '/home/anna/Downloads/deskhand-identity.json', bytes: 600 });
  }

  importIdentity(): Promise<Imported> {
    return this.brings ? Promise.resolve(this.brings) : Promise.reject(new BackendError('wrong_passphrase', 'fake'));
  }

  relaySettings(): Promise<SettingsView> {
    return Promise.resolve(this.settings);
  }

  chooseSettings(settings: RelaySettings): Promise<SettingsView> {
    this.settings = { ...this.settings, settings };
    return Promise.resolve(this.settings);
  }

  news(): Promise<News> {
    return Promise.resolve(this.told);
  }

  newsSeen(version: string): Promise<News> {
    if (this.told.unseen === version) this.told = { ...this.told, unseen: null };
    return Promise.resolve(this.told);
  }

  chooseNotices(requests: boolean, waiting: boolean): Promise<void> {
    this.notices = [requests, waiting];
    return Promise.resolve();
  }

  #change(technician: string, change: Partial<PersonView>): Promise<CompanyView> {
    const people = this.view.people.map((person) =>
      person.technician.id === technician ? { ...person, ...change } : person,
    );
    this.view = { ...this.view, people };
    return Promise.resolve(this.view);
  }
}
