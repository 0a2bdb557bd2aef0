/** One file from here to there, or from there to here, in a browser. Its bytes flow against credit. */

import { sha256 } from '@noble/hashes/sha2.js';
import { same } from '../../../../../server-lite/link/page/encode';
import type { Spot } from '../../../protocol/generated/Spot';
import type { Known } from './filesWire';
import { FilesFailed, type Talks } from './talk';

const CHUNK = 32 * 1024;
const WINDOW = 28 * CHUNK;
/** Credit is given for so many bytes at once. */
const CREDIT = WINDOW / 8;
/** Bytes that become one piece of the file, which the browser may then lay aside. */
const PIECE = 4 * 1024 * 1024;

/** Told to stop, and who hears how far it is. */
export interface Trip {
  signal: AbortSignal;
  progress: (bytes: number) => void;
}

/** Sends a file that was picked. */
export async function send(talks: Talks, file: File, path: Spot, replace: boolean, trip: Trip): Promise<void> {
  const known: Known = { size: file.size, modified_ms: file.lastModified };
  const talk = talks.ask({ kind: 'write', path, known, replace });
  const stop = () => talk.cancel(false);
  trip.signal.addEventListener('abort', stop);
  try {
    const ready = await talk.next();
    if (ready.kind !== 'ready' || ready.offset > file.size) throw new FilesFailed('failed');
    const hash = sha256.create();
    let credit = WINDOW;
    for (let at = 0; at < file.size;) {
      const bytes = await partOf(file, at);
      hash.update(bytes);
      // What the helper has of an earlier try is hashed and not sent again.
      const from = Math.max(0, ready.offset - at);
      const fresh = bytes.subarray(Math.min(from, bytes.length));
      while (credit < fresh.length || talk.ready()) {
        const answer = await talk.next();
        if (answer.kind !== 'credit') throw new FilesFailed('failed');
        credit = Math.min(WINDOW, credit + answer.bytes);
      }
      if (fresh.length > 0) {
        await talk.sayBulk({ kind: 'data', offset: at + bytes.length - fresh.length, bytes: fresh });
        credit -= fresh.length;
      }
      at += bytes.length;
      trip.progress(at);
    }
    const whole = hash.digest();
    talk.say({ kind: 'finish', hash: whole });
    for (;;) {
      const answer = await talk.next();
      if (answer.kind === 'credit') continue;
      if (answer.kind !== 'done') throw new FilesFailed('failed');
      if (!same(answer.hash, whole)) throw new FilesFailed('mismatch');
      return;
    }
  } catch (error) {
    talk.cancel(false);
    throw error;
  } finally {
    trip.signal.removeEventListener('abort', stop);
    talk.over();
  }
}

async function partOf(file: File, at: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(at, at + CHUNK).arrayBuffer());
  } catch {
    // It has changed since it was picked, or is gone.
    throw new FilesFailed('changed');
  }
}

/** Fetches a file; the browser holds it until it is saved. */
export async function fetchFile(talks: Talks, path: Spot, known: Known, trip: Trip): Promise<Blob> {
  const talk = talks.ask({ kind: 'read', path, offset: 0, known });
  const stop = () => talk.cancel(false);
  trip.signal.addEventListener('abort', stop);
  const hash = sha256.create();
  const pieces: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let [came, held, owed] = [0, 0, 0];
  const settle = () => {
    pieces.push(new Blob(parts));
    parts = [];
    held = 0;
  };
  try {
    for (;;) {
      const answer = await talk.next();
      if (answer.kind === 'opened') continue;
      if (answer.kind === 'done') {
        if (!same(answer.hash, hash.digest())) throw new FilesFailed('mismatch');
        settle();
        return new Blob(pieces);
      }
      if (answer.kind !== 'data' || answer.offset !== came) throw new FilesFailed('failed');
      const { bytes } = answer;
      hash.update(bytes);
      parts.push(bytes as Uint8Array<ArrayBuffer>);
      came += bytes.length;
      held += bytes.length;
      owed += bytes.length;
      if (held >= PIECE) settle();
      if (owed >= CREDIT) {
        talk.say({ kind: 'credit', bytes: owed });
        owed = 0;
      }
      trip.progress(came);
    }
  } catch (error) {
    talk.cancel(false);
    throw error;
  } finally {
    trip.signal.removeEventListener('abort', stop);
    talk.over();
  }
}
