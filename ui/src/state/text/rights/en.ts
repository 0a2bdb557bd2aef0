/** What a technician may do and ask for, in English. */

export const rights = {
  preset: {
    legend: 'Ask the customer for',
    names: { look: 'Look', help: 'Help', full_service: 'Full service' },
  },
  capability: {
    view: 'See the screen',
    control: 'Mouse and keyboard',
    point: 'Point and draw',
    'clipboard-in': 'Clipboard to the customer',
    'clipboard-out': 'Clipboard from the customer',
    'files-in': 'Files to the customer',
    'files-out': 'Files from the customer',
    lock: 'Lock',
    'sign-out': 'Sign out',
    restart: 'Restart',
    'task-manager': 'Task manager',
    'system-info': 'System information',
    terminal: 'Terminal',
    audio: 'Sound',
    record: 'Recording',
  },
  ask: {
    title: 'What you may do',
    button: 'Permissions',
    waiting: 'Asking …',
    ask: 'Ask',
    askFor: (what: string) => `Ask for: ${what}`,
    all: 'Ask for all of',
    granted: 'granted',
    held: 'held back by the customer',
    missing: 'not granted',
    asking: 'being asked',
    waitingLong: 'The customer is being asked. No answer within a minute is a no.',
    decides: 'The customer sees exactly what you ask for and decides.',
    browser: 'In a browser',
    browserTitle: 'The customer shows in a browser',
    browserWhy:
      'A page in a browser can only show: no mouse or keyboard, no pointing, no clipboard, no files. Chat works. For more, send the customer the program.',
  },
};

/** What every language has. */
export type Rights = typeof rights;
