/** The three words that both ends show: 33 bits of label, session, run, keys and nonces, and of nothing else. */

import { sha256 } from '@noble/hashes/sha2.js';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import * as bytes from './bytes';

export function words(parties: bytes.Parties): string[] {
  const digest = sha256(bytes.words(parties));
  const number = digest.subarray(0, 5).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return [29n, 18n, 7n].map((shift) => wordlist[Number((number >> shift) & 0x7ffn)] ?? '');
}
