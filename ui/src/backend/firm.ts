/** What the shell can do about the company, the keys of the people in it, and what its owner has chosen for the relay. */

import type { BrowserCode } from '../protocol/generated/BrowserCode';
import type { CompanyView } from '../protocol/generated/CompanyView';
import type { Imported } from '../protocol/generated/Imported';
import type { News } from '../protocol/generated/News';
import type { PublicKey } from '../protocol/generated/PublicKey';
import type { RelaySettings } from '../protocol/generated/RelaySettings';
import type { SavedTable } from '../protocol/generated/SavedTable';
import type { SettingsView } from '../protocol/generated/SettingsView';
import type { TechnicianId } from '../protocol/generated/TechnicianId';
import type { TechnicianInvited } from '../protocol/generated/TechnicianInvited';
import type { TechnicianRecord } from '../protocol/generated/TechnicianRecord';

export interface FirmBackend {
  company(): Promise<CompanyView>;
  /** Just as he is on the screen. Rejects with `key_changed` when the relay says something else by now. */
  certify(technician: TechnicianRecord): Promise<CompanyView>;
  revokeCertificates(technician: TechnicianId): Promise<CompanyView>;
  /** A new company key in place of one that is lost. */
  replaceCompanyKey(): Promise<CompanyView>;
  /** The technician has compared this key with the owner. */
  trustCompany(key: PublicKey): Promise<CompanyView>;
  inviteTechnician(): Promise<TechnicianInvited>;
  /** With which this technician gets a sign-in for his browser; a desktop console alone makes one. */
  browserCode(): Promise<BrowserCode>;

  rename(name: string, company: string): Promise<TechnicianRecord>;
  /** The technician's key as people compare it. */
  fingerprint(): Promise<string>;
  exportIdentity(passphrase: string): Promise<SavedTable>;
  /** It holds from the next start. */
  importIdentity(file: string, passphrase: string): Promise<Imported>;

  relaySettings(): Promise<SettingsView>;
  /** The owner alone. */
  chooseSettings(settings: RelaySettings): Promise<SettingsView>;
  news(): Promise<News>;
  /** The technician has been told of a version. */
  newsSeen(version: string): Promise<News>;
  /**
   * Of what the desktop tells; `isWaiting` is what it says of a customer behind his name, `calls` of one who
   * asks for attention.
   */
  chooseNotices(requests: boolean, waiting: boolean, isWaiting: string, calls: string): Promise<void>;
}
