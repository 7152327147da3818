// Replies of the accepting side that more than one of its parts gives or looks for.
import { reply } from '../../smtp/reply.ts'

/** It is committed. Whoever asks whether a message was taken compares with this very value. */
export const QUEUED = reply(250, '2.6.0', 'Message received and queued.')
export const NO_RELAY = reply(550, '5.7.1', 'Relaying denied. Log in first, or ask for your address to be allowed.')
/** A filter has no answer, or asked for what cannot be done: it is mended sooner or later, and the client tries again. */
export const FILTER_FAILED = reply(451, '4.3.0', 'A filter of this server failed. Try again later.')
export const CANNOT_STORE = reply(451, '4.3.0', 'The message cannot be stored at the moment. Try again later.')
export const HEADER_TOO_LARGE = reply(552, '5.3.4', 'The header of the message is too large.')
export const TOO_LARGE = reply(552, '5.3.4', 'The message is too large for this domain.')
