/** What customers are sent, and who asks for help: templates with their uploads, requests, the brand. */

import type { Backend } from '../backend/backend';
import type { Wrapping } from '../backend/packages';
import { BackendError, type FailureCode } from '../backend/backend';
import type { Brand } from '../protocol/generated/Brand';
import type { HelpRequest } from '../protocol/generated/HelpRequest';
import type { InvitationView } from '../protocol/generated/InvitationView';
import type { Platform } from '../protocol/generated/Platform';
import type { SavedPackage } from '../protocol/generated/SavedPackage';
import type { TemplateRecord } from '../protocol/generated/TemplateRecord';
import { sound } from './sound.svelte';

/** Bytes of a file sent at once. */
const PART = 1024 * 1024;

/** A template on its way to the relay. */
export interface Upload {
  name: string;
  size: number;
  sent: number;
}

export class Packages {
  templates = $state.raw<readonly TemplateRecord[]>([]);
  loaded = $state(false);
  /** The upload under way, if any. */
  upload = $state.raw<Upload | null>(null);
  requests = $state.raw<readonly HelpRequest[]>([]);
  brand = $state.raw<Brand>({ name: '', colour: null, logo: null, welcome: '' });
  /** Whether the dialog *Generate support package* is open. */
  generating = $state(false);
  /** Requests that were there already when the list was first read make no sound. */
  #heard = new Set<string>();

  constructor(
    private readonly backend: Backend,
    private readonly ring: () => void = () => sound.ring(),
  ) {}

  /** One for each platform. */
  current = $derived(this.templates.filter((template) => template.current));
  /** Those in use that this technician has not been shown. */
  fresh = $derived(this.current.filter((template) => !template.seen));

  async load(): Promise<void> {
    const requests = this.backend.requests().then((waiting) => {
      for (const request of waiting) this.#heard.add(request.id);
      this.requests = waiting;
    });
    const brand = this.backend.brand().then((brand) => (this.brand = brand));
    await Promise.all([this.loadTemplates(), requests, brand]);
  }

  async loadTemplates(): Promise<void> {
    this.templates = await this.backend.templates();
    this.loaded = true;
  }

  /** The technician has them before his eyes. */
  async see(): Promise<void> {
    if (this.fresh.length > 0) this.templates = await this.backend.templatesSeen();
  }

  /** Sends a file; throws what the relay says of it. One at a time. */
  async send(file: File): Promise<TemplateRecord> {
    if (this.upload) throw new BackendError('busy', 'one upload at a time');
    this.upload = { name: file.name, size: file.size, sent: 0 };
    try {
      const id = await this.backend.beginUpload(file.size);
      let at = 0;
      while (at < file.size) {
        const part = new Uint8Array(await file.slice(at, at + PART).arrayBuffer());
        const arrived = await this.backend.uploadPart(id, at, part);
        if (arrived <= at) throw new BackendError('unknown_upload', 'the relay takes nothing');
        at = arrived;
        this.upload = { ...this.upload, sent: at };
      }
      const template = await this.backend.finishUpload(id);
      await this.loadTemplates();
      return template;
    } finally {
      this.upload = null;
    }
  }

  async use(template: TemplateRecord): Promise<void> {
    await this.backend.useTemplate(template.id);
    await this.loadTemplates();
  }

  savePackage(session: string, wrapping: Wrapping): Promise<SavedPackage> {
    return this.backend.savePackage(session, wrapping);
  }

  saveProgram(session: string, platform: Platform | null): Promise<SavedPackage> {
    return this.backend.saveProgram(session, platform);
  }

  openMail(draft: string): Promise<void> {
    return this.backend.openMail(draft);
  }

  /** An event told of a request. */
  tell(request: HelpRequest): void {
    const others = this.requests.filter((other) => other.id !== request.id);
    if (request.closed_at !== null) {
      this.requests = others;
      return;
    }
    this.requests = [request, ...others].sort((a, b) => b.asked_at - a.asked_at);
    if (this.#heard.has(request.id)) return;
    this.#heard.add(request.id);
    this.ring();
  }

  take(request: string): Promise<InvitationView> {
    return this.backend.takeRequest(request);
  }

  async putAside(request: string): Promise<void> {
    this.requests = await this.backend.putRequestAside(request);
  }

  async saveBrand(brand: Brand): Promise<void> {
    this.brand = await this.backend.setBrand(brand);
  }
}

/** What a template was refused for, as far as its file is to blame. */
export const FILE_FAULTS: readonly FailureCode[] = [
  'not_a_program',
  'damaged_program',
  'not_our_program',
  'unknown_platform',
  'template_too_large',
];

/** A mail draft with the link; the customer's own mail program sends it. */
export function mailDraft(subject: string, body: string): string {
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body.replaceAll('\n', '\r\n'))}`;
}
