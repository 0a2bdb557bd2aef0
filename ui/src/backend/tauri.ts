/** The desktop shell: the commands of `src-tauri/src/ipc.rs`. The only file that knows Tauri. */

import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { InvokeArgs } from '@tauri-apps/api/core';
import { uuidBytes } from '../protocol/uuid';
import type { ConsoleEvent } from '../protocol/generated/ConsoleEvent';
import type { IpcError } from '../protocol/generated/IpcError';
import { BackendError, type Ability, type Backend, type InputChannel } from './backend';
import type { FilesBackend } from './files';
import type { FirmBackend } from './firm';
import type { RelaysBackend } from './relays';
import type { ShellBackend } from './shell';

/** Whether the page runs in the desktop shell. */
export const inDesktopShell = isTauri;

async function call<T>(command: string, args?: InvokeArgs): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (error) {
    throw asBackendError(error);
  }
}

function asBackendError(error: unknown): BackendError {
  if (typeof error === 'object' && error !== null && 'code' in error && 'detail' in error) {
    const { code, detail, file } = error as IpcError;
    return new BackendError(code, detail, file);
  }
  return new BackendError('internal', String(error));
}

/** Session id, channel, then the message: the raw body of `input`. */
function inputBody(session: string, channel: InputChannel, message: Uint8Array): Uint8Array {
  const body = new Uint8Array(17 + message.length);
  body.set(uuidBytes(session));
  body[16] = channel === 'input' ? 0 : 1;
  body.set(message, 17);
  return body;
}

const files: FilesBackend = {
  places: (session, side) => call('file_places', { session, side }),
  list: (session, side, at) => call('file_list', { session, side, at }),
  search: (session, side, at, text) => call('file_search', { session, side, at, text }),
  searchStop: (session, side) => call('file_search_stop', { session, side }),
  makeFolder: (session, side, at) => call('file_make_folder', { session, side, at }),
  rename: (session, side, at, name) => call('file_rename', { session, side, at, name }),
  trash: (session, side, at) => call('file_trash', { session, side, at }),
  carry: (session, from, what, into) => call('file_carry', { session, from, what, into }),
  sendPicked: () => Promise.reject(new BackendError('internal', 'the window takes what is dropped on it')),
  sendDropped: (session, into) => call('file_send_dropped', { session, into }),
  dragOut: (session, side, what) => call('drag_out', { session, side, what }),
  stopDrag: () => call('stop_drag'),
  job: (session, job, order) => call('file_job', { session, job, order }),
  choose: (session, item, choice, scope) => call('file_choose', { session, chosen: { item, choice, scope } }),
};

const relays: RelaysBackend = {
  all: () => call('relays'),
  add: (address, token) => call('add_relay', { address, token }),
  change: (id) => call('switch_relay', { id }),
  remove: (id) => call('remove_relay', { id }),
};

const firm: FirmBackend = {
  company: () => call('company'),
  certify: (technician) => call('certify', { technician }),
  revokeCertificates: (technician) => call('revoke_certificates', { technician }),
  replaceCompanyKey: () => call('replace_company_key'),
  trustCompany: (key) => call('trust_company', { key }),
  inviteTechnician: () => call('invite_technician'),
  browserCode: () => call('browser_code'),
  rename: (name, company) => call('rename', { name, company }),
  fingerprint: () => call('fingerprint'),
  exportIdentity: (passphrase) => call('export_identity', { passphrase }),
  importIdentity: (file, passphrase) => call('import_identity', { file, passphrase }),
  relaySettings: () => call('relay_settings'),
  chooseSettings: (settings) => call('choose_settings', { settings }),
  news: () => call('news'),
  newsSeen: (version) => call('news_seen', { version }),
  chooseNotices: (requests, waiting, isWaiting, calls) =>
    call('choose_notices', { requests, waiting, isWaiting, calls }),
};

const shell: ShellBackend = {
  takeOpened: () => call('take_opened'),
  setTray: (view) => call('set_tray', { view }),
  startup: () => call('startup_chosen'),
  chooseStartup: (choice, on) => call('choose_startup', { choice, on }),
};

/** The upload's id, where the part begins, the part: the raw body of `upload_part`. */
function partBody(upload: string, at: number, part: Uint8Array): Uint8Array {
  const body = new Uint8Array(24 + part.length);
  body.set(uuidBytes(upload));
  new DataView(body.buffer).setBigUint64(16, BigInt(at));
  body.set(part, 24);
  return body;
}

const CAN: readonly Ability[] = [
  'company_key',
  'identity_file',
  'packages',
  'folders',
  'local_files',
  'clipboard_joined',
  'copied_files',
  'notices',
  'self_test',
];

export const tauri: Backend = {
  files,
  firm,
  relays,
  shell,
  can: new Set(CAN),
  accounts: null,
  boot: () => call('boot'),
  subscribe: (listener) => call('subscribe', { channel: new Channel<ConsoleEvent>(listener) }),

  setUp: (name, company) => call('set_up', { name, company }),
  joinRelay: (name, company, address, token) => call('join_relay', { name, company, address, token }),
  openLan: () => call('open_lan'),
  closeLan: () => call('close_lan'),
  selfTest: () => call('self_test'),
  linkOpened: (link) => call('link_opened', { link }),

  createSession: (customer, machine, preset, lifeMs) =>
    call('create_session', { customer, machine, preset, lifeMs: lifeMs ?? null }),
  invitation: (session) => call('invitation', { session }),
  sessionByCode: (typed) => call('session_by_code', { typed }),
  renewCode: (session) => call('renew_code', { session }),
  savePackage: (session, wrapping) =>
    call('save_package', {
      session,
      platform: wrapping?.platform ?? null,
      message: wrapping?.message ?? null,
      language: wrapping?.language ?? null,
    }),
  saveProgram: (session, platform) => call('save_program', { session, platform }),
  openMail: (draft) => call('open_mail', { draft }),
  templates: () => call('templates'),
  templatesSeen: () => call('templates_seen'),
  beginUpload: (size) => call('begin_upload', { size }),
  uploadPart: (upload, at, part) => call('upload_part', partBody(upload, at, part)),
  finishUpload: (id) => call('finish_upload', { id }),
  useTemplate: (id) => call('use_template', { id }),
  requests: () => call('requests'),
  takeRequest: (id) => call('take_request', { id }),
  putRequestAside: (id) => call('put_request_aside', { id }),
  brand: () => call('brand'),
  setBrand: (brand) => call('set_brand', { brand }),
  showInFolder: (path) => call('show_in_folder', { path }),

  sessions: (limit, before) => call('sessions', { limit, before: before ?? null }),

  searchSessions: (query) => call('search_sessions', { query }),
  editSession: (session, edit) => call('edit_session', { session, edit }),
  deleteSession: (session) => call('delete_session', { session }),
  sessionEvents: (session) => call('session_events', { session }),
  exportSessions: (filter, format, headings) => call('export_sessions', { filter, format, headings }),
  facets: () => call('facets'),
  devices: (limit, after) => call('devices', { limit, after: after ?? null }),
  editDevices: (devices, edit) => call('edit_devices', { devices, edit }),
  removeDevices: (devices) => call('remove_devices', { devices }),
  timeline: (device, before) => call('timeline', { device, before: before ?? null }),
  statistics: (query) => call('statistics', { query }),
  searchAudit: (query) => call('search_audit', { query }),
  exportAudit: (filter, headings) => call('export_audit', { filter, headings }),

  messages: (session) => call('messages', { session }),
  sendChat: (session, id, text) => call('send_chat', { session, id, text }),
  markChat: (session, marks) => call('mark_chat', { session, marks }),

  connect: (session, codecs) => call('connect', { session, codecs }),
  want: (session, capabilities) => call('want', { session, capabilities }),
  leave: (session) => call('leave', { session }),
  call: (session) => call('call', { session }),
  showMonitors: (session, monitors, focus) => call('show_monitors', { session, monitors, focus }),
  needKeyFrame: (session, monitor) => call('need_key_frame', { session, monitor }),
  prefer: (session, preference) => call('prefer', { session, ...preference }),
  endSession: (session) => call('end_session', { session }),

  showSession: (session) => call('show_session', { session }),
  pauseClipboard: (session, way, paused) => call('pause_clipboard', { session, way, paused }),
  paste: (session) => call('paste', { session }),
  takeText: () => Promise.reject(new BackendError('internal', 'the clipboards are joined')),
  fetchCopied: (session) => call('fetch_copied', { session }),

  colleagues: () => call('colleagues'),
  inviteColleague: (session, technician) => call('invite_colleague', { session, technician }),
  joinCall: (session, code) => call('join_call', { session, code }),
  room: (session, order) => call('room', { session, order }),
  attended: (session) => call('attended', { session }),

  doDeed: (session, deed) => call('do_deed', { session, deed }),
  listPrograms: (session) => call('list_programs', { session }),
  systemFacts: (session) => call('system_facts', { session }),

  setFullScreen: async (on) => {
    const { getCurrentWindow } = await import('@tauri-apps/api/window');
    await getCurrentWindow().setFullscreen(on);
  },

  canGrabKeyboard: () => call('can_grab_keyboard'),
  grabKeyboard: () => call('grab_keyboard'),
  releaseKeyboard: () => call('release_keyboard'),
  clipboardText: async () =>
    (await call<string | null>('clipboard_text')) ?? (await navigator.clipboard.readText().catch(() => null)),

  watch: (session, listener) => {
    // Raw answers come as an ArrayBuffer; small ones as an array of numbers where the webview has no faster way.
    const channel = new Channel<ArrayBuffer | number[]>((message) => listener(new Uint8Array(message)));
    return call('watch', { session, channel });
  },
  unwatch: (session) => call('unwatch', { session }),
  drawn: (session, monitor, seq) => call('drawn', { session, monitor, seq }),
  input: (session, channel, message) => call('input', inputBody(session, channel, message)),
};
