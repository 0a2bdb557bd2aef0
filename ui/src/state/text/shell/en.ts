/** Sentences of what stands around the page on a desktop, in English. */

export const shell = {
  show: 'Show Deskhand',
  quit: 'Quit Deskhand',
  waiting: (count: number) =>
    count === 0 ? 'Deskhand' : count === 1 ? 'Deskhand: 1 person is waiting' : `Deskhand: ${count} people are waiting`,
  waits: (who: string) => `${who} is waiting`,
  asks: (who: string) => `${who} asks for help`,
  title: 'Desktop',
  withDesktop: 'Start with the desktop',
  opensLinks: 'Open deskhand:// links with this console',
  linksHint: 'A link only fills in a form. Nothing happens before you send it off.',
  keep: 'Closing the window leaves Deskhand in the tray',
  keepHint: 'Customers can call while the window is closed. The tray’s menu ends the program.',
  failed: 'That could not be written. Nothing has changed.',
  link: {
    unknown: 'A link was opened that Deskhand does not understand. Nothing has happened.',
    session: (who: string) => (who ? `A link fills in a new session for ${who}.` : 'A link fills in a new session.'),
    find: (text: string) => `A link searches for “${text}”.`,
    join: (relay: string) =>
      `A link names the relay ${relay}. It can fill in the form with which this console joins it.`,
    open: 'Open the form',
  },
};

export type ShellText = typeof shell;
