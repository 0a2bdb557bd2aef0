/** Times, durations and sizes as people read them. */

import { language, t } from './text';

// The language of the sentences, with the region's habits if it is the same language.
const locales =
  typeof navigator === 'undefined'
    ? language
    : navigator.languages.filter((tag) => tag.startsWith(language)).concat(language);
const clock = new Intl.DateTimeFormat(locales, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(locales, { year: 'numeric', month: 'short', day: 'numeric' });
const whole = new Intl.NumberFormat(locales, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(locales, { maximumFractionDigits: 1 });

export function formatTime(at: number): string {
  return clock.format(at);
}

/** The time, with the day before it unless it is today. */
export function formatMoment(at: number, now: number = Date.now()): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return `${sameDay ? t.common.today : day.format(at)}, ${clock.format(at)}`;
}

export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return t.duration.hours(Math.floor(minutes / 60), minutes % 60);
  return minutes > 0 ? t.duration.minutes(minutes, seconds % 60) : t.duration.seconds(seconds);
}

export function formatBytes(bytes: number): string {
  return bytes < 1_000_000 ? `${whole.format(Math.max(1, bytes / 1_000))} kB` : `${tenth.format(bytes / 1_000_000)} MB`;
}

export function formatNumber(value: number): string {
  return whole.format(value);
}
