/** What screens say of the two clipboards. */

export const clipboard = {
  title: 'Clipboard',
  paste: 'Paste',
  take: 'Copy',
  takeHint: 'Put what the customer has copied into your clipboard',
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
  kind: { text: 'text', html: 'formatted text', image: 'image', files: 'files' },
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
  files: {
    get: (count: number) =>
      count === 1 ? 'Get the copied file' : count === 0 ? 'Get copied files' : `Get ${count} copied files`,
    getHint: 'Fetch the files that the customer has copied and put them into your clipboard',
    copied: {
      to_customer: (count: number, size: string) =>
        count === 1
          ? `A file is in your clipboard (${size}). Paste sends it.`
          : `${count} files are in your clipboard (${size}). Paste sends them.`,
      from_customer: (count: number, size: string) =>
        count === 1 ? `The customer has copied a file (${size}).` : `The customer has copied ${count} files (${size}).`,
    },
    notCarried: {
      too_many: () => 'At most 128 files go through the clipboard at once. Send or fetch them with Files.',
      too_big: (size: string) =>
        `Too big for the clipboard: at least ${size}, and at most 2 GB go at once. Send or fetch it with Files.`,
      not_plain: () =>
        'There is a folder or a link among what was copied; only files go through the clipboard. Send or fetch it with Files.',
      not_there: () => 'One of the copied files is not there any more, or may not be read. Copy them again.',
    },
    gone: 'Something else was copied since.',
    missing: (what: string) => `The customer has not allowed: ${what}. Copied files need both that and the clipboard.`,
    paused: 'This way is paused. Copied files stay where they are.',
    moving: {
      to_customer: (count: number, done: string) =>
        count === 1 ? `The copied file is being sent. ${done}` : `${count} copied files are being sent. ${done}`,
      from_customer: (count: number, done: string) =>
        count === 1 ? `The copied file is being fetched. ${done}` : `${count} copied files are being fetched. ${done}`,
    },
    ready: {
      to_customer: (count: number) =>
        count === 1 ? 'The file is in the customer’s clipboard.' : `${count} files are in the customer’s clipboard.`,
      from_customer: (count: number) =>
        count === 1 ? '1 file is ready to paste here.' : `${count} files are ready to paste here.`,
    },
    cancelled: 'Called off. Nothing was put into the clipboard.',
    failed: (why: string) => `Not all files arrived, and nothing was put into the clipboard. ${why}`,
  },
  nothingToPaste: 'There is nothing in your clipboard that can be pasted there.',
  notYours: 'What is in your clipboard came from another customer and stays here. Copy it from a program of yours.',
};
