// What a client is told where a milter decided without words of its own, or could not be asked.
import type { MilterFailureChoice } from '../../contract/milters.ts'
import { closing, type Reply, reply } from '../../smtp/reply.ts'
import type { Verdict } from '../../smtp/milter/conversation.ts'

const REJECTED = reply(550, '5.7.1', 'Refused by a mail filter of this server.')
const PUT_OFF = reply(451, '4.7.1', 'A mail filter of this server puts this off. Try again later.')
const SHUT_DOWN = closing(reply(421, '4.7.0', 'A mail filter of this server ends the session.'))
const CANNOT_ASK = reply(451, '4.7.1', 'A mail filter of this server cannot be asked now. Try again later.')
const CANNOT_PASS = reply(550, '5.7.1', 'A mail filter of this server cannot be asked, and without it nothing is taken.')

/** Null: it goes on. */
export function refusalOf(verdict: Verdict): Reply | null {
  switch (verdict.verdict) {
    case 'reject':
      return REJECTED
    case 'tempfail':
      return PUT_OFF
    case 'shutdown':
      return SHUT_DOWN
    case 'reply':
      return verdict.reply
    default:
      return null
  }
}

/** Null: mail goes on without the milter. */
export function failureReply(choice: MilterFailureChoice): Reply | null {
  if (choice === 'accept') return null
  return choice === 'tempfail' ? CANNOT_ASK : CANNOT_PASS
}
