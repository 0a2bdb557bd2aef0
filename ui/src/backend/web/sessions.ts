/** What the technician does with sessions: making them, inviting, ending; as `src-tauri/src/sessions.rs` does. */

import type { Fellow } from '../../protocol/generated/Fellow';
import type { InvitationView } from '../../protocol/generated/InvitationView';
import type { Preset } from '../../protocol/generated/Preset';
import type { SessionRecord } from '../../protocol/generated/SessionRecord';
import { BackendError } from '../backend';
import * as codes from './code';
import type { Console } from './console';
import { asBackendError, Refused, type Http } from './http';
import type { Kept } from './vault';

const MINUTE = 60_000;
const SPOKEN_LIFE = 15 * MINUTE;
const DAY = 24 * 60 * MINUTE;
/** A link that lives less could not even be sent. */
const LIFE_LEAST = MINUTE;
const LIFE_MOST = 20 * DAY;
/** Codes tried before giving up on a clash: of a million spoken ones few are in use at a time. */
const CODES = 5;

const kept = (invitation: codes.Invitation, life: number): Kept => ({ ...invitation, expires_at: Date.now() + life });

const announced = async (kind: 'spoken' | 'link', { finder }: codes.Invitation, life_ms: number) => ({
  kind,
  finder: await codes.digest(finder),
  life_ms,
});

/** The invitation as the technician hands it on. */
export function view(console: Console, session: SessionRecord): InvitationView {
  const { spoken, link, preset } = console.entry(session.id);
  if (!link) throw new BackendError('unknown_session', 'this session has no link');
  const { status } = console;
  // The relay says until when a code may be used first, and no time once it was used or revoked.
  const ends = session.code_expires_at;
  const code = spoken && ends !== null && ends > Date.now() ? codes.toSpoken(spoken) : null;
  return {
    session,
    preset,
    code,
    code_expires_at: code === null ? null : ends,
    call: code === null ? null : `${location.host} ${code}`,
    link: codes.toLink(link, status.address),
    only_this_computer: status.public_addresses.length === 0,
  };
}

/** Tries with one code after the other until none clashes. */
async function withFreeCode<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = CODES; left > 0; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'conflict') throw asBackendError(error);
    }
  }
  throw new BackendError('relay_refused', 'no free support code was found');
}

export function create(
  http: Http,
  console: Console,
  customer: string,
  machine: string | null,
  preset: Preset,
  lifeMs = DAY,
): Promise<InvitationView> {
  const life = Math.min(Math.max(lifeMs, LIFE_LEAST), LIFE_MOST);
  return withFreeCode(async () => {
    const [spoken, link] = [codes.spoken(), codes.link()];
    const invitations = [await announced('spoken', spoken, SPOKEN_LIFE), await announced('link', link, life)];
    const session = await http.post<SessionRecord>('sessions', { customer, machine, invitations });
    await console.remember(session.id, { preset, spoken: kept(spoken, SPOKEN_LIFE), link: kept(link, life) });
    console.changed(session);
    return view(console, session);
  });
}

export async function invitation(http: Http, console: Console, session: string): Promise<InvitationView | null> {
  if (!console.knows(session)) return null;
  const record = await http.get<SessionRecord>(`sessions/${session}`).catch((error: unknown) => {
    throw asBackendError(error);
  });
  return record.ended_at === null && console.entry(session).link ? view(console, record) : null;
}

/** The session that a code or link was made for here, also after it was used. */
export function byCode(console: Console, typed: string): string | null {
  const text = typed.trim();
  const [, finder, secret] = /\/s\/([0-9A-Z]+)#([0-9A-Z]+)$/i.exec(text) ?? [];
  const meant =
    finder && secret
      ? { finder: finder.toUpperCase(), secret: secret.toUpperCase() }
      : (codes.parseSpoken(text) ?? codes.parseSpoken(text.slice(text.search(/\s/) + 1)));
  if (!meant) return null;
  const isOf = (kept: { finder: string; secret: string } | null) =>
    kept !== null && kept.finder === meant.finder && kept.secret === meant.secret;
  return (
    console.known().find((session) => {
      const { spoken, link } = console.entry(session);
      return isOf(spoken) || isOf(link);
    }) ?? null
  );
}

export function renew(http: Http, console: Console, session: string): Promise<InvitationView> {
  console.entry(session);
  return withFreeCode(async () => {
    const spoken = codes.spoken();
    const path = `sessions/${session}/invitations`;
    const record = await http.post<SessionRecord>(path, await announced('spoken', spoken, SPOKEN_LIFE));
    await console.remember(session, { spoken: kept(spoken, SPOKEN_LIFE), failures: 0 });
    console.seated(session)?.setSpoken(spoken.secret);
    console.changed(record);
    return view(console, record);
  });
}

/** Ends a session. When the relay cannot be told now, it is told as soon as it is back. */
export async function end(http: Http, console: Console, session: string): Promise<void> {
  if (console.knows(session)) await console.remember(session, { ending: true });
  await console.seated(session)?.end('technician_ended');
  try {
    console.changed(await http.post<SessionRecord>(`sessions/${session}/end`));
  } catch (error) {
    throw asBackendError(error);
  }
}

/** Invites a colleague to a call that is live. Gives the code that he is to be told: the relay knows half of it. */
export async function inviteColleague(
  http: Http,
  console: Console,
  session: string,
  technician: string,
): Promise<string> {
  const seat = await console.seat(session);
  const { colleagues } = await http.get<{ colleagues: Fellow[] }>('colleagues');
  const name = colleagues.find(({ id }) => id === technician)?.name;
  if (name === undefined) throw new BackendError('bad_input', 'there is no such technician');
  try {
    return await withFreeCode(async () => {
      const code = codes.spoken();
      const finder = await codes.digest(code.finder);
      await http.post(`sessions/${session}/colleagues`, { technician, finder });
      seat.live((live) => live.say({ type: 'room', act: { kind: 'invite', ...code, name } }));
      return codes.toSpoken(code);
    });
  } catch (error) {
    if (error instanceof BackendError && error.code === 'relay_refused') {
      throw new BackendError('already_invited', error.message);
    }
    throw error;
  }
}

/** Takes part in a colleague's call, with the code that he has told. */
export async function joinCall(http: Http, console: Console, session: string, typed: string): Promise<void> {
  const code = codes.parseSpoken(typed);
  if (!code) throw new BackendError('bad_input', 'that is not a code');
  const record = await http.get<SessionRecord>(`sessions/${session}`).catch((error: unknown) => {
    throw asBackendError(error);
  });
  if (record.joins === null || record.ended_at !== null) {
    throw new BackendError('unknown_session', 'nobody invites to this session');
  }
  await console.remember(session, { spoken: kept(code, SPOKEN_LIFE), failures: 0 });
  console.seated(session)?.setSpoken(code.secret);
  console.changed(record);
}
