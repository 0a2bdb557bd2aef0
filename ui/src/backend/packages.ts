/** What the shell can do about what customers are sent: templates, packages, the brand, and requests for help. */

import type { Brand } from '../protocol/generated/Brand';
import type { HelpRequest } from '../protocol/generated/HelpRequest';
import type { InvitationView } from '../protocol/generated/InvitationView';
import type { Language } from '../protocol/generated/Language';
import type { Platform } from '../protocol/generated/Platform';
import type { RecordId } from '../protocol/generated/RecordId';
import type { SavedPackage } from '../protocol/generated/SavedPackage';
import type { SessionId } from '../protocol/generated/SessionId';
import type { TemplateId } from '../protocol/generated/TemplateId';
import type { TemplateRecord } from '../protocol/generated/TemplateRecord';

/** What goes into a package besides the invitation. */
export interface Wrapping {
  platform: Platform | null;
  message: string;
  language: Language | null;
}

export interface PackageBackend {
  templates(): Promise<TemplateRecord[]>;
  /** The technician has been shown what is in use. */
  templatesSeen(): Promise<TemplateRecord[]>;
  beginUpload(size: number): Promise<TemplateId>;
  /** Gives how many bytes have arrived: where the next part begins. */
  uploadPart(upload: TemplateId, at: number, part: Uint8Array): Promise<number>;
  finishUpload(upload: TemplateId): Promise<TemplateRecord>;
  useTemplate(template: TemplateId): Promise<TemplateRecord>;

  savePackage(session: SessionId, wrapping?: Wrapping): Promise<SavedPackage>;
  /** The bare program, whose name says whom to call. */
  saveProgram(session: SessionId, platform: Platform | null): Promise<SavedPackage>;
  /** Opens the mail program with a draft. */
  openMail(draft: string): Promise<void>;

  /** Those that wait, newest first. */
  requests(): Promise<HelpRequest[]>;
  /** Makes a session for it; the relay's page hands the link on. */
  takeRequest(request: RecordId): Promise<InvitationView>;
  putRequestAside(request: RecordId): Promise<HelpRequest[]>;

  brand(): Promise<Brand>;
  setBrand(brand: Brand): Promise<Brand>;
}
