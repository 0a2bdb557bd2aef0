/** Plays the stories that the Rust side wrote down: the same words in, the same words out. */

import { hexToBytes } from '@noble/hashes/utils.js';
import { expect, test } from 'vitest';
import vectors from '../../../../../server-lite/link/vectors/handshake.json?raw';
import { fromBase64, toBase64 } from '../../../../../server-lite/link/page/encode';
import { HelperHandshake, type HelperOutput, type Question } from './helper';
import type { DeclineReason, EndReason } from '../../../../../server-lite/link/page/signal';

interface Step {
  at: number;
  signal?: unknown;
  text?: string;
  do?: 'allow' | 'decline' | 'offer' | 'bye' | 'tick';
  reason?: string;
  sdp?: string;
  outputs: unknown[];
}

interface Story {
  name: string;
  session: string;
  seed: string;
  secret: { knowing: 'spoken' | 'link'; text: string };
  random: string[];
  steps: Step[];
}

const stories = JSON.parse(vectors) as Story[];

/** As the vectors write it. */
function readable(output: HelperOutput): unknown {
  switch (output.kind) {
    case 'send':
      return { kind: 'send', signal: JSON.parse(output.signal) as unknown };
    case 'known': {
      const { name, company, certificate, seat } = output.introduction;
      const relay_pins = output.introduction.relay_pins.map(toBase64);
      const introduction = {
        name,
        company,
        relay_pins,
        ...(certificate && { certificate: toBase64(certificate) }),
        ...(seat && { seat }),
      };
      return { ...output, key: toBase64(output.key), introduction };
    }
    case 'asked':
      return { kind: 'asked', ask: output.ask };
    default:
      return output;
  }
}

test.each(stories)('$name', (story) => {
  const random = story.random.map(hexToBytes);
  const handshake = new HelperHandshake({
    session: story.session,
    seed: hexToBytes(story.seed),
    secret: story.secret,
    random: (length) => {
      const drawn = random.shift();
      expect(drawn?.length).toBe(length);
      return drawn ?? new Uint8Array(length);
    },
  });
  let question: Question | undefined;
  for (const [number, step] of story.steps.entries()) {
    if (step.do) {
      if (step.do === 'allow' && question) handshake.allow(question);
      if (step.do === 'decline' && question) handshake.decline(question, step.reason as DeclineReason);
      if (step.do === 'offer') handshake.offer(step.sdp ?? '');
      if (step.do === 'bye') handshake.bye(step.reason as EndReason);
      if (step.do === 'tick') handshake.tick(step.at);
    } else {
      handshake.handle(step.text ?? JSON.stringify(step.signal), step.at);
    }
    const outputs = handshake.poll();
    question = outputs.findLast((output) => output.kind === 'asked')?.question ?? question;
    expect(outputs.map(readable), `step ${number}`).toEqual(step.outputs);
  }
  expect(random).toEqual([]);
});

test('the stories are played', () => {
  expect(stories.length).toBeGreaterThan(5);
  expect(stories.flatMap((story) => story.steps).length).toBeGreaterThan(40);
});

test('bytes are read as they are written, and in no other way', () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 0xff);
    expect(fromBase64(toBase64(bytes), length)).toEqual(bytes);
    const usual = btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
    expect(toBase64(bytes)).toBe(usual);
  }
  for (const wrong of ['AB', 'A=', 'A+', 'AAA', '', 7, null]) expect(() => fromBase64(wrong, 1)).toThrow();
  expect(fromBase64('_w', 1)).toEqual(Uint8Array.of(0xff));
});
