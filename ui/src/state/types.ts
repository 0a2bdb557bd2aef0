/** The records that screens are given. */

export type { Capability } from '../protocol/generated/Capability';
export type { Preset } from '../protocol/generated/Preset';
export type { PresetView } from '../protocol/generated/PresetView';
export type { CallState } from '../protocol/generated/CallState';
export type { CallStats } from '../protocol/generated/CallStats';
export type { ClipboardNotice } from '../protocol/generated/ClipboardNotice';
export type { ClipboardWay } from '../protocol/generated/ClipboardWay';
export type { DeviceRecord } from '../protocol/generated/DeviceRecord';
export type { InvitationView } from '../protocol/generated/InvitationView';
export type { Monitor } from '../protocol/generated/Monitor';
export type { SavedPackage } from '../protocol/generated/SavedPackage';
export type { ReachView } from '../protocol/generated/ReachView';
export type { SelfTestView } from '../protocol/generated/SelfTestView';
export type { SessionRecord } from '../protocol/generated/SessionRecord';
export type { Warning } from '../protocol/generated/Warning';
export type { Quality } from '../protocol/generated/Quality';
export type { ProjectionFigures } from '../transport/figures';
export type { Trouble } from '../protocol/generated/Trouble';
export { ALL_MONITORS, SHOWN } from '../protocol/limit';
export type { AskingView } from '../protocol/generated/AskingView';
export type { Choice } from '../protocol/generated/Choice';
export type { EntryKind } from '../protocol/generated/EntryKind';
export type { For } from '../protocol/generated/For';
export type { JobView } from '../protocol/generated/JobView';
export type { PlaceView } from '../protocol/generated/PlaceView';
export type { Side } from '../protocol/generated/Side';
