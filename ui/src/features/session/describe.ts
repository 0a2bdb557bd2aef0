/** Decides what stands over the picture, from where session and call stand. */

import { isOver } from '../../state/sessions.svelte';
import { t } from '../../state/text';
import type { CallState, SessionRecord, Trouble, VideoCodec } from '../../state/types';

export interface Situation {
  session: SessionRecord;
  call: CallState | null;
  hasPicture: boolean;
  /** The codec that does not work here. */
  broken: VideoCodec | null;
}

export interface Description {
  title: string;
  text?: string;
  words?: string[];
  action?: 'connect' | 'ask_again' | 'back' | 'join';
  /** The picture stays visible and usable under it. */
  overPicture?: boolean;
  over?: boolean;
}

/** Whether the picture goes on in spite of it: it is then only noted. */
export function goesOn(trouble: Trouble): boolean {
  return ['protected', 'monitor_off', 'secure_desktop', 'elevated'].includes(trouble);
}

/** `null` while the picture needs nothing over it. */
export function describe({ session, call, hasPicture, broken }: Situation): Description | null {
  if (call?.state === 'over')
    return { title: t.call.overTitle, text: t.endReason[call.reason], action: 'back', over: true };
  if (isOver(session)) {
    const reason = session.end_reason;
    return { title: t.call.overTitle, ...(reason && { text: t.endReason[reason] }), action: 'back', over: true };
  }
  // Nothing is known of a colleague's call before the code was typed, and nothing comes of a wrong one.
  if (session.joins !== null && (!call || (call.state === 'refused' && call.reason === 'wrong_code'))) {
    const by = session.invited_by ?? '';
    return { title: t.together.invited(by, session.customer), text: t.together.enterCode(by), action: 'join' };
  }
  if (!call || call.state === 'known') return waiting(session, call?.words);
  switch (call.state) {
    case 'proving':
      return { title: t.call.provingTitle, text: t.call.proving };
    case 'asking':
      return { title: t.call.askingTitle(session.customer), text: t.call.asking, words: call.words };
    case 'declined':
      return { title: t.call.declinedTitle, text: t.decline[call.reason], action: 'ask_again' };
    case 'connecting':
      return { title: t.call.connectingTitle, text: t.call.connecting };
    case 'reconnecting':
      return { title: t.call.reconnectingTitle, text: t.call.reconnecting, overPicture: true };
    case 'refused':
      return { title: t.call.refusedTitle, text: t.refuse[call.reason], action: 'back' };
    case 'live':
      if (call.stopped === 'paused') return { title: t.call.pausedTitle, text: t.call.paused };
      if (!call.granted.includes('view')) return { title: t.call.revokedTitle, text: t.call.revoked };
      if (call.trouble && !goesOn(call.trouble)) return { title: t.call.troubleTitle, text: t.trouble[call.trouble] };
      if (broken) return { title: t.call.brokenTitle, text: t.call.broken(t.codec[broken]) };
      return hasPicture ? null : { title: t.call.firstPictureTitle, text: t.call.firstPicture };
  }
}

function waiting(session: SessionRecord, words?: string[]): Description {
  const { customer } = session;
  if (session.status === 'open') return { title: t.call.notCalledTitle(customer), text: t.call.notCalled };
  if (!session.helper_online) return { title: t.call.awayTitle(customer), text: t.call.away };
  return { title: t.call.readyTitle(customer), text: t.call.ready, action: 'connect', ...(words && { words }) };
}
