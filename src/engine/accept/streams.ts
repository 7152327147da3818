// To which stream of its account a message belongs: what it says itself, its login, its account. Pure.
import { type Account, credentialOf, type Settings } from '../../contract/settings.ts'
import { findStream, FIRST_STREAM } from '../../contract/streams.ts'
import type { HeaderFacts } from '../../message/prepare.ts'
import { type Reply, reply } from '../../smtp/reply.ts'

/**
 * `Feedback-ID` as Gmail reads it: up to four fields, of which the last is the sender's own, and the most particular the first. It tells
 * complaints by each of them (Postmaster Tools), so that none may be of one recipient.
 */
export function feedbackIdOf(settings: Settings, account: Account, user: string | null, { mailing, wishes }: HeaderFacts): string {
  const stream = streamFor(settings, account, user, wishes?.stream)
  // Where it is none, the message is refused a moment later.
  const named = typeof stream === 'string' ? stream : FIRST_STREAM
  return [...(mailing === null ? [] : [mailing]), named, account.id, account.feedbackId].join(':')
}

/** `asked`: as the message has it. A stream that is not there is refused: what was meant for few must not count as something else. */
export function streamFor(settings: Settings, account: Account, user: string | null, asked: string | undefined): string | Reply {
  if (asked === undefined) {
    const ofLogin = user === null ? undefined : credentialOf(settings, user)?.stream
    return ofLogin ?? account.stream
  }
  const found = findStream(account, asked)
  if (found !== undefined) return found.name
  const shown = asked.replaceAll(/[^ -~]/g, '?').slice(0, 60)
  return reply(554, '5.6.0', `X-xsStream: "${shown}" is no stream of account ${account.id}.`)
}
