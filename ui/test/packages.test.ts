/** What customers are sent: uploads, what is new, requests, the draft of a mail, the QR code. */

import { expect, test, vi } from 'vitest';
import { FakeBackend, template } from '../dev/fake';
import { BackendError } from '../src/backend/backend';
import { mailDraft, Packages } from '../src/state/packages.svelte';
import { qrOf } from '../src/state/qr';
import type { HelpRequest } from '../src/state/types';

const request = (n: number, change: Partial<HelpRequest> = {}): HelpRequest => ({
  id: `request-${n}`,
  name: `Person ${n}`,
  problem: 'It does not print.',
  asked_at: n,
  closed_at: null,
  ...change,
});

function start(fill: (backend: FakeBackend) => void = () => undefined) {
  const backend = new FakeBackend();
  fill(backend);
  const sound = vi.fn();
  return { backend, sound, packages: new Packages(backend, sound) };
}

test('a file goes in parts, each where the last one ended, and is in use then', async () => {
  const { backend, packages } = start();
  const sent: [number, number][] = [];
  const progress: number[] = [];
  backend.answers.uploadPart = (_, at, part) => {
    sent.push([at, part.length]);
    progress.push(packages.upload?.sent ?? -1);
    return Promise.resolve(at + part.length);
  };
  const file = new File([new Uint8Array(2.5 * 1024 * 1024)], 'deskhand-helper.exe');
  const made = await packages.send(file);
  expect(sent).toEqual([
    [0, 1_048_576],
    [1_048_576, 1_048_576],
    [2_097_152, 524_288],
  ]);
  expect(progress).toEqual([0, 1_048_576, 2_097_152]);
  expect(packages.upload).toBe(null);
  expect(packages.current.map((one) => one.id)).toEqual([made.id]);
});

test('an upload that is refused is over, and the next one can begin', async () => {
  const { backend, packages } = start();
  backend.answers.finishUpload = () => Promise.reject(new BackendError('not_our_program', ''));
  const file = new File(['x'], 'setup.exe');
  await expect(packages.send(file)).rejects.toMatchObject({ code: 'not_our_program' });
  expect(packages.upload).toBe(null);
  backend.answers = {};
  await packages.send(file);
});

test('a relay that takes nothing does not keep the page sending', async () => {
  const { backend, packages } = start();
  backend.answers.uploadPart = (_, at) => Promise.resolve(at);
  await expect(packages.send(new File(['abc'], 'x'))).rejects.toMatchObject({ code: 'unknown_upload' });
});

test('what is in use and was not shown yet is new, once', async () => {
  const { backend, packages } = start((backend) => {
    backend.kept = [
      template(1, { seen: false }),
      template(2, { platform: 'windows_x64', seen: false, current: false }),
    ];
  });
  await packages.load();
  expect(packages.fresh.map((one) => one.id)).toEqual([backend.kept[0]?.id]);
  await packages.see();
  expect(packages.fresh).toEqual([]);
  await packages.see();
  expect(backend.asked.filter((asked) => asked === 'templatesSeen')).toHaveLength(1);
});

test('a request makes a sound when it comes, not when it was there before or comes again', async () => {
  const { backend, packages, sound } = start();
  backend.asking = [request(1)];
  await packages.load();
  expect(sound).not.toHaveBeenCalled();
  packages.tell(request(1));
  expect(sound).not.toHaveBeenCalled();
  packages.tell(request(2));
  packages.tell(request(2));
  expect(sound).toHaveBeenCalledTimes(1);
  expect(packages.requests.map((one) => one.id)).toEqual(['request-2', 'request-1']);
  packages.tell(request(2, { closed_at: 9 }));
  expect(packages.requests.map((one) => one.id)).toEqual(['request-1']);
});

test('a draft holds its text and nothing that a mail program would read as more', () => {
  const draft = mailDraft('Help & more', 'Line 1\nhttps://a.example/s/AAAA#BBBB&bcc=eve@example.org');
  expect(draft).toBe(
    'mailto:?subject=Help%20%26%20more&body=Line%201%0D%0Ahttps%3A%2F%2Fa.example%2Fs%2FAAAA%23BBBB%26bcc%3Deve%40example.org',
  );
});

test('a QR code has the three marks by which a camera finds it', () => {
  const { size, path } = qrOf('https://help.example.org/s/AAAAAAAAAAAAAAAA#BBBBBBBBBBBBBBBBBBBBBBBBBB');
  const dark = new Set([...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x} ${y}`));
  // The quiet zone is four wide; a mark is a ring of seven around a square of three.
  for (const [left, top] of [
    [4, 4],
    [size - 11, 4],
    [4, size - 11],
  ] as const) {
    for (let n = 0; n < 7; n += 1) expect(dark.has(`${left + n} ${top}`)).toBe(true);
    expect(dark.has(`${left + 1} ${top + 1}`)).toBe(false);
    expect(dark.has(`${left + 3} ${top + 3}`)).toBe(true);
  }
  expect([...dark].every((at) => at.split(' ').every((n) => Number(n) >= 4 && Number(n) < size - 4))).toBe(true);
});
