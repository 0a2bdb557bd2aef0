/**
 * What the shell around the page can do. The page knows no other way to the world: the desktop shell
 * (`tauri.ts`) is one implementation, tests bring their own.
 *
 * Every method that can fail rejects with a {@link BackendError}, whose code chooses the sentence on screen.
 */

import type { Boot } from '../protocol/generated/Boot';
import type { Capability } from '../protocol/generated/Capability';
import type { Preset } from '../protocol/generated/Preset';
import type { CallState } from '../protocol/generated/CallState';
import type { ChatView } from '../protocol/generated/ChatView';
import type { ClipboardWay } from '../protocol/generated/ClipboardWay';
import type { Fellow } from '../protocol/generated/Fellow';
import type { ConsoleEvent } from '../protocol/generated/ConsoleEvent';
import type { Deed } from '../protocol/generated/Deed';
import type { InvitationView } from '../protocol/generated/InvitationView';
import type { FilesError } from '../protocol/generated/FilesError';
import type { AccountFailure, AccountsBackend } from './accounts';
import type { FilesBackend } from './files';
import type { FirmBackend } from './firm';
import type { IpcErrorCode } from '../protocol/generated/IpcErrorCode';
import type { Marks } from '../protocol/generated/Marks';
import type { MessageId } from '../protocol/generated/MessageId';
import type { Quality } from '../protocol/generated/Quality';
import type { ReachView } from '../protocol/generated/ReachView';
import type { RelayStatus } from '../protocol/generated/RelayStatus';
import type { RoomOrder } from '../protocol/generated/RoomOrder';
import type { SelfTestView } from '../protocol/generated/SelfTestView';
import type { SessionId } from '../protocol/generated/SessionId';
import type { SessionRecord } from '../protocol/generated/SessionRecord';
import type { TechnicianId } from '../protocol/generated/TechnicianId';
import type { VideoCodec } from '../protocol/generated/VideoCodec';
import type { PackageBackend } from './packages';
import type { Records } from './records';
import type { RelaysBackend } from './relays';
import type { ShellBackend } from './shell';

/** Why something was not done, as a screen has a sentence for it. */
export type FailureCode = IpcErrorCode | AccountFailure;

/**
 * What not every shell can do. The list is closed: what a shell does not name here it has no way to, and the screens show
 * nothing of it.
 */
export const ABILITIES = [
  /** Keeps the company's key: certifies colleagues. */
  'company_key',
  /** Carries the technician's key to another computer and takes one up. */
  'identity_file',
  /** Writes packages and programs for customers. */
  'packages',
  /** Shows a file that it has written in its folder. */
  'folders',
  /** Looks into the folders of this computer and has other programs take files by dragging. */
  'local_files',
  /** Takes files for the customer, and hands on his, one by one or a few at once. */
  'picked_files',
  /** Joins the two clipboards by itself. */
  'clipboard_joined',
  /** Carries text from one to the other, each way by a click. */
  'clipboard_clicked',
  /** Files that were copied go with the clipboard. */
  'copied_files',
  /** Tells of what happens behind other windows. */
  'notices',
  /** Tries the ways to the relay. */
  'self_test',
] as const;
export type Ability = (typeof ABILITIES)[number];

/** What happens without being asked. */
export type BackendEvent =
  | ConsoleEvent
  | { kind: 'signed_out' }
  | { kind: 'replaced' }
  /** Where clipboards go by clicks: whether the customer has copied a text that can be taken. */
  | { kind: 'offered_text'; session: SessionId; offered: boolean };

/** Why the shell could not do something. `detail` is for a developer, never for the screen. */
export class BackendError extends Error {
  constructor(
    readonly code: FailureCode,
    detail: string,
    /** With `file`: why something was not done with a file. */
    readonly file: FilesError | null = null,
    /** With `locked`: for how long, in milliseconds. */
    readonly wait: number | null = null,
  ) {
    super(detail);
    this.name = 'BackendError';
  }
}

/** How the picture should be. `null`: no limit of the technician's. */
export interface Preference {
  quality: Quality;
  /** Pictures per second. */
  frameRate: number | null;
  kbitPerS: number | null;
  /** Of the edges of the picture that is coded. */
  scalePercent: number | null;
}

/** The data channel an input message goes by. */
export type InputChannel = 'input' | 'pointer';

export interface Backend extends Records, PackageBackend {
  readonly files: FilesBackend;
  readonly firm: FirmBackend;
  /** `null` where the page belongs to the relay that it comes from. */
  readonly relays: RelaysBackend | null;
  readonly shell: ShellBackend;
  /** What of {@link ABILITIES} this shell can do. */
  readonly can: ReadonlySet<Ability>;
  /** Where people sign in with a name and a password; `null` where the key on the computer is the sign-in. */
  readonly accounts: AccountsBackend | null;
  boot(): Promise<Boot>;
  /** Every event from now on. */
  subscribe(listener: (event: BackendEvent) => void): Promise<void>;

  setUp(name: string, company: string): Promise<Boot>;
  /** The first start with a relay that runs elsewhere. */
  joinRelay(name: string, company: string, address: string, token: string): Promise<Boot>;
  openLan(): Promise<RelayStatus>;
  closeLan(): Promise<RelayStatus>;
  /** Tries the ways to the relay; takes some seconds. */
  selfTest(): Promise<SelfTestView>;
  /** Whether somebody has opened the link of a self-test. */
  linkOpened(link: string): Promise<ReachView>;

  /** The preset is what `connect` will ask the customer for; `lifeMs`, how long the link may be used first. */
  createSession(customer: string, machine: string | null, preset: Preset, lifeMs?: number): Promise<InvitationView>;
  /** `null` when this console does not know the secret half (any more). */
  invitation(session: SessionId): Promise<InvitationView | null>;
  /** Whose code or link this is, also after it was used; `null` when none such was made here. */
  sessionByCode(typed: string): Promise<SessionId | null>;
  renewCode(session: SessionId): Promise<InvitationView>;
  showInFolder(path: string): Promise<void>;

  /** Newest first; with `before`, only those older than that session. */
  sessions(limit: number, before?: SessionId): Promise<SessionRecord[]>;

  messages(session: SessionId): Promise<ChatView>;
  sendChat(session: SessionId, id: MessageId, text: string): Promise<void>;
  /** What has come to this page, and was on the screen. Only where {@link messages} gave marks. */
  markChat(session: SessionId, marks: Marks): Promise<void>;

  /** Begins to ask the customer; the progress comes as events. */
  connect(session: SessionId, codecs: VideoCodec[]): Promise<void>;
  /** Asks for more during the call; the answer comes as an event. */
  want(session: SessionId, capabilities: Capability[]): Promise<void>;
  /** Leaves, to come back under the same grant. */
  leave(session: SessionId): Promise<void>;
  call(session: SessionId): Promise<CallState | null>;
  /** Shows these and no others, each as a picture of its own, that of `focus` first where not all can have their need. */
  showMonitors(session: SessionId, monitors: readonly number[], focus: number): Promise<void>;
  needKeyFrame(session: SessionId, monitor: number): Promise<void>;
  /** A whole statement, not a change. */
  prefer(session: SessionId, preference: Preference): Promise<void>;
  endSession(session: SessionId): Promise<void>;

  /** This session is on the screen now: its customer's clipboard is joined with the technician's. */
  showSession(session: SessionId | null): Promise<void>;
  pauseClipboard(session: SessionId, way: ClipboardWay, paused: boolean): Promise<void>;
  /** The customer's clipboard gets what the technician's holds, and then his machine the paste key. */
  paste(session: SessionId): Promise<void>;
  /** The text that the customer has copied goes into this computer's clipboard. */
  takeText(session: SessionId): Promise<void>;
  /** The files that the customer has copied come into this computer's clipboard; how far they are comes as events. */
  fetchCopied(session: SessionId): Promise<void>;

  /** The other technicians of the relay. */
  colleagues(): Promise<Fellow[]>;
  /** Invites one to a call that is live; gives the code that he is to be told. How far it is comes as events. */
  inviteColleague(session: SessionId, technician: TechnicianId): Promise<string>;
  /** Takes part in the call of a colleague who has invited; then `connect`. */
  joinCall(session: SessionId, code: string): Promise<void>;
  /** Something among the technicians of a call; what comes of it is told as events. */
  room(session: SessionId, order: RoomOrder): Promise<void>;
  /** The technician has seen that the customer asks for him. */
  attended(session: SessionId): Promise<void>;

  /** Asks the customer to confirm this, and has it done then; what became of it comes as events. */
  doDeed(session: SessionId, deed: Deed): Promise<void>;
  /** Asks which programs run there; the answer comes as an event. */
  listPrograms(session: SessionId): Promise<void>;
  /** Asks what computer it is; the answer comes as an event. */
  systemFacts(session: SessionId): Promise<void>;

  /** The whole window, so that Escape stays a key like any other. */
  setFullScreen(on: boolean): Promise<void>;

  /** Whether the shell can take the keyboard from the system. */
  canGrabKeyboard(): Promise<boolean>;
  /** Every key goes to this window, those of the system too, until it is released or the window loses the focus. */
  grabKeyboard(): Promise<void>;
  releaseKeyboard(): Promise<void>;
  /** The text on this computer's clipboard; `null` without one, or where the shell cannot say. */
  clipboardText(): Promise<string | null>;

  /** Frames, exact cells and cursor of a call as raw messages (`protocol/watch.ts`), until `unwatch`. */
  watch(session: SessionId, listener: (message: Uint8Array) => void): Promise<void>;
  unwatch(session: SessionId): Promise<void>;
  /** Every picture of the monitor up to this one is decoded or given up. */
  drawn(session: SessionId, monitor: number, seq: number): Promise<void>;
  /** One encoded input message. The order of two calls is kept only if the first has been awaited. */
  input(session: SessionId, channel: InputChannel, message: Uint8Array): Promise<void>;
}
