/** Every sentence of the page in English; `Words` of it is what another language must have. */
export const en = {
  product: 'Deskhand Helper',

  field: {
    title: 'Get help on this computer',
    lead: 'Your technician gave you an address and a code, or a link. Type or paste it here.',
    label: 'Address and code, or link',
    example: 'help.example.org K7MP-4QXD',
    call: 'Call',
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
    awayLead:
      'The connection was lost. Nobody sees your screen now. If it does not come back, the session ends by itself.',
    ended: 'The session is over',
    endedSafe: 'Nobody sees your screen any more.',
  },

  ended: {
    customer_ended: 'You ended it.',
    technician_ended: 'Your technician ended it.',
    expired: 'Nobody used the code in time.',
    too_many_wrong_codes: 'A wrong code was tried too often.',
    hard_end: 'Its longest time is over.',
    key_changed:
      'The other side could not prove any more that it is the same technician. To be safe, everything was closed.',
    interrupted: 'Your technician did not come back.',
  },

  who: {
    label: 'Who helps',
    says: 'says he is',
    from: 'from',
    over: (relay: string) => `through ${relay}`,
    unproven: 'not proven yet',
  },

  words: {
    title: 'Ask your technician for his three words',
    label: 'Words to compare:',
    same: 'Same words',
    differ: 'Other words',
    matched: 'You have checked: you are talking to the same person that you see here.',
    why: 'If they differ, someone may be listening in between: then choose “Other words”.',
  },

  consent: {
    title: 'May he do this?',
    lead: (name: string) => `${name} asks to do the following on this computer.`,
    list: 'What is asked for',
    view: 'See your screen',
    viewMore: 'Everything that is visible on it. Close what is private first.',
    control: 'Use your mouse and keyboard',
    controlMore: 'You keep your own, and can end it at any time.',
    'files-in': 'Put files into your folder',
    'files-inMore': 'They cannot start by themselves.',
    'files-out': 'Look at and copy files from your folder',
    'files-outMore': 'Nothing outside of the folder below.',
    folder: 'Folder for files',
    whole: 'the whole disk',
    otherFolder: 'Other folder…',
    openWhole: 'Open the whole disk',
    deny: 'Deny',
    allow: 'Allow',
    allowSoon: 'Allow (in 1 s)',
    left: (seconds: number) =>
      seconds === 1
        ? 'Without an answer it is a no in 1 second.'
        : `Without an answer it is a no in ${seconds} seconds.`,
    careful: 'Did someone call you out of the blue and ask you to do this? Then choose Deny.',
  },

  live: {
    may: 'He may',
    view: 'see your screen',
    control: 'use your mouse and keyboard',
    'files-in': 'put files into your folder',
    'files-out': 'look at and copy files from your folder',
    bar: 'The bar at the top of the screen is there as long as he is connected.',
    takeBack: 'Take mouse and keyboard back',
    until: (time: string) => `It ends by itself at ${time} at the latest.`,
  },

  chat: {
    title: 'Chat',
    empty: 'Nothing has been written yet.',
    label: 'Message to your technician',
    send: 'Send',
    me: 'You',
    sending: 'on its way',
  },

  end: 'End session',
  startOver: 'Start over',
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
    package_damaged: 'The file support.deskhand is damaged. Ask your technician to send it again, or type the code.',
    package_foreign:
      'The file support.deskhand is not a support file. Ask your technician to send it again, or type the code.',
    package_newer:
      'The file support.deskhand is newer than this program. Download the program again, or type the code.',
    package_expired: 'The file support.deskhand is too old. Ask your technician for a new one, or type the code.',
    package_unreadable:
      'The file support.deskhand cannot be read. Ask your technician to send it again, or type the code.',
    no_connection: 'No way was found to your technician’s computer. He can try again.',
    no_capture: 'This screen cannot be shown. Your technician is told.',
    no_input: 'Mouse and keyboard cannot be used from outside here. Your technician can only look.',
  },
};

/** What every language has. */
export type Words = typeof en;
