/** What a self-test found, line by line, as it is said. */

import { formatMoment } from '../../state/format';
import { t } from '../../state/text';
import type { ReachView, SelfTestView } from '../../state/types';

export interface Line {
  what: string;
  tone: 'good' | 'warn' | 'idle';
  /** The state in a word. */
  word: string;
  says: string;
}

/** Clocks that differ by less do no harm, in milliseconds: codes live a quarter of an hour. */
const CLOCK = 60_000;

const good = (what: string, says: string): Line => ({ what, tone: 'good', word: t.selfTest.works, says });
const bad = (what: string, says: string): Line => ({ what, tone: 'warn', word: t.selfTest.fails, says });
const unknown = (what: string, says: string): Line => ({ what, tone: 'idle', word: t.selfTest.unknown, says });

function port(found: SelfTestView): Line {
  const { what, relay, nobody, proxy, other } = t.selfTest.port;
  const by = found.proxy ? ` ${t.selfTest.port.by(found.proxy)}` : '';
  switch (found.port) {
    case 'relay':
      return good(what, relay + by);
    case 'nobody':
      return bad(what, nobody);
    case 'proxy':
      return bad(what, proxy(found.proxy ?? ''));
    case 'other':
      return bad(what, other + by);
  }
}

function tls(found: SelfTestView): Line {
  const { what, trusted, own, notNeeded, wrong } = t.selfTest.tls;
  switch (found.tls) {
    case 'trusted':
      return good(what, trusted);
    case 'own':
      return good(what, own);
    case 'not_needed':
      return good(what, notNeeded);
    case 'wrong':
      return bad(what, wrong);
    case 'unknown':
      return unknown(what, t.selfTest.notTried);
  }
}

function udp(found: SelfTestView): Line {
  const { what, yes, no } = t.selfTest.udp;
  if (found.port !== 'relay') return unknown(what, t.selfTest.notTried);
  return found.udp ? good(what, yes) : bad(what, no);
}

function turn(found: SelfTestView): Line {
  const { what, yes, no, noUdp } = t.selfTest.turn;
  if (found.port !== 'relay') return unknown(what, t.selfTest.notTried);
  if (found.by_udp_ms !== null) return good(what, yes(found.by_udp_ms));
  return bad(what, found.udp ? no : noUdp);
}

function tunnel(found: SelfTestView): Line {
  const { what, yes, no } = t.selfTest.tunnel;
  if (found.port !== 'relay') return unknown(what, t.selfTest.notTried);
  return found.by_tls_ms === null ? bad(what, no) : good(what, yes(found.by_tls_ms));
}

function clock(found: SelfTestView): Line {
  const { what, same, close, differs, ahead, behind } = t.selfTest.clock;
  if (found.clock_ms === null) return good(what, same);
  const seconds = Math.round(Math.abs(found.clock_ms) / 1_000);
  if (Math.abs(found.clock_ms) < CLOCK) return good(what, close);
  return { ...bad(what, found.clock_ms > 0 ? ahead(seconds) : behind(seconds)), word: differs };
}

/** Everything that can be seen from here. */
export function lines(found: SelfTestView): Line[] {
  return [port(found), tls(found), udp(found), turn(found), tunnel(found), clock(found)];
}

/** Reachability from outside is proven by somebody outside, and otherwise not known. */
export function reachLine(found: SelfTestView, reach: ReachView | null): Line {
  const { what, proven, nearby, open, closed } = t.selfTest.outside;
  if (found.links.length === 0) return unknown(what, closed);
  if (reach?.outside != null) return good(what, proven(formatMoment(reach.outside)));
  return unknown(what, reach?.nearby != null ? nearby : open);
}
