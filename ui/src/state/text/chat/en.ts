/** Sentences of the chat, in English. */

export const chat = {
  title: 'Chat',
  log: 'Messages',
  empty: 'No messages yet. Write the first one below.',
  message: 'Message',
  placeholder: 'Write a message',
  send: 'Send',
  notSent: 'Not sent.',
  sending: 'Sending',
  reach: { sent: 'Sent', delivered: 'Delivered', read: 'Read' },
  you: 'You',
  tooLong: (max: number) => `A message has at most ${max} characters.`,
};

export type ChatText = typeof chat;
