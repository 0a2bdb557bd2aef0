/** The relay's HTTP API as a page of the relay uses it: the cookie says who asks, and a header that no other page can set. */

import { BackendError, type FailureCode } from '../backend';

/** Time for one answer, in milliseconds: nothing at the relay computes for long. */
const PATIENCE = 15_000;
/** Time for a file either way. */
const FILE_PATIENCE = 120_000;

/** The relay refused. */
export class Refused extends Error {
  constructor(
    /** One of the closed list of the protocol, or of a later version. */
    readonly code: string,
    detail: string,
    /** How long to wait, in milliseconds. */
    readonly wait: number | null,
  ) {
    super(detail);
  }
}

/** Nobody answered, or not as a relay does. */
export class Away extends Error {}

const CODES: Readonly<Record<string, FailureCode>> = {
  not_found: 'unknown_session',
  session_ended: 'unknown_session',
  shutting_down: 'relay_away',
  too_large: 'bad_input',
  setup_refused: 'wrong_token',
  unauthenticated: 'signed_out',
  second_factor: 'second_factor',
  weak_password: 'weak_password',
};

/** What a file was refused for, as the relay says it (`deskhand_protocol::template::TemplateFault`). */
const FAULTS: Readonly<Record<string, FailureCode>> = {
  'the file is not a program for Windows, macOS or Linux': 'not_a_program',
  'the program is damaged or not complete': 'damaged_program',
  'the program is not the Deskhand helper': 'not_our_program',
  'the program is for a processor that Deskhand does not know': 'unknown_platform',
};

/** Anything thrown, as a screen has a sentence for it. `other` takes the place of codes that mean something else here. */
export function asBackendError(error: unknown, other: Readonly<Record<string, FailureCode>> = {}): BackendError {
  if (error instanceof BackendError) return error;
  if (error instanceof Away) return new BackendError('relay_away', error.message);
  if (!(error instanceof Refused)) return new BackendError('internal', String(error));
  const { code, message, wait } = error;
  const of = (table: Readonly<Record<string, FailureCode>>, word: string) =>
    Object.hasOwn(table, word) ? table[word] : undefined;
  const fault = code === 'malformed' ? (of(FAULTS, message) ?? 'bad_input') : undefined;
  return new BackendError(of(other, code) ?? fault ?? of(CODES, code) ?? 'relay_refused', message, null, wait);
}

export class Http {
  constructor(
    /** The session is over. */
    private readonly onsignedout: () => void,
    private readonly base = '/api/v1/',
    private readonly ask: typeof fetch = (...args) => fetch(...args),
  ) {}

  get<T>(path: string): Promise<T> {
    return this.#json<T>(path, { method: 'GET' });
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.#json<T>(path, this.#body(body));
  }

  /** A file that a body asks for. */
  async file(path: string, body?: unknown): Promise<Blob> {
    const answer = await this.#fetch(path, body === undefined ? { method: 'GET' } : this.#body(body), FILE_PATIENCE);
    return answer.blob().catch(() => {
      throw new Away('the file stopped');
    });
  }

  /** A part of a file to the relay. */
  async upload<T>(path: string, part: Uint8Array): Promise<T> {
    const headers = { 'content-type': 'application/octet-stream' };
    const body = part as Uint8Array<ArrayBuffer>;
    return await answerOf<T>(await this.#fetch(path, { method: 'POST', headers, body }, FILE_PATIENCE));
  }

  #body(body: unknown): RequestInit {
    if (body === undefined) return { method: 'POST' };
    return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  }

  async #json<T>(path: string, request: RequestInit): Promise<T> {
    return await answerOf<T>(await this.#fetch(path, request, PATIENCE));
  }

  async #fetch(path: string, request: RequestInit, patience: number): Promise<Response> {
    let answer;
    try {
      answer = await this.ask(`${this.base}${path}`, {
        ...request,
        headers: { ...request.headers, 'x-deskhand-console': '1' },
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(patience),
      });
    } catch {
      throw new Away('the relay does not answer');
    }
    if (answer.ok) return answer;
    const refusal = await refusalOf(answer);
    if (refusal instanceof Refused && refusal.code === 'unauthenticated') this.onsignedout();
    throw refusal;
  }
}

async function answerOf<T>(answer: Response): Promise<T> {
  if (answer.status === 204) return undefined as T;
  try {
    return (await answer.json()) as T;
  } catch {
    throw new Away('what answers is no relay of this version');
  }
}

async function refusalOf(answer: Response): Promise<Refused | Away> {
  const seconds = Number(answer.headers.get('retry-after'));
  const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : null;
  try {
    const { code, detail } = (await answer.json()) as { code: unknown; detail: unknown };
    if (typeof code === 'string' && typeof detail === 'string') return new Refused(code, detail, wait);
  } catch {
    // Something stands between that speaks for itself.
  }
  return new Away(`answered with ${answer.status}`);
}
