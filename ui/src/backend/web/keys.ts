/**
 * The technician's key in this browser: Ed25519 by WebCrypto, never to be read out, one for each sign-in name. It proves
 * who sits here, to the relay and to every helper.
 */

import { fromBase64, toBase64 } from '../../../../server-lite/link/page/encode';
import { BackendError } from '../backend';
import type { Http } from './http';
import type { Store } from './store';

export interface Identity {
  readonly key: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** A proof of a key to the relay, good once. */
export interface Proof {
  id: string;
  nonce: string;
  signature: string;
}

const LABEL = 'deskhand/relay-proof/browser/v1\0';
const PROTOCOL_VERSION = 1;

type Bytes = Uint8Array<ArrayBuffer>;
const nameOf = (login: string) => `identity/${login.trim().toLowerCase()}`;

async function identityOf(pair: CryptoKeyPair): Promise<Identity> {
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const sign = async (message: Uint8Array) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message as Bytes));
  return { key, sign };
}

/** Makes a key in place of any other of this name. */
export async function makeIdentity(store: Store, login: string): Promise<Identity> {
  try {
    const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair;
    await store.put('keys', nameOf(login), pair);
    return await identityOf(pair);
  } catch (error) {
    throw new BackendError('no_keys', String(error));
  }
}

/** The key that was made for this name here; `null` without one. */
export async function knownIdentity(store: Store, login: string): Promise<Identity | null> {
  const pair = await store.get<CryptoKeyPair>('keys', nameOf(login)).catch(() => undefined);
  return pair ? identityOf(pair) : null;
}

/** Proves the key to the relay. */
export async function prove(http: Http, identity: Identity): Promise<Proof> {
  const asked = { version: PROTOCOL_VERSION, key: toBase64(identity.key) };
  const challenge = await http.post<{ id: string; relay: string; nonce: string }>('auth/challenge', asked);
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const label = new TextEncoder().encode(LABEL);
  const message = new Uint8Array(label.length + 96);
  message.set(label);
  message.set(fromBase64(challenge.relay, 32), label.length);
  message.set(fromBase64(challenge.nonce, 32), label.length + 32);
  message.set(nonce, label.length + 64);
  return { id: challenge.id, nonce: toBase64(nonce), signature: toBase64(await identity.sign(message)) };
}

/** A key as people compare it; as `PublicKey::fingerprint` has it. */
export async function fingerprint(key: Uint8Array): Promise<string> {
  const label = new TextEncoder().encode('deskhand/fingerprint/v1\0');
  const labelled = new Uint8Array(label.length + key.length);
  labelled.set(label);
  labelled.set(key, label.length);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', labelled));
  const hex = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return (hex.toUpperCase().match(/.{4}/g) ?? []).join(' ');
}
