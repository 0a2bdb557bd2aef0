/** Templates, the brand, and requests for help, as the relay keeps them. What a browser cannot write it does not offer. */

import type { Brand } from '../../protocol/generated/Brand';
import type { HelpRequest } from '../../protocol/generated/HelpRequest';
import type { InvitationView } from '../../protocol/generated/InvitationView';
import type { TemplateRecord } from '../../protocol/generated/TemplateRecord';
import { BackendError, type FailureCode } from '../backend';
import type { PackageBackend } from '../packages';
import { asBackendError, type Http } from './http';

interface Upload {
  id: string;
  received: number;
}

export function packages(
  http: Http,
  invite: (name: string) => Promise<InvitationView>,
  linkOf: (session: string) => { finder: string; secret: string } | null,
  end: (session: string) => Promise<void>,
): PackageBackend {
  const told = async <T>(answer: Promise<T>, other: Readonly<Record<string, FailureCode>> = {}): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw asBackendError(error, other);
    }
  };
  const absent = () => Promise.reject(new BackendError('internal', 'a browser writes no packages'));
  const gone = { not_found: 'request_gone' } as const;
  const unknown = { not_found: 'unknown_upload' } as const;
  const templates = async (answer: Promise<{ templates: TemplateRecord[] }>) => (await told(answer)).templates;
  const requests = async () => (await told(http.get<{ requests: HelpRequest[] }>('requests'))).requests;
  const answer = async (request: string, link: { finder: string; secret: string } | null) =>
    (await told(http.post<{ requests: HelpRequest[] }>(`requests/${request}/answer`, { link }), gone)).requests;
  return {
    templates: () => templates(http.get('templates')),
    templatesSeen: () => templates(http.post('templates/seen')),
    beginUpload: async (size) => {
      const begun = http.post<Upload>('templates/uploads', { size, shipped: false });
      return (await told(begun, { too_large: 'template_too_large' })).id;
    },
    uploadPart: async (upload, at, part) =>
      (await told(http.upload<Upload>(`templates/uploads/${upload}?at=${at}`, part), unknown)).received,
    finishUpload: (upload) => told(http.post<TemplateRecord>(`templates/uploads/${upload}/finish`), unknown),
    useTemplate: (template) => told(http.post<TemplateRecord>(`templates/${template}/use`)),
    savePackage: absent,
    saveProgram: absent,
    openMail: (draft) => {
      location.href = draft;
      return Promise.resolve();
    },
    requests,
    takeRequest: async (id) => {
      const request = (await requests()).find((waiting) => waiting.id === id);
      if (!request) throw new BackendError('request_gone', 'the request was taken up or put aside by somebody else');
      const invitation = await invite(request.name);
      const { id: session } = invitation.session;
      try {
        await answer(id, linkOf(session));
      } catch (error) {
        await end(session);
        throw error;
      }
      return invitation;
    },
    putRequestAside: (id) => answer(id, null),
    brand: () => told(http.get<Brand>('brand')),
    setBrand: (brand) => told(http.post<Brand>('brand', brand)),
  };
}
