/** Bounds that screens show. */
export { CHAT_CHARS, NAME_CHARS } from '../protocol/limit';
