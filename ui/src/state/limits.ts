/** Bounds that screens show. */
export { CHAT_CHARS, NAME_CHARS, NOTE_CHARS, SEARCH_CHARS, TAG_CHARS, TAGS } from '../protocol/limit';
