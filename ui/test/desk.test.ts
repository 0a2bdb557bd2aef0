import { expect, test, vi } from 'vitest';
import { FakeBackend, boot, device, id, session, EARLY } from '../dev/fake';
import { BackendError } from '../src/backend/backend';
import type { CallState } from '../src/protocol/generated/CallState';
import type { CallStats } from '../src/protocol/generated/CallStats';
import type { ChatMessage } from '../src/protocol/generated/ChatMessage';
import { Desk } from '../src/state/desk.svelte';
import { PAGE } from '../src/state/sessions.svelte';
import { sound } from '../src/state/sound.svelte';

const settle = () => new Promise((done) => setTimeout(done));

async function start(prepare: (backend: FakeBackend) => void = () => undefined) {
  const backend = new FakeBackend();
  prepare(backend);
  const desk = new Desk(backend, () => Promise.resolve(['av1', 'h264']));
  await desk.start();
  await settle();
  return { backend, desk };
}

const message = (seq: number, change: Partial<ChatMessage> = {}): ChatMessage => ({
  id: id(seq),
  session: id(1),
  seq,
  author: 'customer',
  text: `message ${seq}`,
  sent_at: EARLY + seq,
  ...change,
});

const LIVE: Extract<CallState, { state: 'live' }> = {
  state: 'live',
  granted: ['view'],
  held: [],
  stopped: null,
  asking: [],
  may_return: false,
  declined: null,
  monitors: [],
  shown: [],
  codec: 'av1',
  path: 'direct',
  trouble: null,
  attention: 0,
};

/** Figures of a second. */
const STATS: CallStats = {
  fps: 30,
  kbit_per_s: 900,
  tiles: 0,
  tile_kbit_per_s: 0,
  rtt_ms: 11,
  capture_ms: 2,
  encode_ms: 7,
  exact: false,
  frame_rate: 60,
  scale_percent: 100,
  limit: 'none',
};

test('without a technician the page asks for one, and then goes on', async () => {
  const { desk, backend } = await start((shell) => (shell.first = boot({ technician: null })));
  expect(desk.phase).toBe('first_start');
  await desk.setUp('Anna', 'Berger IT');
  expect(desk.phase).toBe('ready');
  expect(desk.technician?.name).toBe('Anna');
  expect(backend.asked).toContain('setUp Anna Berger IT');
});

test('an answer that was on its way does not undo what an event told of the relay', async () => {
  const relay = { ...boot().relay, connected: false };
  const { desk, backend } = await start((shell) => (shell.first = boot({ technician: null, relay })));
  backend.answers.setUp = () => {
    backend.tell({ kind: 'relay', status: { ...relay, connected: true } });
    return Promise.resolve(boot({ relay }));
  };
  await desk.setUp('Anna', 'Berger IT');
  expect(desk.relay.connected).toBe(true);
});

test('a shell that does not answer is said on screen', async () => {
  const { desk } = await start((shell) => (shell.answers.boot = () => Promise.reject(new Error('no shell'))));
  expect(desk.phase).toBe('failed');
});

test('events are listened to before the first question, so that none is missed', async () => {
  const { backend } = await start();
  expect(backend.asked.slice(0, 2)).toEqual(['subscribe listener', 'boot']);
});

test('whoever waits stands first, then the newest', async () => {
  const { desk, backend } = await start((shell) => {
    shell.records = [
      session(4),
      session(3, { status: 'live', started_at: EARLY }),
      session(2, { status: 'ended', ended_at: EARLY }),
      session(1),
    ];
  });
  expect(desk.sessions.open.map((open) => open.customer)).toEqual(['Customer 3', 'Customer 4', 'Customer 1']);
  backend.tell({ kind: 'session', session: session(1, { status: 'waiting', helper_online: true }) });
  expect(desk.sessions.open[0]?.customer).toBe('Customer 1');
  expect(desk.sessions.waiting).toBe(1);
  backend.tell({ kind: 'session', session: session(1, { status: 'waiting', helper_online: false }) });
  expect(desk.sessions.waiting).toBe(0);
});

test('a list that was on its way does not undo what an event told meanwhile', async () => {
  let deliver: (records: ReturnType<typeof session>[]) => void = () => undefined;
  const { desk, backend } = await start((shell) => {
    shell.answers.sessions = () => new Promise((done) => (deliver = done));
  });
  backend.tell({ kind: 'session', session: session(1, { status: 'waiting', helper_online: true }) });
  deliver([session(2), session(1, { status: 'open' })]);
  await settle();
  expect(desk.sessions.get(id(1))?.status).toBe('waiting');
  expect(desk.sessions.get(id(2))?.status).toBe('open');
});

test('history goes on where it ended, until there is no more', async () => {
  const many = Array.from({ length: PAGE + 7 }, (_, n) => session(1_000 - n, { status: 'ended', ended_at: EARLY }));
  const { desk, backend } = await start((shell) => (shell.records = many));
  expect([desk.sessions.all.length, desk.sessions.more]).toEqual([PAGE, true]);
  await desk.sessions.loadMore();
  expect([desk.sessions.all.length, desk.sessions.more]).toEqual([PAGE + 7, false]);
  expect(backend.asked.at(-1)).toBe(`sessions ${PAGE} ${many[PAGE - 1]?.id}`);
  expect(desk.sessions.all.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
});

test('when the relay comes back, everything is fetched again', async () => {
  const { desk, backend } = await start((shell) => (shell.records = [session(1)]));
  const relay = backend.first.relay;
  backend.tell({ kind: 'relay', status: { ...relay, connected: false } });
  expect(desk.relay.connected).toBe(false);
  backend.records = [session(2), session(1, { status: 'interrupted', ended_at: EARLY })];
  backend.tell({ kind: 'relay', status: relay });
  await settle();
  expect(desk.sessions.open.map((open) => open.customer)).toEqual(['Customer 2']);
});

test('opening to the network shows its addresses, and closing takes them away', async () => {
  const { desk } = await start();
  expect(desk.open).toBe(false);
  await desk.setOpen(true);
  expect([desk.open, desk.relay.public_addresses.length]).toEqual([true, 1]);
  await desk.setOpen(false);
  expect(desk.open).toBe(false);
});

test('devices that are here stand first', async () => {
  const { desk, backend } = await start((shell) => (shell.known = [device(1, { last_seen: EARLY + 5 }), device(2)]));
  expect(desk.devices.all.map(({ host }) => host)).toEqual(['pc-1', 'pc-2']);
  backend.tell({ kind: 'device', device: device(2, { online: true }) });
  expect(desk.devices.all.map(({ host }) => host)).toEqual(['pc-2', 'pc-1']);
});

test('connecting offers what this webview decodes, best first', async () => {
  const { desk, backend } = await start();
  await desk.call(id(1)).connect();
  expect(backend.asked.at(-1)).toBe(`connect ${id(1)} av1,h264`);
});

test('without any decoder nobody is asked, and the reason is said', async () => {
  const backend = new FakeBackend();
  const desk = new Desk(backend, () => Promise.resolve([]));
  await desk.start();
  const call = desk.call(id(1));
  await call.connect();
  expect(call.error).toBe('no_decoder');
  expect(backend.asked.some((asked) => asked.startsWith('connect'))).toBe(false);
});

test('a refusal of the shell is kept as its code until the next try', async () => {
  const { desk, backend } = await start();
  const call = desk.call(id(1));
  backend.answers.connect = () => Promise.reject(new BackendError('customer_away', 'no helper'));
  await call.connect();
  expect(call.error).toBe('customer_away');
  delete backend.answers.connect;
  await call.connect();
  expect(call.error).toBeNull();
});

test('an answer that was on its way does not undo what an event told of the call', async () => {
  const { desk, backend } = await start();
  let deliver: (state: null) => void = () => undefined;
  backend.answers.call = () => new Promise((done) => (deliver = done));
  const loading = desk.call(id(1)).load();
  await settle();
  backend.tell({ kind: 'call', session: id(1), call: { state: 'connecting' } });
  deliver(null);
  await loading;
  expect(desk.call(id(1)).state).toEqual({ state: 'connecting' });
});

test('a customer who asks for attention is heard each time, and marked until the technician looks', async () => {
  const { backend, desk } = await start();
  const ring = vi.spyOn(sound, 'ringWaiting').mockImplementation(() => undefined);
  const tell = (attention: number) => backend.tell({ kind: 'call', session: id(1), call: { ...LIVE, attention } });
  tell(0);
  expect([desk.call(id(1)).attention, ring.mock.calls.length]).toEqual([0, 0]);
  tell(1);
  tell(1);
  expect([desk.call(id(1)).attention, ring.mock.calls.length]).toEqual([1, 1]);
  tell(2);
  expect(ring).toHaveBeenCalledTimes(2);
  await desk.call(id(1)).attended();
  expect(backend.asked.at(-1)).toBe(`attended ${id(1)}`);
  tell(0);
  expect([desk.call(id(1)).attention, ring.mock.calls.length]).toEqual([0, 2]);
});

test('the safety words stay known during the call, because the customer may ask for them', async () => {
  const { desk, backend } = await start();
  const words = ['orbit', 'maple', 'velvet'];
  backend.tell({ kind: 'call', session: id(1), call: { state: 'asking', words } });
  backend.tell({ kind: 'call', session: id(1), call: { state: 'connecting' } });
  expect(desk.call(id(1)).words).toEqual(words);
});

test('figures are shown while the call is live and forgotten when it is not', async () => {
  const { desk, backend } = await start();
  const stats = { ...STATS, rtt_ms: null };
  backend.tell({ kind: 'stats', session: id(1), stats });
  expect(desk.call(id(1)).stats).toEqual(stats);
  backend.tell({ kind: 'call', session: id(1), call: { state: 'reconnecting' } });
  expect(desk.call(id(1)).stats).toBeNull();
});

test('chat messages stand in their order, each once, and count until they were seen', async () => {
  const { desk, backend } = await start();
  const { chat } = desk.call(id(1));
  for (const seq of [2, 1, 2]) backend.tell({ kind: 'chat', message: message(seq) });
  expect(chat.lines.map(({ text }) => text)).toEqual(['message 1', 'message 2']);
  expect(chat.unread).toBe(2);
  chat.markSeen();
  expect(chat.unread).toBe(0);
});

test('a message is shown while it is on its way and once when it is stored', async () => {
  const { desk, backend } = await start();
  const { chat } = desk.call(id(1));
  const sending = chat.send('hello');
  expect(chat.lines).toMatchObject([{ text: 'hello', sentAt: null, failed: false }]);
  await sending;
  expect(chat.lines).toMatchObject([{ text: 'hello', author: 'technician' }]);
  expect(chat.lines[0]?.sentAt).not.toBeNull();
  expect(backend.stored).toHaveLength(1);
});

test('a message that could not be sent says so, and is sent again under the same id', async () => {
  const { desk, backend } = await start();
  const { chat } = desk.call(id(1));
  backend.answers.sendChat = () => Promise.reject(new BackendError('relay_away', ''));
  await chat.send('hello');
  const [failed] = chat.lines;
  expect(failed?.failed).toBe(true);
  delete backend.answers.sendChat;
  await chat.resend(failed?.id ?? '');
  expect(backend.stored.map((stored) => stored.id)).toEqual([failed?.id]);
  expect(chat.lines).toHaveLength(1);
});

test('what came is delivered, and read once it was on the screen; each is told once', async () => {
  const { desk, backend } = await start();
  const said = vi.spyOn(backend, 'markChat');
  const { chat } = desk.call(id(1));
  backend.tell({ kind: 'chat', message: message(1) });
  await settle();
  expect(said.mock.calls).toEqual([[id(1), { delivered: 1, read: 0 }]]);
  backend.tell({ kind: 'chat', message: message(1) });
  backend.tell({ kind: 'chat', message: message(2, { author: 'technician' }) });
  expect(said).toHaveBeenCalledTimes(1);
  chat.markSeen();
  expect(said).toHaveBeenLastCalledWith(id(1), { delivered: 1, read: 1 });
  backend.tell({ kind: 'chat', message: message(3) });
  expect(said).toHaveBeenLastCalledWith(id(1), { delivered: 3, read: 1 });
  expect(said).toHaveBeenCalledTimes(3);
  // The relay was away, and does not know what of this has arrived.
  await desk.call(id(1)).load();
  expect(said).toHaveBeenCalledTimes(4);
  expect(said).toHaveBeenLastCalledWith(id(1), { delivered: 3, read: 1 });
});

test('a relay of before there were marks is told none', async () => {
  const { desk, backend } = await start((shell) => (shell.marks = null));
  const said = vi.spyOn(backend, 'markChat');
  const { chat } = desk.call(id(1));
  backend.tell({ kind: 'chat', message: message(1) });
  await settle();
  chat.markSeen();
  expect(said).not.toHaveBeenCalled();
});

test('an own message is sent, delivered, read, and never less', async () => {
  const { desk, backend } = await start();
  const { chat } = desk.call(id(1));
  const reach = () => chat.lines.map((line) => line.reach);
  const sending = chat.send('one');
  expect(reach()).toEqual([null]);
  await sending;
  await chat.send('two');
  backend.tell({ kind: 'chat', message: message(3) });
  expect(reach()).toEqual(['sent', 'sent', null]);
  backend.tell({ kind: 'chat_marks', session: id(1), marks: { delivered: 2, read: 1 } });
  expect(reach()).toEqual(['read', 'delivered', null]);
  backend.tell({ kind: 'chat_marks', session: id(1), marks: { delivered: 1, read: 0 } });
  expect(reach()).toEqual(['read', 'delivered', null]);
});

test('what was kept of the marks is there again after a start', async () => {
  const { desk } = await start((shell) => {
    shell.stored = [message(1, { author: 'technician' }), message(2), message(3, { author: 'technician' })];
    shell.marks = { technician: { delivered: 2, read: 2 }, customer: { delivered: 3, read: 1 } };
  });
  const call = desk.call(id(1));
  await call.load();
  expect(call.chat.lines.map((line) => line.reach)).toEqual(['read', null, 'delivered']);
  expect(call.chat.unread).toBe(0);
});

test('a warning is gone when it was dismissed', async () => {
  const { desk } = await start((shell) => (shell.first = boot({ warnings: [{ kind: 'key_in_file', path: '/key' }] })));
  const [warning] = desk.warnings;
  if (warning) desk.dismiss(warning);
  expect(desk.warnings).toEqual([]);
});

test('a codec that fails to decode is not asked for again, and the call goes on with another', async () => {
  const { desk, backend } = await start((shell) => (shell.records = [session(1)]));
  const call = desk.call(id(1));
  await call.connect();
  expect(backend.asked).toContain(`connect ${id(1)} av1,h264`);
  await call.without('av1');
  await call.without('av1');
  expect(backend.asked.filter((asked) => asked.startsWith('connect'))).toEqual([
    `connect ${id(1)} av1,h264`,
    `connect ${id(1)} h264`,
  ]);
});

test('a technician of a shop joins its relay at the first start', async () => {
  const { desk, backend } = await start((shell) => (shell.first = boot({ technician: null })));
  await desk.joinRelay('Anna', 'Berger IT', 'help.example.org', 'AAAA-BBBB.pin');
  expect(desk.phase).toBe('ready');
  expect(desk.relay.place).toBe('elsewhere');
  expect(backend.asked).toContain('joinRelay Anna Berger IT help.example.org AAAA-BBBB.pin');
});
