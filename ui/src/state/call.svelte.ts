/** One call as the page sees it: where it stands, its figures, its chat. */

import { BackendError, type Backend, type FailureCode, type Preference } from '../backend/backend';
import type { Capability } from '../protocol/generated/Capability';
import type { CallState } from '../protocol/generated/CallState';
import type { CallStats } from '../protocol/generated/CallStats';
import type { ClipboardNotice } from '../protocol/generated/ClipboardNotice';
import type { ClipboardWay } from '../protocol/generated/ClipboardWay';
import type { FilesStep } from '../protocol/generated/FilesStep';
import type { SessionId } from '../protocol/generated/SessionId';
import type { VideoCodec } from '../protocol/generated/VideoCodec';
import { Chat } from './chat.svelte';
import { Files } from './files.svelte';
import { Machine } from './machine.svelte';
import { Together } from './together.svelte';

/** States of a call that goes on, or is about to. */
const UNDER_WAY: readonly CallState['state'][] = ['proving', 'asking', 'connecting', 'live', 'reconnecting'];

/** What a call begins with. */
const NO_WISH: Preference = { quality: 'auto', frameRate: null, kbitPerS: null, scalePercent: null };

export interface ClipboardState {
  /** What the technician has stopped. */
  paused: Readonly<Record<ClipboardWay, boolean>>;
  /** What became of the last thing that was copied, until it is dismissed. */
  notice: ClipboardNotice | null;
  /** The files that the customer has copied; `null` when there are none. */
  copied: Extract<FilesStep, { step: 'copied' }> | null;
}

/** Whether a notice says where files on their way are, or what became of them. */
const isTrip = (notice: ClipboardNotice | null, ...steps: FilesStep['step'][]) =>
  notice?.notice === 'files' && steps.includes(notice.files.step);

export class Call {
  state = $state.raw<CallState | null>(null);
  /** The safety words of the last handshake: the customer may ask for them at any time during the call. */
  words = $state.raw<readonly string[]>([]);
  stats = $state.raw<CallStats | null>(null);
  /** How the technician wants the picture. */
  preference = $state.raw<Preference>(NO_WISH);
  clipboard = $state.raw<ClipboardState>({
    paused: { to_customer: false, from_customer: false },
    notice: null,
    copied: null,
  });
  /** Where clipboards go by clicks: whether the customer has copied a text. */
  offeredText = $state(false);
  /** Why the last thing asked for was not done. */
  error = $state.raw<FailureCode | 'no_decoder' | null>(null);
  readonly chat: Chat;
  readonly files: Files;
  readonly machine: Machine;
  readonly together: Together;
  /** Codecs that the webview promised and then failed to decode. */
  readonly #unusable = new Set<VideoCodec>();
  #told = false;

  constructor(
    private readonly backend: Backend,
    private readonly codecs: () => Promise<VideoCodec[]>,
    readonly session: SessionId,
  ) {
    this.chat = new Chat(backend, session);
    this.files = new Files(backend, session);
    this.machine = new Machine(backend, session);
    this.together = new Together(backend, session);
  }

  underWay = $derived(this.state !== null && UNDER_WAY.includes(this.state.state));

  /** How often the customer has asked for attention since the technician saw it. */
  attention = $derived(this.state?.state === 'live' ? this.state.attention : 0);

  /** The technician has seen it; the customer is told. */
  async attended(): Promise<void> {
    await this.#do(() => this.backend.attended(this.session));
  }

  /** Asks where it stands, for a page that came late. */
  async load(): Promise<void> {
    this.#told = false;
    try {
      const state = await this.backend.call(this.session);
      if (!this.#told && state) this.#take(state);
      else if (!this.#told) this.state = null;
      await this.chat.load();
    } catch {
      // While the relay is away; it is asked again when it is back.
    }
  }

  /** An event told where it stands. */
  tell(state: CallState): void {
    this.#told = true;
    this.#take(state);
  }

  /** Asks the customer. */
  async connect(): Promise<void> {
    await this.#do(async () => {
      const codecs = await this.#usable();
      if (codecs.length === 0) this.error = 'no_decoder';
      else await this.backend.connect(this.session, codecs);
    });
  }

  /** The decoder of this codec fails here: the call goes on with another, if there is one. Nobody is asked again. */
  async without(codec: VideoCodec): Promise<void> {
    if (this.#unusable.has(codec)) return;
    this.#unusable.add(codec);
    const codecs = await this.#usable();
    if (codecs.length > 0) await this.#do(() => this.backend.connect(this.session, codecs));
  }

  async #usable(): Promise<VideoCodec[]> {
    return (await this.codecs()).filter((codec) => !this.#unusable.has(codec));
  }

  /** Asks the customer for more than is granted. */
  async want(capabilities: Capability[]): Promise<void> {
    await this.#do(() => this.backend.want(this.session, capabilities));
  }

  /** Leaves, to come back under the same grant. */
  async leave(): Promise<void> {
    await this.#do(() => this.backend.leave(this.session));
  }

  async end(): Promise<void> {
    await this.#do(() => this.backend.endSession(this.session));
  }

  /** Looks at these monitors and no others, each as a picture of its own. */
  async show(monitors: readonly number[], focus: number): Promise<void> {
    await this.#do(() => this.backend.showMonitors(this.session, monitors, focus));
  }

  /** Wants the picture otherwise from now on, and after every reconnect. */
  async prefer(change: Partial<Preference>): Promise<void> {
    this.preference = { ...this.preference, ...change };
    await this.#do(() => this.backend.prefer(this.session, this.preference));
  }

  async paste(): Promise<void> {
    this.dismissClipboard();
    await this.#do(() => this.backend.paste(this.session));
  }

  /** What the customer has copied goes into this computer's clipboard. */
  async takeText(): Promise<void> {
    this.dismissClipboard();
    await this.#do(() => this.backend.takeText(this.session));
  }

  async pauseClipboard(way: ClipboardWay, paused: boolean): Promise<void> {
    await this.#do(async () => {
      await this.backend.pauseClipboard(this.session, way, paused);
      this.clipboard = { ...this.clipboard, notice: null, paused: { ...this.clipboard.paused, [way]: paused } };
    });
  }

  tellClipboard(notice: ClipboardNotice): void {
    let copied = this.clipboard.copied;
    if (notice.notice === 'files' && notice.way === 'from_customer') {
      if (notice.files.step === 'copied') copied = notice.files;
      if (notice.files.step === 'gone') copied = null;
    }
    // Files on their way are watched until they are there; what is copied meanwhile is no news beside them.
    const watched = isTrip(this.clipboard.notice, 'moving');
    const news = isTrip(notice, 'moving', 'ready', 'cancelled', 'failed', 'not_allowed');
    this.clipboard = { ...this.clipboard, copied, notice: watched && !news ? this.clipboard.notice : notice };
  }

  /** The files that the customer has copied come into the technician's clipboard. */
  async fetchCopied(): Promise<void> {
    await this.#do(() => this.backend.fetchCopied(this.session));
  }

  dismissClipboard(): void {
    this.clipboard = { ...this.clipboard, notice: null };
  }

  #take(state: CallState): void {
    const begins = state.state === 'live' && this.state?.state !== 'live';
    this.state = state;
    // Another connection knows nothing of what the last one was told.
    if (begins && this.preference !== NO_WISH) void this.prefer({});
    if (state.state !== 'live') {
      this.stats = null;
      this.together.clear();
    }
    if ('words' in state) this.words = state.words;
  }

  async #do(what: () => Promise<void>): Promise<void> {
    this.error = null;
    try {
      await what();
    } catch (error) {
      this.error = error instanceof BackendError ? error.code : 'internal';
    }
  }
}
