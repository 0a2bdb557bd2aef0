/** What screens say of the two clipboards. */

export const clipboard = {
  title: 'Clipboard',
  paste: 'Paste',
  pasteHint: 'Put your clipboard into the customer’s and press the paste key there',
  way: {
    to_customer: 'Your clipboard goes to the customer',
    from_customer: 'The customer’s clipboard comes to you',
  },
  pause: {
    to_customer: 'What you copy can be pasted there. Click to pause.',
    from_customer: 'What is copied there can be pasted here. Click to pause.',
  },
  open: {
    to_customer: 'Paused: what you copy stays here. Click to go on.',
    from_customer: 'Paused: what is copied there stays there. Click to go on.',
  },
  kind: { text: 'text', html: 'formatted text', image: 'image' },
  moved: {
    to_customer: (what: string) => `Copied: the customer can paste it (${what})`,
    from_customer: (what: string) => `The customer has copied: you can paste it (${what})`,
  },
  tooBig: (what: string, size: string, limit: string) =>
    `Too big for the clipboard (${what}): it has at least ${size}, and at most ${limit} can be copied. Send it as a file.`,
  failed: {
    stale: (what: string) => `Something else was copied meanwhile (${what}).`,
    gone: (what: string) => `The program that had copied it was closed (${what}). Copy it again.`,
    unfit: (what: string) => `What was copied is damaged or not what it says it is (${what}). Nothing was pasted.`,
    not_allowed: (what: string) => `The clipboard is paused or not allowed (${what}). Nothing was copied.`,
  },
  nothingToPaste: 'There is nothing in your clipboard that can be pasted there.',
  notYours: 'What is in your clipboard came from another customer and stays here. Copy it from a program of yours.',
};
