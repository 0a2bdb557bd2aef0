/** The bounds of `deskhand_protocol::limit` that the page needs; the reasons stand there. */

export const NAME_CHARS = 120;
export const PROBLEM_CHARS = 600;
export const LOGO_BYTES = 12 * 1_024;
export const CHAT_CHARS = 4_000;
export const TAG_CHARS = 40;
export const TAGS = 20;
export const NOTE_CHARS = 4_000;
export const SEARCH_CHARS = 200;
export const INPUT_MESSAGE = 1_100;
export const INPUT_TEXT = 1_024;
export const KEY_TEXT = 32;
export const HELD_KEYS = 32;
/** In milliseconds. */
export const HELD_RESTATE = 750;
export const CURSOR_EDGE = 255;
export const CURSOR_MESSAGE = 255 * 255 * 4 + 32;
export const TILE_MESSAGE = 65_536;
export const PICTURE_PIXELS = 128 * 1024 * 1024;
export const SHOWN = 4;
/** `deskhand_protocol::call::control::ALL_MONITORS`. */
export const ALL_MONITORS = 255;
