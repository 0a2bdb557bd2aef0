// Written by the test of `helper/src/view.rs`; with UPDATE_TYPES=1 it writes this file anew.

export type View = {
  stage: Stage;
  problem: Problem | null;
  technician: TechnicianView | null;
  question: QuestionView | null;
  granted: ('view' | 'control')[];
  chat: Array<ChatLine>;
  can_chat: boolean;
  hard_end_at: number | null;
};

export type Stage =
  | { kind: 'field' }
  | { kind: 'calling' }
  | { kind: 'waiting' }
  | { kind: 'known' }
  | { kind: 'asking' }
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'away' }
  | {
      kind: 'ended';
      reason:
        | 'customer_ended'
        | 'technician_ended'
        | 'expired'
        | 'too_many_wrong_codes'
        | 'hard_end'
        | 'key_changed'
        | 'interrupted';
    };

export type Problem =
  | 'bad_address'
  | 'insecure_address'
  | 'bad_code'
  | 'invalid_code'
  | 'wrong_code'
  | 'too_many_wrong_codes'
  | 'too_many'
  | 'no_relay'
  | 'wrong_relay'
  | 'version'
  | 'not_proven'
  | 'package_damaged'
  | 'package_foreign'
  | 'package_newer'
  | 'package_expired'
  | 'package_unreadable'
  | 'no_connection'
  | 'no_capture'
  | 'no_input';

export type TechnicianView = {
  name: string;
  company: string;
  relay: string;
  online: boolean;
  words: Array<string>;
  words_match: boolean;
};

export type QuestionView = { id: number; asked: ('view' | 'control')[]; allow_active: boolean; until: number };

export type ChatLine = { id: string; seq: number | null; mine: boolean; text: string; sent_at: number | null };

export type Action =
  | { kind: 'call'; text: string }
  | { kind: 'start_over' }
  | { kind: 'consent_shown'; question: number }
  | { kind: 'allow'; question: number; capabilities: ('view' | 'control')[] }
  | { kind: 'deny'; question: number }
  | { kind: 'words_match' }
  | { kind: 'words_differ' }
  | { kind: 'chat'; text: string }
  | { kind: 'chat_seen' }
  | { kind: 'take_control_back' }
  | { kind: 'end' }
  | { kind: 'window_lost' };
