// Written by the test of `helper/src/view.rs`; with UPDATE_TYPES=1 it writes this file anew.

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
 * Who says he will help, once the relay or a package names him.
 */
technician: TechnicianView | null, 
/**
 * The question to the customer.
 */
question: QuestionView | null, 
/**
 * What the technician may do now.
 */
granted: ("view" | "control" | "clipboard-in" | "clipboard-out")[], 
/**
 * The chat, in order.
 */
chat: Array<ChatLine>, 
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
reason: "customer_ended" | "technician_ended" | "expired" | "too_many_wrong_codes" | "hard_end" | "key_changed" | "interrupted", };

export type Problem = "bad_address" | "insecure_address" | "bad_code" | "invalid_code" | "wrong_code" | "too_many_wrong_codes" | "too_many" | "no_relay" | "wrong_relay" | "version" | "not_proven" | "package_damaged" | "package_foreign" | "package_newer" | "package_expired" | "package_unreadable" | "no_connection" | "no_capture" | "no_input";

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
words_match: boolean, };

export type QuestionView = { 
/**
 * Which one.
 */
id: number, 
/**
 * What is asked for.
 */
asked: ("view" | "control" | "clipboard-in" | "clipboard-out")[], 
/**
 * Whether *Allow* can be clicked.
 */
allow_active: boolean, 
/**
 * When no answer is a no.
 */
until: number, };

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

export type Action = { "kind": "call", 
/**
 * `RELAY CODE` or a link.
 */
text: string, } | { "kind": "start_over" } | { "kind": "consent_shown", 
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
capabilities: ("view" | "control" | "clipboard-in" | "clipboard-out")[], } | { "kind": "deny", 
/**
 * Which.
 */
question: number, } | { "kind": "words_match" } | { "kind": "words_differ" } | { "kind": "chat", 
/**
 * What he wrote.
 */
text: string, } | { "kind": "chat_seen" } | { "kind": "take_control_back" } | { "kind": "end" } | { "kind": "window_lost" };
