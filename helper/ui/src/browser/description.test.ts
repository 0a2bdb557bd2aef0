import { expect, test } from 'vitest';
import { choose, describe, MARK } from './description';
import { facts } from './facts';

const CHROMIUM = [
  { mimeType: 'video/VP8' },
  { mimeType: 'video/rtx' },
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=2' },
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' },
  { mimeType: 'video/AV1', sdpFmtpLine: 'level-idx=5;profile=1;tier=0' },
  { mimeType: 'video/AV1', sdpFmtpLine: 'level-idx=5;profile=0;tier=0' },
];

test('the first codec of the console that the browser encodes is taken, in the form that is decoded', () => {
  expect(choose(['av1', 'h264'], CHROMIUM)?.capability).toBe(CHROMIUM[8]);
  expect(choose(['h264', 'av1'], CHROMIUM)?.capability).toBe(CHROMIUM[6]);
  expect(choose(['vp9'], CHROMIUM)?.capability).toBe(CHROMIUM[3]);
  expect(choose(['h264', 'vp8'], CHROMIUM.slice(0, 6))).toEqual({ codec: 'vp8', capability: CHROMIUM[0] });
  expect(choose(['vp9'], [{ mimeType: 'video/VP9' }])?.codec).toBe('vp9');
  expect(choose(['av1'], CHROMIUM.slice(0, 8))).toBeNull();
  expect(choose([], CHROMIUM)).toBeNull();
});

test('an offer says that a page makes it, and names no address that is only a name', () => {
  const offer = [
    'v=0',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=candidate:1 1 udp 2113937151 8c1a4cf1-5e1d-4d35-9b6e-0c3e2a1d8f00.local 51000 typ host generation 0',
    'a=candidate:2 1 udp 1677729535 192.0.2.7 51000 typ srflx raddr 0.0.0.0 rport 0',
    'a=candidate:3 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active',
    'a=candidate:4 1 UDP 33562367 240.0.0.5 49152 typ relay raddr 192.0.2.7 rport 51000',
    'a=mid:0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    '',
  ];
  const lines = describe(offer.join('\r\n')).split('\r\n');
  expect(lines.indexOf(MARK)).toBe(4);
  expect(lines.filter((line) => line.startsWith('a=candidate:')).map((line) => line.slice(12, 13))).toEqual(['2', '4']);
  expect(lines.at(-1)).toBe('');
  expect(lines.length).toBe(offer.length - 1);
});

test('a technician reads which browser it is', () => {
  const of = (userAgent: string): string[] => [facts({ userAgent }).host, facts({ userAgent }).os];
  expect(
    of('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'),
  ).toEqual(['Chromium 156', 'Linux']);
  expect(of('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0')).toEqual([
    'Edge 156',
    'Windows',
  ]);
  expect(of('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')).toEqual([
    'Firefox 140',
    'Linux',
  ]);
  expect(of('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1')).toEqual([
    'Safari 18',
    'iOS',
  ]);
  expect(of('Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/150.0.0.0 Mobile Safari/537.36')).toEqual([
    'Chromium 150',
    'Android',
  ]);
  expect(of('<script>')).toEqual(['Browser', '']);
});
