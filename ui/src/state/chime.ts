/** Two short tones, for somebody who asks for help while the technician looks elsewhere. */

let context: AudioContext | undefined;

export function chime(): void {
  try {
    context ??= new AudioContext();
    const { currentTime: now } = context;
    for (const [pitch, at] of [
      [660, 0],
      [880, 0.16],
    ] as const) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, now + at);
      volume.gain.linearRampToValueAtTime(0.12, now + at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, now + at + 0.35);
      tone.connect(volume).connect(context.destination);
      tone.start(now + at);
      tone.stop(now + at + 0.4);
    }
  } catch {
    // No sound device: the notification and the list say it too.
  }
}
