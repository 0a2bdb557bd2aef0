/**
 * The console in a browser: its socket to the relay, and a seat in every open session of which a secret is known here. As
 * `src-tauri/src/console.rs` is on a desktop.
 *
 * Invariants: secrets and pinned keys are kept before anyone is told of what they belong to, and go when the session ends.
 * The handshake with a helper begins by itself; only the technician's click asks the customer. What a call is made of is
 * fetched when the first helper comes.
 */

import { fromBase64, toBase64 } from '../../../../server-lite/link/page/encode';
import type { ChatMessage } from '../../protocol/generated/ChatMessage';
import type { DeviceRecord } from '../../protocol/generated/DeviceRecord';
import type { EndReason } from '../../protocol/generated/EndReason';
import type { HelpRequest } from '../../protocol/generated/HelpRequest';
import type { Marks } from '../../protocol/generated/Marks';
import type { RelayStatus } from '../../protocol/generated/RelayStatus';
import type { SessionRecord } from '../../protocol/generated/SessionRecord';
import type { TechnicianRecord } from '../../protocol/generated/TechnicianRecord';
import { BackendError, type BackendEvent } from '../backend';
import type { Seat, SeatEvent } from './call/seat';
import { Refused, type Http } from './http';
import type { Identity } from './keys';
import type { Notices } from './notices';
import { ConsoleSocket, type SocketEvent } from './socket';
import type { Entry, Vault } from './vault';

/** Whose screens are looked at is said again so often, in milliseconds. */
const VIEWING_SAID = 1_500;
const VIEWED = 16;

/** Who is signed in here, and with what. */
export interface Seated {
  technician: TechnicianRecord;
  identity: Identity;
  vault: Vault;
  /** The relay's own certificates, as it says. */
  pins: readonly string[];
}

interface Detour {
  udp: boolean;
  username: string;
  credential: string;
}

/** The relay answers STUN and TURN at the very host and port where this page came from. */
function servers({ udp, username, credential }: Detour): RTCIceServer[] {
  const at = `${location.hostname}:${location.port || '443'}`;
  const turn = { urls: [`turns:${at}?transport=tcp`], username, credential };
  if (!udp) return [turn];
  return [{ urls: `stun:${at}` }, { ...turn, urls: [`turn:${at}?transport=udp`, ...turn.urls] }];
}

export class Console {
  readonly #seats = new Map<string, Seat>();
  readonly #coming = new Map<string, Promise<Seat | null>>();
  readonly #detours = new Map<string, Detour>();
  readonly #records = new Map<string, SessionRecord>();
  readonly #socket: ConsoleSocket;
  readonly #viewing: ReturnType<typeof setInterval>;
  #viewed = false;
  #closed = false;

  constructor(
    private readonly http: Http,
    private readonly who: Seated,
    private readonly notices: Notices,
    private readonly tell: (event: BackendEvent) => void,
    /** What a seat has for whoever joins clipboards or carries files. */
    private readonly passed: (session: string, event: SeatEvent) => void,
  ) {
    this.#socket = new ConsoleSocket(`wss://${location.host}/api/v1/console`, (event) => this.#happened(event));
    this.#viewing = setInterval(() => this.#sayViewing(), VIEWING_SAID);
    addEventListener('online', this.#doubt);
  }

  get status(): RelayStatus {
    const { origin, hostname } = location;
    const loopback = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
    return {
      place: 'elsewhere',
      connected: this.#socket.connected,
      address: origin,
      public_addresses: loopback ? [] : [origin],
      lan_error: null,
    };
  }

  get technician(): TechnicianRecord {
    return this.who.technician;
  }

  entry(session: string): Entry {
    const entry = this.who.vault.get(session);
    if (!entry) throw new BackendError('unknown_session', 'this browser does not know the session’s secret');
    return entry;
  }

  /** Sessions of which a secret is known here. */
  known(): string[] {
    return this.who.vault.sessions();
  }

  knows(session: string): boolean {
    return this.who.vault.get(session) !== undefined;
  }

  remember(session: string, change: Partial<Entry>): Promise<void> {
    return this.who.vault.change(session, change);
  }

  /** The seat that is taken, if there is one. */
  seated(session: string): Seat | undefined {
    return this.#seats.get(session);
  }

  /** The seat in a session; rejects when it is over, or not this console's. */
  async seat(session: string): Promise<Seat> {
    const seat = await this.#take(session);
    if (!seat) throw new BackendError('unknown_session', 'no seat in this session');
    return seat;
  }

  /** Sends by the socket; throws while the relay is away. */
  send(message: { type: string } & Record<string, unknown>): void {
    if (!this.#socket.send(message)) throw new BackendError('relay_away', 'the socket is not open');
  }

  rename(technician: TechnicianRecord): void {
    this.who.technician = technician;
    for (const seat of this.#seats.values()) seat.introduce(this.#introduction());
  }

  /** The record of a session is new. */
  changed(session: SessionRecord): void {
    const { id } = session;
    this.#records.set(id, session);
    this.notices.session(session);
    if (session.ended_at !== null) {
      this.#records.delete(id);
      this.#leave(id, session.end_reason ?? 'interrupted');
      void this.who.vault.forget(id).catch(() => undefined);
    } else if (session.helper_online && this.knows(id)) {
      void this.#take(id).then((seat) => seat?.helper(true));
    } else {
      this.#seats.get(id)?.helper(session.helper_online);
    }
    this.tell({ kind: 'session', session });
  }

  /** Whoever closes the page leaves: customers see that, and their sessions wait. */
  close(): void {
    this.#closed = true;
    removeEventListener('online', this.#doubt);
    clearInterval(this.#viewing);
    this.#socket.close();
    for (const seat of this.#seats.values()) seat.close();
    this.#seats.clear();
  }

  #introduction() {
    const { name, company } = this.who.technician;
    const relay_pins = this.who.pins.map((pin) => fromBase64(pin, 32));
    return { name, company, relay_pins, certificate: null, seat: 'browser' as const };
  }

  /** Takes a seat in an open session, unless there is one or nothing is known to recognise its helper by. */
  #take(session: string): Promise<Seat | null> {
    const seat = this.#seats.get(session);
    if (seat) return Promise.resolve(seat);
    const coming = this.#coming.get(session) ?? this.#sit(session).finally(() => this.#coming.delete(session));
    this.#coming.set(session, coming);
    return coming;
  }

  async #sit(session: string): Promise<Seat | null> {
    const { Seat } = await import('./call/seat');
    const entry = this.who.vault.get(session);
    if (!entry || this.#closed) return null;
    const detour = () => this.#detours.get(session);
    const seat = new Seat({
      session,
      signer: this.who.identity,
      introduction: this.#introduction(),
      spoken: entry.spoken?.secret ?? null,
      link: entry.link?.secret ?? null,
      pinned: entry.pinned === null ? null : fromBase64(entry.pinned, 32),
      failures: entry.failures,
      servers: () => {
        const known = detour();
        return known ? servers(known) : [];
      },
      tell: (event) => this.#told(session, event),
    });
    this.#seats.set(session, seat);
    seat.helper(this.#socket.connected && this.#records.get(session)?.helper_online === true);
    return seat;
  }

  #told(session: string, event: SeatEvent): void {
    switch (event.kind) {
      case 'signal':
        this.#socket.send({ type: 'signal', session, signal: event.signal });
        break;
      case 'report':
        this.#socket.send({ type: 'report', session, report: event.report });
        break;
      case 'pinned':
        void this.remember(session, { pinned: toBase64(event.key) }).catch(() => undefined);
        break;
      case 'wrong_code':
        void this.remember(session, { failures: event.failures }).catch(() => undefined);
        break;
      case 'needs_relay':
        this.#doubt();
        break;
      case 'state':
        this.notices.call(session, this.#records.get(session)?.customer ?? '', event.state);
        this.passed(session, event);
        this.tell({ kind: 'call', session, call: event.state });
        break;
      case 'stats':
        this.tell({ kind: 'stats', session, stats: event.stats });
        break;
      case 'machine':
        this.tell({ kind: 'machine', session, news: event.news });
        break;
      case 'room':
        this.tell({ kind: 'room', session, news: event.news });
        break;
      default:
        this.passed(session, event);
    }
  }

  /** What else went by this machine's network is lost: the socket may be too, and nobody has noticed. */
  readonly #doubt = (): void => {
    if (!this.#socket.connected) return this.#socket.redial();
    this.http.get('me').catch((error: unknown) => {
      if (!(error instanceof Refused) && !this.#closed) this.#socket.redial();
    });
  };

  #happened(event: SocketEvent): void {
    switch (event.kind) {
      case 'connected':
        this.tell({ kind: 'relay', status: this.status });
        void this.#catchUp();
        break;
      case 'lost':
        // Helpers that are still there are told of when the relay is back; calls that stand go on.
        for (const seat of this.#seats.values()) seat.helper(false);
        this.tell({ kind: 'relay', status: this.status });
        break;
      case 'replaced':
      case 'signed_out':
        for (const seat of this.#seats.values()) seat.helper(false);
        this.tell({ kind: 'relay', status: this.status });
        this.tell({ kind: event.kind });
        break;
      case 'message':
        this.#message(event.message);
    }
  }

  #message(message: { type: string } & Record<string, unknown>): void {
    const session = String(message['session']);
    switch (message.type) {
      case 'session_changed':
        return this.changed(message['session'] as SessionRecord);
      case 'device_changed':
        return this.tell({ kind: 'device', device: message['device'] as DeviceRecord });
      case 'session_removed':
        return this.tell({ kind: 'session_removed', session });
      case 'device_removed':
        return this.tell({ kind: 'device_removed', device: String(message['device']) });
      case 'templates_updated':
        return this.tell({ kind: 'templates' });
      case 'settings_changed':
        return this.tell({ kind: 'settings' });
      case 'request_changed': {
        const request = message['request'] as HelpRequest;
        this.notices.request(request);
        return this.tell({ kind: 'request', request });
      }
      case 'signal': {
        // A seat that is being taken hears it then.
        const seat = this.#seats.get(session) ?? this.#coming.get(session);
        if (seat) void Promise.resolve(seat).then((seat) => seat?.signal(String(message['signal'])));
        return;
      }
      case 'detour':
        this.#detours.set(session, message['detour'] as Detour);
        return;
      case 'chat':
        return this.tell({ kind: 'chat', message: message['message'] as ChatMessage });
      case 'chat_marks':
        return this.tell({ kind: 'chat_marks', session, marks: message['marks'] as Marks });
      // A refusal of one message, or one of a later version.
      default:
    }
  }

  /** What happened to open sessions while the socket was down, or this page not open. */
  async #catchUp(): Promise<void> {
    for (const session of this.who.vault.sessions()) {
      const ending = this.who.vault.get(session)?.ending === true;
      const path = `sessions/${session}`;
      try {
        const answer = ending ? this.http.post<SessionRecord>(`${path}/end`) : this.http.get<SessionRecord>(path);
        this.changed(await answer);
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== 'not_found') continue;
        // The relay's data was put back or away: nothing will ever come of this session.
        this.#leave(session, 'interrupted');
        void this.who.vault.forget(session).catch(() => undefined);
      }
    }
  }

  /** Ends the call of a session that is over. The seat stays until its call has said so. */
  #leave(session: string, reason: EndReason): void {
    this.#detours.delete(session);
    const seat = this.#seats.get(session);
    this.#seats.delete(session);
    if (seat) void seat.end(reason).finally(() => seat.close());
  }

  /** Says whose screens are looked at, as long as there are any and once when there are none any more. */
  #sayViewing(): void {
    const sessions = [...this.#seats].filter(([, seat]) => seat.isWatched).map(([session]) => session);
    if (sessions.length === 0 && !this.#viewed) return;
    this.#viewed = sessions.length > 0;
    this.#socket.send({ type: 'viewing', sessions: sessions.slice(0, VIEWED) });
  }
}
