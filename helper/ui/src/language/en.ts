/** Every sentence of the page in English; `Words` of it is what another language must have. */

import type { Capability } from '../generated';
import { counted } from './plural';

/** What can be asked for; the others have no feature yet, and no words. */
export type Spoken = Exclude<Capability, 'terminal' | 'audio' | 'record'>;

export const en = {
  product: 'Deskhand Helper',

  tools: { language: 'Language', size: 'Size of the text' },

  field: {
    title: 'Get help on this computer',
    lead: 'Your technician gave you an address and a code, or a link. Type or paste it here.',
    label: 'Address and code, or link',
    example: 'help.example.org K7MP-4QXD',
    call: 'Call',
    hint: {
      rest_of_code: 'Your technician tells you the last four characters of the code. Type them at the end.',
      whole_link: 'Copy the whole address of the page that this program came from, and paste it here.',
    },
    safe: 'Nobody sees your screen until you allow it.',
  },

  steps: {
    calling: 'Calling…',
    callingLead: (relay: string) => `Looking for your technician at ${relay}.`,
    waiting: 'Waiting for your technician',
    waitingLead: 'You are on the list. This window comes to the front when your technician asks to help.',
    waitingOffline: 'Your technician is not there at the moment. You can leave this window open.',
    known: 'Your technician is here',
    knownLead: 'Next, you will be asked what he may do. Nobody sees your screen yet.',
    connecting: 'Connecting…',
    connectingLead: (name: string) => `You allowed ${name} in. The connection is being made.`,
    live: (name: string) => `${name} is connected`,
    away: (name: string) => `Waiting for ${name} to come back`,
    awayFor: {
      network:
        'This computer cannot reach the internet, or your technician’s address does not answer. It is tried again and again.',
      technician: 'Your technician’s computer cannot be reached at the moment.',
      path: 'The connection was lost. A new way to your technician’s computer is being looked for.',
    },
    awayLead: 'Nobody sees your screen now. If nothing helps within two minutes, the session ends by itself.',
    ended: 'The session is over',
    endedSafe: 'Nobody sees your screen any more.',
  },

  ended: {
    customer_ended: 'You ended it.',
    technician_ended: 'Your technician ended it.',
    expired: 'Nobody used the code in time.',
    too_many_wrong_codes: 'A wrong code was tried too often.',
    hard_end: 'Its longest time is over.',
    idle_end: 'Your technician did nothing for an hour.',
    reported: 'You stopped it and reported the technician.',
    key_changed:
      'The other side could not prove any more that it is the same technician. To be safe, everything was closed.',
    interrupted: 'Your technician did not come back.',
  },

  who: {
    label: 'Who helps',
    says: 'says he is',
    checked: 'checked',
    from: 'from',
    over: (relay: string) => `through ${relay}`,
    browser: (relay: string) => `in a browser, by way of ${relay}`,
    browserMore: 'Whoever runs that address could see what he sees.',
    unproven: 'not proven yet',
    invited: (name: string) => `invited by ${name}`,
    also: (names: string) => `Also in this session: ${names}`,
  },

  words: {
    title: 'Ask your technician for his three words',
    label: 'Words to compare:',
    same: 'Same words',
    differ: 'Other words',
    remembered: 'You have checked this technician before, on this computer. His key is the same.',
    company: (c: string) => `You have checked ${c} before, on this computer. Its key vouches for this technician.`,
    matched: 'You have checked: you are talking to the same person that you see here.',
    why: 'If they differ, someone may be listening in between: then choose “Other words”.',
  },

  consent: {
    title: 'May he do this?',
    lead: (name: string) => `${name} asks to do the following on this computer.`,
    list: 'What is asked for',
    handsTitle: 'May he also use your mouse and keyboard?',
    handsLead:
      'He then works on this computer as you do. You keep your own mouse and keyboard, and can stop him at any time.',
    again: 'You will be asked once more for this.',
    mayReturn: 'He may leave and come back without asking, until this session ends',
    folder: 'Folder for files',
    whole: 'the whole disk',
    otherFolder: 'Other folder…',
    openWhole: 'Open the whole disk',
    deny: 'Deny',
    allow: 'Allow',
    allowSoon: 'Allow (in 1 s)',
    left: counted('en', {
      one: 'Without an answer it is a no in # second.',
      other: 'Without an answer it is a no in # seconds.',
    }),
  },

  /** One single use of what interrupts his work. */
  deed: {
    ask: {
      lock: 'May he lock this computer now?',
      'sign-out': 'May he sign you out now?',
      restart: 'May he restart this computer now?',
      'task-manager': 'May he end this program now?',
    } as Partial<Record<Capability, string>>,
    more: {
      lock: 'You sign in again with your password. Nothing is closed.',
      'sign-out': 'All your programs are closed, and the session ends. Save your work first.',
      restart: 'All your programs are closed. Save your work first. Afterwards you are asked whether he may come back.',
      'task-manager': 'What it has not saved may be lost.',
    } as Partial<Record<Capability, string>>,
    other: 'May he do this now?',
  },

  /** What can be asked for: as a question, and what it means. */
  capability: {
    view: { ask: 'See your screen', more: 'Everything that is visible on it. Close what is private first.' },
    control: { ask: 'Use your mouse and keyboard', more: 'You keep your own, and can stop him at any time.' },
    point: { ask: 'Point and draw on your screen', more: 'To show you where to click. He changes nothing by it.' },
    'clipboard-in': { ask: 'Put something into your clipboard', more: 'What you paste next can then be from him.' },
    'clipboard-out': {
      ask: 'Read your clipboard',
      more: 'What you copy while he is here, he gets too. Copy no password.',
    },
    'files-in': {
      ask: 'Put files on your computer',
      more: 'They go into the folder below and cannot start by themselves.',
    },
    'files-out': { ask: 'Take files from your computer', more: 'He can look at and copy what is in the folder below.' },
    lock: { ask: 'Lock your computer', more: 'You then sign in again with your password.' },
    'sign-out': { ask: 'Sign you out', more: 'Programs are closed. Save your work first.' },
    restart: { ask: 'Restart your computer', more: 'Programs are closed. Save your work first.' },
    'task-manager': { ask: 'See and end your programs', more: 'What a program had not saved is lost when it ends.' },
    'system-info': { ask: 'See what computer this is', more: 'Its system, memory, disks and programs.' },
  } satisfies Record<Spoken, { ask: string; more: string }>,

  group: {
    look: 'Look',
    hands: 'Mouse and keyboard',
    clipboard: 'Clipboard',
    files: 'Files',
    interrupt: 'What interrupts your work',
    keep: 'Recording',
  },

  guard: {
    title: 'Did someone call you and ask you to do this?',
    no: 'No, I asked for help myself',
    yes: 'Yes, someone called me',
    why: 'Swindlers call people and pretend to be from a bank, a big company or the police.',
    stopTitle: 'Then please stop here.',
    stop: 'No bank, no big company and no police officer calls you to look at your computer. It is a swindle if he:',
    signs: [
      'wants to see your bank account or your passwords',
      'asks for money, gift cards or a transfer',
      'says that you must hurry, or tell nobody',
    ],
    report: 'Stop and report',
    justStop: 'Stop',
    goOn: 'I know this person well. Go on',
  },

  reported: {
    title: 'Whom to tell now',
    tell: [
      'If you showed your bank account or a password: call your bank at once.',
      'Tell the police. They know this swindle, and it is nothing to be ashamed of.',
      'Tell someone you trust, and let him look at this computer before you go on.',
    ],
    kept: 'What this computer saw of him is kept in this file. Show it to whoever helps you:',
    relay: 'The server of this call has been told too. It may belong to the swindler: do not rely on it alone.',
  },

  live: {
    may: 'He may',
    bar: 'The bar at the top of the screen is there as long as he is connected.',
    pause: 'Pause',
    pausedTitle: 'Paused',
    paused: 'He sees nothing and can do nothing. You can take your time.',
    resume: 'Go on',
    held: 'Stopped by you',
    takeAway: 'Take it away for good',
    barHidden: 'Mouse and keyboard have stopped, because the bar at the top of the screen is covered. Move it free.',
    until: (time: string) => `It ends by itself at ${time} at the latest.`,
  },

  attention: {
    call: 'Call your technician',
    asked: 'Your technician has been called: his computer made a sound.',
    unanswered: 'Nobody has looked yet. You can call again.',
    seen: 'Your technician has seen that you called.',
  },

  permissions: {
    title: 'Your Mac wants to hear it from you first',
    lead: 'Until you have allowed it once, a Mac shows your screen to no program and lets no program click or type.',
    screen: {
      open: 'Open the settings for the screen',
      after: 'If macOS then wants to quit this program, agree, and start it again.',
    },
    hands: {
      open: 'Open the settings for mouse and keyboard',
      after: 'This is needed only if your technician is to click and type. It counts at once.',
    },
    how: 'Switch this program (Deskhand) on in the list that opens. macOS may ask for your password: that is your own computer asking.',
    safe: 'Even then nobody sees or does anything that you have not allowed in this window. You can switch it off again there at any time.',
  },

  forget: {
    kept: 'This program keeps one small folder on this computer:',
    what: 'In it are the key of this computer, whom you have checked, and what you have reported.',
    forget: 'Forget this computer',
    done: 'All of it has been removed. Nothing of this program is kept on this computer any more. You can delete the program itself too.',
    left: 'This could not be removed:',
    close: 'Close',
  },

  request: {
    open: (whom: string) => `No code? Ask ${whom} for help`,
    name: 'Your name',
    problem: 'What is the problem?',
    goes: (whom: string) => `Only ${whom} gets this. Nobody sees your screen by it.`,
    send: 'Request support',
    stage: {
      sending: 'Your request is on its way.',
      waiting: 'Your request has arrived. Leave this window open: it goes on by itself when a technician takes it up.',
      put_aside: 'Nobody can take up your request at the moment. Please call by telephone.',
      too_many: 'Too many requests in a short time. Wait a minute and try again.',
      failed: 'Your request did not arrive. Check your internet connection and try again.',
    },
  },

  chat: {
    title: 'Chat',
    empty: 'Nothing has been written yet.',
    label: 'Message to your technician',
    send: 'Send',
    me: 'You',
    sending: 'on its way',
    reach: { sent: 'sent', delivered: 'delivered', read: 'read' },
  },

  /** The page in a browser that shows without a program. */
  browser: {
    title: 'Show without a program',
    rest: 'The last four characters of your code',
    incomplete: 'The address of this page is incomplete. Open the whole link that your technician gave you.',
    unable: 'This browser cannot show anything to your technician. Go back and start the program instead.',
    trust: (relay: string) => `This page trusts ${relay}: whoever runs that server could look on.`,
    only: 'He can look, and nothing else: no mouse, no keyboard, no clipboard, no files.',
    camera: { ask: 'See what your camera sees', more: 'Point it only at what he should see.' },
    choose: 'Your browser asks what you want to show',
    chooseLead: 'Choose it in the window of the browser. Nothing is shown before.',
    live: (name: string) => `${name} sees what you show`,
    shown: 'What you show',
    close: 'Closing this page ends the session.',
  },

  end: 'End session',
  startOver: 'Start over',
  asAdministrator: 'Restart as administrator',
  cancel: 'Cancel',

  problem: {
    bad_address: 'This does not begin with an address. It looks like: help.example.org K7MP-4QXD',
    insecure_address: 'This address is not secure (http). Ask your technician for one with https.',
    bad_code: 'The code is missing or has a wrong form. It looks like: K7MP-4QXD',
    invalid_code: 'This code is not valid, or not any more. Ask your technician for a new one.',
    wrong_code: 'The code is not right. Check it with your technician and type it again.',
    too_many_wrong_codes: 'A wrong code was tried too often. Ask your technician for a new one.',
    too_many: 'Too many tries in a short time. Wait a minute and try again.',
    no_relay: 'The address does not answer. Check it and your internet connection; the call is tried again and again.',
    wrong_relay:
      'What answers there is not what your technician named. To be safe, nothing was sent. Ask him for a new file or code.',
    version: 'This program and your technician’s do not fit together. Ask him for the latest version.',
    not_proven: 'The other side could not prove that it is your technician. Nothing was shown to it.',
    not_certified:
      'Whoever called is not certified by the company that this program is from. Nothing was shown to him. Ask the company.',
    package_damaged: 'The file support.deskhand is damaged. Ask your technician to send it again, or type the code.',
    package_foreign:
      'The file support.deskhand is not a support file. Ask your technician to send it again, or type the code.',
    package_newer:
      'The file support.deskhand is newer than this program. Download the program again, or type the code.',
    package_expired: 'The file support.deskhand is too old. Ask your technician for a new one, or type the code.',
    package_unreadable:
      'The file support.deskhand cannot be read. Ask your technician to send it again, or type the code.',
    name_damaged: 'The name of this program was changed. Download it again, or type the code.',
    inside_archive:
      'Please extract the package first: close this window, choose “Extract all” for the downloaded file, and start the program from the new folder. Or type the code.',
    no_connection: 'No way was found to your technician’s computer. He can try again.',
    no_capture: 'This screen cannot be shown. Your technician is told.',
    no_portal:
      'This desktop does not let your technician see the whole screen. Sign out, choose a session with “X11” or “Xorg” in its name when you sign in again, and then call once more.',
    not_alone:
      'Your technician was just using the mouse or keyboard, so this click was not counted. Wait a moment, then click again.',
    secure_desktop:
      'Windows is asking for permission or a password. Your technician cannot see or answer that: please do it yourself.',
    elevated:
      'The window in front belongs to an administrator. Your technician can see it, but cannot click or type in it.',
    no_input: 'Mouse and keyboard cannot be used from outside here. Your technician can only look.',
  },
};

/** What every language has. */
export type Words = typeof en;
