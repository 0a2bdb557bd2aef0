/** A view for every screen. */

import { working, type Capability, type Problem, type QuestionView, type View } from '../src/generated';

const technician = {
  name: 'Mara Lindt',
  company: 'Lindt Computer Help',
  relay: 'help.example.org',
  online: true,
  words: ['anvil', 'harbour', 'thistle'],
  words_match: false,
  remembered: false,
  company_checked: false,
  seat: 'desktop' as 'desktop' | 'browser',
};

const none: View = {
  stage: { kind: 'field' },
  problem: null,
  typed: '',
  hint: null,
  missing: [],
  brand: null,
  message: null,
  language: null,
  technician: null,
  waits_for: null,
  question: null,
  granted: [],
  held: [],
  stopped: null,
  may_return: false,
  folder: null,
  forgotten: null,
  report: null,
  files: null,
  attention: 'quiet',
  help: null,
  chat: [],
  marks: { delivered: 0, read: 0 },
  can_chat: false,
  invited_by: null,
  others: [],
  hard_end_at: null,
};

const all: Capability[] = working.map(([capability]) => capability);
const files = { folder: '/home/anna/Deskhand', whole: false };
const folder = '/home/anna/.local/share/deskhand-helper';
const today = new Date();
const at = (hour: number, minute: number): number => today.setHours(hour, minute, 0, 0);

const chat = [
  { id: '1', seq: 1, mine: false, text: 'Hello! Which program is it?', sent_at: at(9, 5) },
  { id: '2', seq: 2, mine: true, text: 'مرحبا, the printer (HP 2130).', sent_at: at(9, 6) },
  { id: '3', seq: 3, mine: true, text: 'It blinks.', sent_at: at(9, 7) },
  { id: '4', seq: null, mine: true, text: 'Now it is dark.', sent_at: null },
];

const asking = (question: Partial<QuestionView>): View => ({
  ...none,
  stage: { kind: 'asking' },
  technician,
  files,
  question: {
    id: 1,
    kind: 'first',
    asked: all,
    program: null,
    allow_active: true,
    until: Date.now() + 25_000,
    ...question,
  },
});

const live: View = {
  ...none,
  stage: { kind: 'live' },
  technician: { ...technician, words_match: true },
  granted: all,
  held: ['clipboard-out'],
  files,
  chat,
  marks: { delivered: 3, read: 2 },
  can_chat: true,
  hard_end_at: at(18, 30),
};

const problem = (problem: Problem): View => ({ ...none, problem, typed: 'help.example.org K7MP-4QXD' });

export const screens: Record<string, View> = {
  field: none,
  hint: { ...none, hint: 'rest_of_code', typed: 'help.example.org K7MP-' },
  mac: { ...none, stage: { kind: 'waiting' }, technician: { ...technician, words: [] }, missing: ['screen', 'hands'] },
  archive: problem('inside_archive'),
  'wrong-relay': problem('wrong_relay'),
  'bad-code': problem('bad_code'),
  calling: { ...none, stage: { kind: 'calling' }, technician: { ...technician, name: '', company: '', words: [] } },
  waiting: {
    ...none,
    stage: { kind: 'waiting' },
    technician: { ...technician, words: [] },
    message: 'Please have the printer switched on.',
  },
  nobody: {
    ...none,
    stage: { kind: 'waiting' },
    technician: { ...technician, words: [], online: false },
    help: { company: technician.company, relay: technician.relay, stage: 'offered' },
  },
  request: { ...none, help: { company: technician.company, relay: technician.relay, stage: 'waiting' } },
  known: { ...none, stage: { kind: 'known' }, technician, can_chat: true },
  first: asking({}),
  browser: { ...asking({ kind: 'more', asked: ['view', 'point'] }), technician: { ...technician, seat: 'browser' } },
  more: asking({ kind: 'more', asked: ['control', 'clipboard-in', 'clipboard-out'] }),
  hands: asking({ kind: 'hands', asked: ['control'] }),
  restart: asking({ kind: 'deed', asked: ['restart'] }),
  program: asking({ kind: 'deed', asked: ['task-manager'], program: 'Thunderbird (2 windows)' }),
  connecting: { ...none, stage: { kind: 'connecting' }, technician },
  live,
  paused: { ...live, stopped: 'paused', granted: ['view'], held: [] },
  covered: { ...live, stopped: 'bar_hidden', granted: ['view', 'control'], held: [] },
  away: { ...live, stage: { kind: 'away' }, waits_for: 'network', granted: [], held: [] },
  called: { ...live, attention: 'asked' },
  seen: { ...live, attention: 'seen' },
  ended: { ...none, stage: { kind: 'ended', reason: 'key_changed' }, technician, folder },
  forgotten: {
    ...none,
    stage: { kind: 'ended', reason: 'customer_ended' },
    technician,
    forgotten: { removed: 4, left: [] },
  },
  left: {
    ...none,
    stage: { kind: 'ended', reason: 'customer_ended' },
    technician,
    forgotten: { removed: 3, left: [`${folder}/letter.odt`] },
  },
  reported: {
    ...none,
    stage: { kind: 'ended', reason: 'reported' },
    technician,
    report: '/home/anna/.local/share/deskhand/helper/reported.txt',
  },
};
