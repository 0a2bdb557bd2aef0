/** Starts the page on which a customer shows without a program. Served by the relay; see `http/page/share.rs` there. */

import { mount } from 'svelte';
import '../base.css';
import { firstLanguage, speak } from '../language.svelte';
import { inhabit } from '../shell';
import { writeAsBefore } from '../size.svelte';
import { facts } from './facts';
import { RelayLink } from './link';
import Page from './Page.svelte';
import { Peer } from './peer';
import { Share, type House, type Source } from './share.svelte';

/** The relay answers STUN and TURN at the very host and port where this page came from. */
function servers(detour: { udp: boolean; username: string; credential: string }): RTCIceServer[] {
  const secure = location.protocol === 'https:';
  const host = location.hostname;
  const at = `${host}:${location.port || (secure ? '443' : '80')}`;
  const urls = detour.udp ? [`turn:${at}?transport=udp`] : [];
  if (secure) urls.push(`turns:${at}?transport=tcp`);
  const { username, credential } = detour;
  const turn = urls.length > 0 ? [{ urls, username, credential }] : [];
  return detour.udp ? [{ urls: `stun:${at}` }, ...turn] : turn;
}

async function pick(source: Source): Promise<MediaStreamTrack> {
  const video = { frameRate: { ideal: 20, max: 30 } };
  const media = navigator.mediaDevices;
  const stream =
    source === 'screen'
      ? await media.getDisplayMedia({ video, audio: false })
      : await media.getUserMedia({ video: { ...video, facingMode: 'environment', width: { ideal: 1920 } } });
  const [track] = stream.getVideoTracks();
  if (!track) throw new DOMException('no picture', 'NotFoundError');
  return track;
}

/** What this browser can show, best first. */
function source(): Source | null {
  // Where a page is not secure there is neither; telephones have the camera only.
  const media = navigator.mediaDevices as Partial<MediaDevices> | undefined;
  if (!media || typeof RTCPeerConnection === 'undefined') return null;
  if (media.getDisplayMedia) return 'screen';
  return media.getUserMedia ? 'camera' : null;
}

async function start(target: HTMLElement): Promise<void> {
  writeAsBefore();
  const finder = target.dataset['finder'] ?? '';
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  const house: House = {
    now: () => Date.now(),
    random,
    dial: (handed) => {
      const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/helper`;
      return new RelayLink({ url, finder, facts: facts(navigator), random, ...handed });
    },
    pick,
    connect: (...parts) => new Peer(...parts),
    servers,
  };
  const what = source();
  const share = what && new Share({ source: what, finder, relay: location.host, house });
  inhabit({
    follow: () => Promise.resolve(),
    act: (action) => share?.act(action),
  });
  await speak(firstLanguage(null));
  addEventListener('pagehide', () => share?.end('customer_ended'));
  addEventListener('online', () => share?.doubt());
  // The secret half of a link stands behind "#", which is not sent. It need not stand there any longer.
  const secret = location.hash.slice(1);
  mount(Page, {
    target,
    props: { share, logo: target.dataset['logo'] ?? null, whole: finder.length <= 4 || secret !== '' },
  });
  if (share && secret !== '') share.call(secret);
}

const target = document.getElementById('app');
if (target) void start(target);
