/** What the owner has chosen for the relay, what is new, and what the technician is called. */

import type { News } from '../../protocol/generated/News';
import type { SettingsView } from '../../protocol/generated/SettingsView';
import type { TechnicianRecord } from '../../protocol/generated/TechnicianRecord';
import { BackendError } from '../backend';
import type { FirmBackend } from '../firm';
import { asBackendError, type Http } from './http';
import { fingerprint, type Identity } from './keys';
import type { Notices } from './notices';

const HOUR = 3_600_000;

export function firm(
  http: Http,
  identity: () => Identity | null,
  notices: Notices,
  renamed: (technician: TechnicianRecord) => void,
): FirmBackend {
  const told = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw asBackendError(error);
    }
  };
  // The company's key lies on its owner's desktop; the screens know it by what the shell can do.
  const absent = () => Promise.reject(new BackendError('no_company_key', 'a browser keeps no company key'));
  const noFile = () => Promise.reject(new BackendError('internal', 'a key of a browser stays in it'));
  return {
    company: absent,
    certify: absent,
    revokeCertificates: absent,
    replaceCompanyKey: absent,
    trustCompany: absent,
    inviteTechnician: async () => {
      const { token, life_ms } = await told(http.post<{ token: string; life_ms: number }>('company/invitations'));
      const hours = Math.round(life_ms / HOUR);
      return { address: location.origin, token, hours, only_here: false };
    },
    rename: async (name, company) => {
      const technician = await told(http.post<TechnicianRecord>('me', { name, company }));
      renamed(technician);
      return technician;
    },
    // He sits in one already.
    browserCode: absent,
    fingerprint: async () => {
      const own = identity();
      return own ? fingerprint(own.key) : '';
    },
    exportIdentity: noFile,
    importIdentity: noFile,
    relaySettings: () => told(http.get<SettingsView>('settings')),
    chooseSettings: (settings) => told(http.post<SettingsView>('settings', settings)),
    news: () => told(http.get<News>('news')),
    newsSeen: (version) => told(http.post<News>('news/read', { version })),
    chooseNotices: (requests, waiting, isWaiting, calls) => {
      notices.choose(requests, waiting, isWaiting, calls);
      return Promise.resolve();
    },
  };
}
