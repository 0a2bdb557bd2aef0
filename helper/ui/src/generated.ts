// Written by the test of `helper/src/view.rs`; with UPDATE_TYPES=1 it writes this file anew.

export type Capability = "view" | "control" | "point" | "clipboard-in" | "clipboard-out" | "files-in" | "files-out" | "lock" | "sign-out" | "restart" | "task-manager" | "system-info" | "terminal" | "audio" | "record";

export type Group = "look" | "hands" | "clipboard" | "files" | "interrupt" | "keep";

export type View = { 
/**
 * Where the call stands.
 */
stage: Stage, 
/**
 * What keeps it from going on, if anything.
 */
problem: Problem | null, 
/**
 * What stands in the field already.
 */
typed: string, 
/**
 * What is to be added to it.
 */
hint: Hint | null, 
/**
 * What the system does only once its user has allowed it, and he has not.
 */
missing: Array<Permission>, 
/**
 * How the company wants to be recognised. Hostile text.
 */
brand: Brand | null, 
/**
 * A line of the technician to this customer. Hostile text.
 */
message: string | null, 
/**
 * The language in which a package asks to begin.
 */
language: Language | null, 
/**
 * Who says he will help, once the relay or a package names him; while the customer is asked, who asks.
 */
technician: TechnicianView | null, 
/**
 * Who invited him, if he is not the one who was called. Hostile text.
 */
invited_by: string | null, 
/**
 * The other technicians who were let in. Hostile text.
 */
others: string[], 
/**
 * What a lost connection waits for; `None` while there is nothing to wait for.
 */
waits_for: WaitsFor | null, 
/**
 * The question to the customer.
 */
question: QuestionView | null, 
/**
 * What the technician may do.
 */
granted: Capability[], 
/**
 * What the customer granted and holds back for now.
 */
held: Capability[], 
/**
 * What stops everything, or all but the view, for now.
 */
stopped: "paused" | "bar_hidden" | null, 
/**
 * Whether the technician may come back without a question.
 */
may_return: boolean, 
/**
 * The folder in which something is kept on this computer, once the session is over.
 */
folder: string | null, 
/**
 * What became of removing it.
 */
forgotten: ForgottenView | null, 
/**
 * Where the customer's report lies, after *Stop and report*.
 */
report: string | null, 
/**
 * What of the disk is or would be open; only where files are asked for or granted.
 */
files: FilesView | null, 
/**
 * What became of asking for attention.
 */
attention: AttentionView, 
/**
 * Of whom help can be asked now, and what became of it.
 */
help: HelpView | null, 
/**
 * The chat, in order.
 */
chat: Array<ChatLine>, 
/**
 * How far the technicians have taken in what he wrote.
 */
marks: Marks, 
/**
 * Whether there is a session to chat in.
 */
can_chat: boolean, 
/**
 * When the session ends whatever happens; `None` while nothing is granted.
 */
hard_end_at: number | null, };

export type Stage = { "kind": "field" } | { "kind": "calling" } | { "kind": "waiting" } | { "kind": "known" } | { "kind": "asking" } | { "kind": "connecting" } | { "kind": "live" } | { "kind": "away" } | { "kind": "ended", 
/**
 * Why.
 */
reason: "customer_ended" | "technician_ended" | "expired" | "too_many_wrong_codes" | "hard_end" | "idle_end" | "reported" | "key_changed" | "interrupted", };

export type Hint = "rest_of_code" | "whole_link";

export type Permission = "screen" | "hands";

export type Brand = { 
/**
 * What the company calls itself on pages; empty: as its technician says.
 */
name: string, 
/**
 * Its colour.
 */
colour: Colour | null, 
/**
 * Its logo.
 */
logo: Logo | null, 
/**
 * What customers read first; empty: nothing.
 */
welcome: string, };

export type Colour = string;

export type Logo = string;

export type Language = "en" | "de";

export type WaitsFor = "network" | "technician" | "path";

export type Problem = "bad_address" | "insecure_address" | "bad_code" | "invalid_code" | "wrong_code" | "too_many_wrong_codes" | "too_many" | "no_relay" | "wrong_relay" | "version" | "not_proven" | "not_certified" | "package_damaged" | "package_foreign" | "package_newer" | "package_expired" | "package_unreadable" | "name_damaged" | "inside_archive" | "no_connection" | "no_capture" | "no_portal" | "no_input" | "not_alone" | "secure_desktop" | "elevated";

export type TechnicianView = { 
/**
 * The name he gives himself. Hostile text.
 */
name: string, 
/**
 * The company he says he works for. Hostile text.
 */
company: string, 
/**
 * The relay's host and port.
 */
relay: string, 
/**
 * Whether his console is connected to the relay.
 */
online: boolean, 
/**
 * The words to compare, once his key is proven; empty before.
 */
words: Array<string>, 
/**
 * Whether the customer said that they match.
 */
words_match: boolean, 
/**
 * Whether the customer had compared words with this very technician on an earlier day.
 */
remembered: boolean, 
/**
 * Whether the customer had done so with somebody of his company, whose key vouches for him.
 */
company_checked: boolean, 
/**
 * What he sits at, by his own signed word.
 */
seat: "desktop" | "browser", };

export type QuestionKind = "first" | "hands" | "more" | "deed";

export type QuestionView = { 
/**
 * Which one.
 */
id: number, 
/**
 * Of which kind.
 */
kind: QuestionKind, 
/**
 * What is asked for.
 */
asked: Capability[], 
/**
 * The program that is to be ended, if that is the question. Hostile text.
 */
program: string | null, 
/**
 * Whether *Allow* can be clicked.
 */
allow_active: boolean, 
/**
 * When no answer is a no.
 */
until: number, };

export type FilesView = { 
/**
 * The folder, as the system writes it.
 */
folder: string, 
/**
 * Whether it is the whole disk instead.
 */
whole: boolean, };

export type AttentionView = "quiet" | "asked" | "unanswered" | "seen";

export type HelpView = { 
/**
 * What the company calls itself; may be empty. Hostile text.
 */
company: string, 
/**
 * The relay's host and port.
 */
relay: string, 
/**
 * What became of it.
 */
stage: HelpStage, };

export type HelpStage = "offered" | "sending" | "waiting" | "put_aside" | "too_many" | "failed";

export type ForgottenView = { 
/**
 * How many files and folders are gone.
 */
removed: number, 
/**
 * What is still there, by its path.
 */
left: Array<string>, };

export type ChatLine = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its place, once the relay has stored it.
 */
seq: number | null, 
/**
 * Whether the customer wrote it.
 */
mine: boolean, 
/**
 * What it says. Hostile text.
 */
text: string, 
/**
 * When the relay stored it; `None` while it is on its way.
 */
sent_at: number | null, };

export type Marks = { 
/**
 * It has come to this end.
 */
delivered: number, 
/**
 * It was before the eyes of whoever sits there. Never above `delivered` where the relay says it.
 */
read: number, };

export type Action = { "kind": "call", 
/**
 * `RELAY CODE` or a link.
 */
text: string, } | { "kind": "request_help", 
/**
 * Who he is.
 */
name: string, 
/**
 * What is wrong.
 */
problem: string, } | { "kind": "start_over" } | { "kind": "consent_shown", 
/**
 * Which.
 */
question: number, } | { "kind": "allow", 
/**
 * Which.
 */
question: number, 
/**
 * What is checked.
 */
capabilities: Capability[], 
/**
 * Whether he may come back without asking.
 */
may_return: boolean, } | { "kind": "deny", 
/**
 * Which.
 */
question: number, } | { "kind": "pick_folder" } | { "kind": "folder_picked", 
/**
 * Which.
 */
folder: string, } | { "kind": "whole_disk", 
/**
 * Which of the two.
 */
whole: boolean, } | { "kind": "words_match" } | { "kind": "words_differ" } | { "kind": "chat", 
/**
 * What he wrote.
 */
text: string, } | { "kind": "attention" } | { "kind": "chat_seen", 
/**
 * Up to which place.
 */
up_to: number, } | { "kind": "speak", 
/**
 * Which.
 */
language: "en" | "de" | "fr" | "es" | "pt" | "pl" | "tr" | "ar", } | { "kind": "permit", 
/**
 * What.
 */
permission: Permission, } | { "kind": "pause" } | { "kind": "resume" } | { "kind": "hold", 
/**
 * Which.
 */
capability: Capability, } | { "kind": "give_back", 
/**
 * Which.
 */
capability: Capability, } | { "kind": "take_away", 
/**
 * Which.
 */
capability: Capability, } | { "kind": "may_return", 
/**
 * Whether.
 */
allowed: boolean, } | { "kind": "end" } | { "kind": "stop_and_report" } | { "kind": "run_as_administrator" } | { "kind": "window_lost" } | { "kind": "bar_seen" } | { "kind": "bar_hidden" } | { "kind": "forget" } | { "kind": "close" };

/** What has a working feature, and where it belongs. */
export const working = [
  [
    "view",
    "look"
  ],
  [
    "control",
    "hands"
  ],
  [
    "point",
    "look"
  ],
  [
    "clipboard-in",
    "clipboard"
  ],
  [
    "clipboard-out",
    "clipboard"
  ],
  [
    "files-in",
    "files"
  ],
  [
    "files-out",
    "files"
  ],
  [
    "lock",
    "interrupt"
  ],
  [
    "sign-out",
    "interrupt"
  ],
  [
    "restart",
    "interrupt"
  ],
  [
    "task-manager",
    "interrupt"
  ],
  [
    "system-info",
    "look"
  ]
] as const;
