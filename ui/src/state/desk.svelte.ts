/** Everything the console shows, fed by the shell's answers and events. */

import { SvelteMap } from 'svelte/reactivity';
import { BackendError, type Ability, type Backend, type BackendEvent, type FailureCode } from '../backend/backend';
import type { Boot } from '../protocol/generated/Boot';
import type { CallState } from '../protocol/generated/CallState';
import type { Wrapping } from '../backend/packages';
import type { InvitationView } from '../protocol/generated/InvitationView';
import type { Imported } from '../protocol/generated/Imported';
import type { Preset } from '../protocol/generated/Preset';
import type { PresetView } from '../protocol/generated/PresetView';
import type { RelayStatus } from '../protocol/generated/RelayStatus';
import type { SavedPackage } from '../protocol/generated/SavedPackage';
import type { SavedTable } from '../protocol/generated/SavedTable';
import type { SessionId } from '../protocol/generated/SessionId';
import type { SessionRecord } from '../protocol/generated/SessionRecord';
import type { BrowserCode } from '../protocol/generated/BrowserCode';
import type { TechnicianInvited } from '../protocol/generated/TechnicianInvited';
import type { TechnicianRecord } from '../protocol/generated/TechnicianRecord';
import type { VideoCodec } from '../protocol/generated/VideoCodec';
import type { Warning } from '../protocol/generated/Warning';
import { Accounts } from './accounts.svelte';
import { Call } from './call.svelte';
import { Chosen } from './chosen.svelte';
import { Company } from './company.svelte';
import { Devices } from './devices.svelte';
import { Floating } from './floating.svelte';
import { InvitingState } from './inviting.svelte';
import { Memory } from './memory';
import { notices } from './notices.svelte';
import { Packages } from './packages.svelte';
import { Records } from './records.svelte';
import { Relays } from './relays.svelte';
import { SelfTest } from './selftest.svelte';
import { Sessions, isInvitation } from './sessions.svelte';
import { Shell } from './shell.svelte';
import { SystemKeys } from '../transport/systemKeys';
import { NO_RELAY } from './relay';
import { sound } from './sound.svelte';
import { openLine } from './tray';
import { t } from './text';
import type { Viewer } from './viewer.svelte';

/** The code of whatever was thrown. */
export function errorCode(error: unknown): FailureCode {
  return error instanceof BackendError ? error.code : 'internal';
}

export class Desk {
  phase = $state<'starting' | 'first_start' | 'signed_out' | 'ready' | 'failed'>('starting');
  /** Another console of this technician has taken the place of this one. */
  replaced = $state(false);
  technician = $state.raw<TechnicianRecord | null>(null);
  relay = $state.raw<RelayStatus>(NO_RELAY);
  warnings = $state.raw<readonly Warning[]>([]);
  /** What each preset asks for. */
  presets = $state.raw<readonly PresetView[]>([]);
  version = $state('');
  /** The live screen being looked at, if there is one. */
  viewer = $state.raw<Viewer | null>(null);
  readonly sessions: Sessions;
  readonly systemKeys: SystemKeys;
  readonly devices: Devices;
  readonly packages: Packages;
  readonly company: Company;
  readonly chosen: Chosen;
  readonly records: Records;
  /** `null` where the page belongs to the relay that it comes from. */
  readonly relays: Relays | null;
  readonly shell: Shell;
  /** Signing in and what belongs to it; `null` where the key on the computer is the sign-in. */
  readonly accounts: Accounts | null;
  readonly inviting = new InvitingState();
  readonly floating = new Floating();
  /** The small live picture above another screen, if there is one. */
  glanced = $state.raw<Viewer | null>(null);
  /** How often an event told of the relay: an answer that was on its way meanwhile is older. */
  #relayTold = 0;
  readonly #calls = new SvelteMap<SessionId, Call>();

  constructor(
    private readonly backend: Backend,
    private readonly codecs: () => Promise<VideoCodec[]>,
  ) {
    this.sessions = new Sessions(backend);
    this.systemKeys = new SystemKeys(backend);
    this.devices = new Devices(backend);
    this.packages = new Packages(backend);
    this.company = new Company(backend.firm);
    this.chosen = new Chosen(backend.firm);
    this.records = new Records(backend);
    this.relays = backend.relays && new Relays(backend.relays);
    this.shell = new Shell(backend.shell);
    this.accounts = backend.accounts && new Accounts(backend.accounts, (boot) => this.#boot(boot));
  }

  /** Whether the shell can do this; what it cannot is not on the screen. */
  can(ability: Ability): boolean {
    return this.backend.can.has(ability);
  }

  /** What this technician has chosen for this console. */
  memory = $derived(new Memory(this.technician?.id ?? ''));
  /** Whether customers on other computers can call. */
  open = $derived(this.relay.public_addresses.length > 0);

  async start(): Promise<void> {
    try {
      await this.backend.subscribe((event) => this.#handle(event));
      await this.#boot(this.backend.boot());
      await this.shell.look();
    } catch {
      this.phase = 'failed';
    }
  }

  async setUp(name: string, company: string): Promise<void> {
    await this.#boot(this.backend.setUp(name, company));
  }

  async joinRelay(name: string, company: string, address: string, token: string): Promise<void> {
    await this.#boot(this.backend.joinRelay(name, company, address, token));
  }

  async setOpen(open: boolean): Promise<void> {
    this.relay = open ? await this.backend.openLan() : await this.backend.closeLan();
  }

  /** Tries the ways to the relay; whoever asks for it closes it. */
  selfTest(): SelfTest {
    return new SelfTest(this.backend);
  }

  dismiss(warning: Warning): void {
    this.warnings = this.warnings.filter((other) => other !== warning);
  }

  async createSession(
    customer: string,
    machine: string | null,
    preset: Preset,
    lifeMs?: number,
  ): Promise<InvitationView> {
    const invitation = await this.backend.createSession(customer, machine, preset, lifeMs);
    this.sessions.tell(invitation.session);
    return invitation;
  }

  invitation(session: SessionId): Promise<InvitationView | null> {
    return this.backend.invitation(session);
  }

  sessionByCode(typed: string): Promise<SessionId | null> {
    return this.backend.sessionByCode(typed);
  }

  renewCode(session: SessionId): Promise<InvitationView> {
    return this.backend.renewCode(session);
  }

  savePackage(session: SessionId, wrapping?: Wrapping): Promise<SavedPackage> {
    return this.backend.savePackage(session, wrapping);
  }

  /** Makes a session for somebody who asked for help. */
  async takeRequest(request: string): Promise<InvitationView> {
    const invitation = await this.packages.take(request);
    this.sessions.tell(invitation.session);
    return invitation;
  }

  showInFolder(path: string): Promise<void> {
    return this.backend.showInFolder(path);
  }

  endSession(session: SessionId): Promise<void> {
    return this.backend.endSession(session);
  }

  clipboardText(): Promise<string | null> {
    return this.backend.clipboardText();
  }

  setFullScreen(on: boolean): Promise<void> {
    return this.backend.setFullScreen(on);
  }

  async rename(name: string, company: string): Promise<void> {
    this.technician = await this.backend.firm.rename(name, company);
  }

  fingerprint(): Promise<string> {
    return this.backend.firm.fingerprint();
  }

  exportIdentity(passphrase: string): Promise<SavedTable> {
    return this.backend.firm.exportIdentity(passphrase);
  }

  importIdentity(file: string, passphrase: string): Promise<Imported> {
    return this.backend.firm.importIdentity(file, passphrase);
  }

  inviteTechnician(): Promise<TechnicianInvited> {
    return this.backend.firm.inviteTechnician();
  }

  browserCode(): Promise<BrowserCode> {
    return this.backend.firm.browserCode();
  }

  /** The shell learns what the desktop is to tell of. */
  async tellNotices(): Promise<void> {
    const { requests, waiting } = notices;
    await this.backend.firm
      .chooseNotices(requests, waiting, t.chosen.isWaiting, t.attention.calls)
      .catch(() => undefined);
  }

  /** This session is on the screen now, or none. */
  show(session: SessionId | null): void {
    // A shell that has gone needs not be told.
    void this.backend.showSession(session).catch(() => undefined);
  }

  /** The calls that are being made or go on. */
  get underWay(): Call[] {
    return [...this.#calls.values()].filter(({ underWay }) => underWay);
  }

  /** The call of a session as far as the page has heard of one. */
  knownCall(session: SessionId): Call | undefined {
    return this.#calls.get(session);
  }

  /** The call of a session, from now on. Not for use while drawing: it may begin one. */
  call(session: SessionId): Call {
    const known = this.#calls.get(session);
    if (known) return known;
    const call = new Call(this.backend, this.codecs, session);
    this.#calls.set(session, call);
    return call;
  }

  /**
   * Looks at the screen of a session until the viewer is closed. What looks is brought along: all that decodes and
   * draws comes with the screen that needs it.
   */
  view(session: SessionId, Kind: typeof Viewer): Viewer {
    const viewer = new Kind(this.backend, session, () => {
      if (this.viewer === viewer) this.viewer = null;
    });
    this.viewer = viewer;
    return viewer;
  }

  /** Likewise above another screen, for looking only. */
  glance(session: SessionId, Kind: typeof Viewer): Viewer {
    const viewer = new Kind(this.backend, session, () => {
      if (this.glanced === viewer) this.glanced = null;
    });
    this.glanced = viewer;
    return viewer;
  }

  async #boot(answer: Promise<Boot>): Promise<void> {
    const told = this.#relayTold;
    const boot = await answer;
    this.technician = boot.technician;
    if (told === this.#relayTold) this.relay = boot.relay;
    this.warnings = boot.warnings;
    this.presets = boot.presets;
    this.version = boot.version;
    this.phase = boot.technician ? 'ready' : this.accounts ? 'signed_out' : 'first_start';
    if (boot.technician) this.#load();
  }

  /** Fetches what events have not told. While the relay is away this fails; it is done again when it is back. */
  #load(): void {
    void this.sessions.load().then(
      () => this.#findCalls(),
      () => undefined,
    );
    void this.devices.load().catch(() => undefined);
    void this.packages.load().catch(() => undefined);
    void this.chosen.load().catch(() => undefined);
    void this.tellNotices();
    void this.records.loadFacets().catch(() => undefined);
    for (const call of this.#calls.values()) void call.load();
  }

  /** A customer who was not there has come. */
  #ring({ id, status, helper_online }: SessionRecord): void {
    if (status === 'waiting' && helper_online && this.sessions.get(id)?.helper_online === false) sound.ringWaiting();
  }

  /** Whoever asks for attention is heard each time. */
  #tellCall(call: Call, state: CallState): void {
    const before = call.attention;
    call.tell(state);
    if (call.attention > before) sound.ringWaiting();
  }

  /** A page that was loaded anew finds the technician's calls that go on; who waits may have written meanwhile. */
  #findCalls(): void {
    for (const { id, status, technician } of this.sessions.open) {
      if (status !== 'open' && technician === this.technician?.id && !this.#calls.has(id)) void this.call(id).load();
    }
  }

  #invites(session: SessionRecord): boolean {
    return isInvitation(session) && session.technician === this.technician?.id;
  }

  #handle(event: BackendEvent): void {
    switch (event.kind) {
      case 'relay': {
        this.relay = event.status;
        this.#relayTold += 1;
        // The relay is back, or events were missed: the shell tells both in this way.
        if (event.status.connected && this.phase === 'ready') this.#load();
        break;
      }
      case 'session':
        // A customer has come, or a colleague invites.
        this.#ring(event.session);
        if (this.#invites(event.session) && !this.sessions.get(event.session.id)) sound.ring();
        this.sessions.tell(event.session);
        this.records.tell(event.session);
        break;
      case 'session_removed':
        this.sessions.gone(event.session);
        this.records.gone(event.session);
        break;
      case 'device':
        this.devices.tell(event.device);
        break;
      case 'device_removed':
        this.devices.gone(event.device);
        break;
      case 'templates':
        void this.packages.loadTemplates().catch(() => undefined);
        break;
      case 'company':
        this.company.tell(event.company);
        break;
      case 'settings':
        void this.chosen.load().catch(() => undefined);
        break;
      case 'request':
        this.packages.tell(event.request);
        break;
      case 'chat':
        this.call(event.message.session).chat.tell(event.message);
        break;
      case 'chat_marks':
        this.call(event.session).chat.tellMarks(event.marks);
        break;
      case 'call':
        this.#tellCall(this.call(event.session), event.call);
        break;
      case 'files':
        this.call(event.session).files.tell(event.queue);
        break;
      case 'dropped':
        for (const call of this.#calls.values()) call.files.tellDropped(event.at, event.count);
        break;
      case 'signed_out':
        return location.reload();
      case 'offered_text':
        this.call(event.session).offeredText = event.offered;
        break;
      case 'replaced':
        this.replaced = true;
        break;
      case 'opened':
        void this.shell.look();
        break;
      case 'tray':
        openLine(event.line);
        break;
      case 'drag':
        this.call(event.session).files.tellDrag(event.news);
        break;
      case 'stats':
        this.call(event.session).stats = event.stats;
        break;
      case 'machine':
        this.call(event.session).machine.tell(event.news);
        break;
      case 'room':
        this.call(event.session).together.tell(event.news);
        break;
      case 'clipboard':
        this.call(event.session).tellClipboard(event.notice);
        break;
    }
  }
}
