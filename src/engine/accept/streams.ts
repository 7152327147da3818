// To which stream of its account a message belongs: what it says itself, its login, its account. Pure.
import type { Account, Settings } from '../../contract/settings.ts'
import { findStream } from '../../contract/streams.ts'
import { type Reply, reply } from '../../smtp/reply.ts'

/** `asked`: as the message has it. A stream that is not there is refused: what was meant for few must not count as something else. */
export function streamFor(settings: Settings, account: Account, user: string | null, asked: string | undefined): string | Reply {
  if (asked === undefined) {
    const ofLogin = user === null ? undefined : settings.credentials.get(user)?.stream
    return ofLogin ?? account.stream
  }
  const found = findStream(account, asked)
  if (found !== undefined) return found.name
  const shown = asked.replaceAll(/[^ -~]/g, '?').slice(0, 60)
  return reply(554, '5.6.0', `X-xsStream: "${shown}" is no stream of account ${account.id}.`)
}
