/** What the console says of the company, its key and the people in it, in English. */

export const enFirm = {
  title: 'Company',
  lead: 'The company’s key vouches for its technicians. A customer who has checked one of them knows the next; a support package takes nobody whom the key does not vouch for.',
  key: 'Company’s key',
  noKey: 'There is none yet. It is made on the owner’s computer.',
  where: {
    in_keyring: 'The private half is in this computer’s keyring.',
    in_file: 'The private half is in a file that only you can read.',
    no: 'The private half is not on this computer.',
  },
  lost: 'You own the relay, but the private half of the company’s key is not on this computer. Import it under Identity; if it is lost, begin with a new one.',
  replace: 'Begin with a new key',
  replaceTitle: 'Begin with a new company key?',
  replaceText:
    'Every certificate by the key before is worth nothing then. Packages that were sent with it take nobody any more, and customers compare the words again.',
  replaceYes: 'Begin anew',
  changedTitle: 'The company has another key than before',
  changed: (fingerprint: string) =>
    `Ask the owner, by telephone or face to face, whether it begins with ${fingerprint}. Until then nothing that it says counts here.`,
  trust: 'I have compared it',
  people: 'Technicians',
  name: 'Technician',
  fingerprint: 'Key',
  state: 'Certificate',
  owner: 'owner',
  me: 'you',
  standing: {
    none: 'Not certified',
    good: 'Certified',
    expired: 'Expired',
    renamed: 'For another name',
    foreign: 'By another key',
    revoked: 'Revoked',
  },
  until: (day: string) => `until ${day}`,
  certify: 'Certify',
  certifyOf: (name: string) => `Certify ${name}`,
  certifyTitle: (name: string) => `Certify ${name}?`,
  certifyText: (name: string, fingerprint: string) =>
    `Let ${name} read out the key under Settings, Identity. It must be ${fingerprint}. The relay could show you another one; whoever has the key you certify is your company to every customer.`,
  certifyYes: 'It is the same: certify',
  revoke: 'Revoke',
  revokeOf: (name: string) => `Revoke ${name}’s certificate`,
  revokeTitle: (name: string) => `Revoke ${name}’s certificate?`,
  revokeText: (name: string) =>
    `The company’s packages do not take ${name} any more. A call that is under way goes on; end it if it must not.`,
  cancel: 'Cancel',
  close: 'Close',
  refused:
    'The customer’s package is for technicians of one company, and its key does not vouch for you. Ask the owner of the relay to certify you.',
  errors: {
    no_company_key: 'The company’s key is not on this computer. Certify on the owner’s computer.',
    key_changed: 'This is not what was on the screen any more. Look at it again before you go on.',
  },
};

/** What every language has. */
export type FirmText = typeof enFirm;
