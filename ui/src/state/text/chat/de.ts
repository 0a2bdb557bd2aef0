/** Sentences of the chat, in German. */

import type { ChatText } from './en';

export const chat: ChatText = {
  title: 'Chat',
  log: 'Nachrichten',
  empty: 'Noch keine Nachrichten. Schreiben Sie unten die erste.',
  message: 'Nachricht',
  placeholder: 'Nachricht schreiben',
  send: 'Senden',
  notSent: 'Nicht gesendet.',
  sending: 'Wird gesendet',
  reach: { sent: 'Gesendet', delivered: 'Zugestellt', read: 'Gelesen' },
  you: 'Sie',
  tooLong: (max) => `Eine Nachricht hat höchstens ${max} Zeichen.`,
};
