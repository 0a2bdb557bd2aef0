/** The company as the shell last told of it, and what its owner does about it. */

import type { FirmBackend } from '../backend/firm';
import type { CompanyView } from '../protocol/generated/CompanyView';
import type { PersonView } from '../protocol/generated/PersonView';

export class Company {
  view = $state.raw<CompanyView | null>(null);

  constructor(private readonly backend: FirmBackend) {}

  tell(view: CompanyView): void {
    this.view = view;
  }

  async load(): Promise<void> {
    this.view = await this.backend.company();
  }

  /** The technician as he is shown, so that nobody else is certified in his place. */
  async certify(person: PersonView): Promise<void> {
    this.view = await this.backend.certify(person.technician);
  }

  async revoke(person: PersonView): Promise<void> {
    this.view = await this.backend.revokeCertificates(person.technician.id);
  }

  async replaceKey(): Promise<void> {
    this.view = await this.backend.replaceCompanyKey();
  }

  async trust(): Promise<void> {
    const key = this.view?.key;
    if (key) this.view = await this.backend.trustCompany(key);
  }
}
