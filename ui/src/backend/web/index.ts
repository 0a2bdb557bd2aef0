/**
 * The shell in a browser: the relay that served this page, the browser's own keys and connections. What only a desktop
 * can do is not in {@link Backend.can}, and the screens show nothing of it.
 */

import type { Boot } from '../../protocol/generated/Boot';
import type { ChatView } from '../../protocol/generated/ChatView';
import type { Fellow } from '../../protocol/generated/Fellow';
import type { SessionRecord } from '../../protocol/generated/SessionRecord';
import { BackendError, type Ability, type Backend, type BackendEvent, type FailureCode } from '../backend';
import type { ShellBackend } from '../shell';
import { accounts, signedOut, whoIsHere, type SignedIn } from './accounts';
import { Around } from './around';
import { CallError } from './call/output';
import type { Seat } from './call/seat';
import { Console } from './console';
import { firm } from './firm';
import { asBackendError, Http } from './http';
import { Notices } from './notices';
import { packages } from './packages';
import { capabilitiesOf, isWorking, PRESETS } from './presets';
import { records } from './records';
import * as sessions from './sessions';
import { Store } from './store';
import { Vault } from './vault';

/** Messages of one chat that are shown: more than anyone reads. */
const MESSAGES = 10_000;
const CHAT_CHARS = 4_000;

const CALL_ERRORS: Readonly<Record<CallError['why'], FailureCode>> = {
  over: 'unknown_session',
  busy: 'busy',
  helper_away: 'customer_away',
  not_live: 'unknown_session',
  bad_input: 'bad_input',
};

async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CallError) throw new BackendError(CALL_ERRORS[error.why], error.message);
    throw asBackendError(error);
  }
}

/** Nothing stands around a page in a browser. */
const shell: ShellBackend = {
  takeOpened: () => Promise.resolve(null),
  setTray: () => Promise.resolve(false),
  startup: () => Promise.resolve({ with_desktop: null, opens_links: null }),
  chooseStartup: () => Promise.resolve({ with_desktop: null, opens_links: null }),
};

export function openWeb(): Backend {
  let console: Console | null = null;
  let signedIn: SignedIn | null = null;
  let version = '';
  let listener: (event: BackendEvent) => void = () => undefined;
  const tell = (event: BackendEvent) => listener(event);
  const store = new Store();
  const notices = new Notices();
  const http = new Http(() => {
    if (console) tell({ kind: 'signed_out' });
  });
  const around = new Around(tell, (session) => here().seated(session));
  const here = (): Console => {
    if (!console) throw signedOut();
    return console;
  };

  const leave = () => {
    console?.close();
    console = signedIn = null;
    return Promise.resolve();
  };
  const boot = (): Boot => ({
    technician: console?.technician ?? null,
    relay: console?.status ?? {
      place: 'elsewhere',
      connected: true,
      address: location.origin,
      public_addresses: [],
      lan_error: null,
    },
    presets: [...PRESETS],
    warnings: [],
    version,
  });
  const enter = async (who: SignedIn): Promise<Boot> => {
    await leave();
    signedIn = who;
    const { account, identity } = who;
    const vault = await Vault.open(store, account.technician.id);
    const seated = { technician: account.technician, identity, vault, pins: account.relay_pins };
    console = new Console(http, seated, notices, tell, (session, event) => around.heard(session, event));
    return boot();
  };

  /** Does something with a seat; what the call refuses has words for the screen. */
  const at = <T>(session: string, what: (seat: Seat) => T | Promise<T>): Promise<T> =>
    told(here().seat(session).then(what));
  const say = (session: string, message: { type: string } & Record<string, unknown>) =>
    at(session, (seat) => seat.live((live) => live.say(message)));
  const can = new Set<Ability>(around.abilities);
  if (Notices.possible) can.add('notices');

  const backend: Backend = {
    can,
    files: around.files,
    firm: firm(
      http,
      () => signedIn?.identity ?? null,
      notices,
      (technician) => console?.rename(technician),
    ),
    relays: null,
    shell,
    accounts: accounts(http, store, (who) => told(enter(who)), leave),
    ...records(http),
    ...packages(
      http,
      (name) => sessions.create(http, here(), name, null, 'help'),
      (session) => {
        const kept = here().entry(session).link;
        return kept && { finder: kept.finder, secret: kept.secret };
      },
      (session) => sessions.end(http, here(), session),
    ),

    boot: () =>
      told(
        (async () => {
          ({ version } = await http.get<{ version: string }>('health'));
          const who = await whoIsHere(http, store);
          return who ? enter(who) : boot();
        })(),
      ),
    subscribe: (given) => {
      listener = given;
      return Promise.resolve();
    },
    setUp: () => Promise.reject(new BackendError('internal', 'a relay is set up by its token')),
    joinRelay: () => Promise.reject(new BackendError('internal', 'this page belongs to its relay')),
    openLan: () => Promise.resolve(here().status),
    closeLan: () => Promise.resolve(here().status),
    selfTest: () => Promise.reject(new BackendError('internal', 'a page tests no ways')),
    linkOpened: () => Promise.reject(new BackendError('internal', 'a page tests no ways')),

    createSession: (customer, machine, preset, life) =>
      told(sessions.create(http, here(), customer, machine, preset, life)),
    invitation: (session) => told(sessions.invitation(http, here(), session)),
    sessionByCode: (typed) => told(Promise.resolve().then(() => sessions.byCode(here(), typed))),
    renewCode: (session) => told(sessions.renew(http, here(), session)),
    showInFolder: () => Promise.reject(new BackendError('internal', 'a page shows no folders')),
    sessions: async (limit, before) => {
      const page = http.get<{ sessions: SessionRecord[] }>(
        `sessions?limit=${limit}${before ? `&before=${before}` : ''}`,
      );
      return (await told(page)).sessions;
    },
    messages: (session) => told(allMessages(http, session)),
    sendChat: (session, id, text) =>
      told(
        Promise.resolve().then(() => {
          if (text.trim() === '' || [...text].length > CHAT_CHARS) throw new BackendError('bad_input', 'no message');
          here().send({ type: 'chat', session, id, text });
        }),
      ),
    markChat: (session, marks) =>
      told(Promise.resolve().then(() => here().send({ type: 'chat_marks', session, marks }))),

    connect: (session, codecs) =>
      told(
        Promise.resolve().then(async () => {
          if (codecs.length === 0) throw new BackendError('bad_input', 'no codec');
          const capabilities = capabilitiesOf(here().entry(session).preset);
          (await here().seat(session)).connect({ capabilities, codecs });
        }),
      ),
    want: (session, capabilities) =>
      at(session, (seat) => {
        if (!capabilities.every(isWorking)) throw new BackendError('bad_input', 'a capability that does not work');
        seat.want(capabilities);
      }),
    leave: (session) => at(session, (seat) => seat.leave()),
    call: (session) => Promise.resolve(console?.seated(session)?.state ?? null),
    showMonitors: (session, monitors, focus) =>
      at(session, (seat) => {
        if (!seat.live((live) => live.show(monitors, focus))) throw new BackendError('bad_input', 'no such monitors');
      }),
    needKeyFrame: (session, monitor) => at(session, (seat) => seat.needKeyFrame(monitor)),
    prefer: (session, preference) => at(session, (seat) => seat.prefer(preference)),
    endSession: (session) => told(sessions.end(http, here(), session)),

    // Clipboards are not joined by looking at a session, and nothing goes that could be paused.
    showSession: () => Promise.resolve(),
    pauseClipboard: () => Promise.resolve(),
    paste: (session) => told(around.paste(session)),
    takeText: (session) => told(around.takeText(session)),
    fetchCopied: () => Promise.reject(new BackendError('internal', 'a browser’s clipboard takes no files')),

    colleagues: async () => (await told(http.get<{ colleagues: Fellow[] }>('colleagues'))).colleagues,
    inviteColleague: (session, technician) => told(sessions.inviteColleague(http, here(), session, technician)),
    joinCall: (session, code) => told(sessions.joinCall(http, here(), session, code)),
    room: (session, act) => say(session, { type: 'room', act }),
    attended: (session) => at(session, (seat) => seat.attended()),
    doDeed: (session, deed) => say(session, { type: 'do', deed }),
    listPrograms: (session) => say(session, { type: 'programs' }),
    systemFacts: (session) => say(session, { type: 'system' }),

    setFullScreen: async (on) => {
      if (on) await document.documentElement.requestFullscreen();
      else if (document.fullscreenElement) await document.exitFullscreen();
    },
    canGrabKeyboard: () => Promise.resolve(false),
    grabKeyboard: () => Promise.resolve(),
    releaseKeyboard: () => Promise.resolve(),
    clipboardText: () => navigator.clipboard.readText().catch(() => null),

    watch: (session, outlet) => at(session, (seat) => seat.watch(outlet)),
    unwatch: (session) => Promise.resolve(console?.seated(session)?.unwatch()),
    drawn: (session, monitor, seq) => Promise.resolve(console?.seated(session)?.drawn(monitor, seq)),
    // What comes while the call is not live is dropped: a key pressed into a dead connection must not arrive later.
    input: (session, channel, message) => {
      console?.seated(session)?.say(channel, message);
      return Promise.resolve();
    },
  };
  // What was shared goes with the page.
  addEventListener('pagehide', () => console?.close());
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
  return backend;
}

async function allMessages(http: Http, session: string): Promise<ChatView> {
  const all: ChatView = { messages: [], marks: null };
  // Pages end with one that brings nothing new.
  while (all.messages.length < MESSAGES) {
    const after = all.messages.at(-1)?.seq;
    const path = `sessions/${session}/messages${after === undefined ? '' : `?after=${after}`}`;
    const { messages, marks } = await http.get<ChatView>(path);
    all.marks = marks;
    const fresh = messages.filter(({ seq }) => after === undefined || seq > after);
    if (fresh.length === 0) break;
    all.messages.push(...fresh);
  }
  return all;
}
