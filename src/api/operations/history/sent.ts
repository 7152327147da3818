// To whom mail was sent: for workers, which read what came back, and for people.
import { setImmediate as turn } from 'node:timers/promises'
import { MOST_PLACES, type SentAnswer, type SentPlace } from '../../../contract/sent.ts'
import { parseMessageId } from '../../../base/message-id.ts'
import { openToken } from '../../../message/token.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const DAY = 86_400_000
/** Bounces come within. */
const USUAL_DAYS = 35
/** Looked for at once: some 10 ms. */
const A_TURN = 100
/** A search through many days ends with what it found. */
const LONGEST_SEARCH = 30_000

function placeOf(value: unknown): SentPlace {
  const params = new Params(value, 'A place')
  const message = parseMessageId(params.text('message', 16))
  const n = params.count('n', { least: 0, most: 2 ** 31 })
  params.done()
  if (message === undefined) throw refused('message must be the id of a message.')
  return { message, n }
}

export function sentOperations({ settings, sent, now }: OperationContext): OperationsOf<'sent'> {
  return {
    'sent.find': async (values) => {
      const params = new Params(values)
      const places = params.raw('places')
      params.done()
      if (!Array.isArray(places) || places.length > MOST_PLACES) throw refused(`places must be a list of at most ${MOST_PLACES}.`)
      const recipients: SentAnswer[] = []
      for (const [i, place] of places.entries()) {
        if (i % A_TURN === A_TURN - 1) await turn()
        const wanted = placeOf(place)
        recipients.push((await sent.find(wanted)) ?? (sent.isAhead(wanted.message) ? 'ahead' : null))
      }
      return { recipients }
    },
    'sent.open': async (values) => {
      const params = new Params(values)
      const token = params.text('token', 320)
      params.done()
      const at = token.indexOf('@')
      const facts = openToken(settings.read().tokenKeys, at < 0 ? token : token.slice(0, at))
      return { facts, recipient: facts === null ? null : await sent.find(facts) }
    },
    'sent.search': async (values) => {
      const params = new Params(values)
      const address = params.text('address', 320)
      const since = params.optional('since', () => params.count('since', { least: 0, most: Number.MAX_SAFE_INTEGER }))
      const account = params.optional('account', () => params.account('account'))
      const limit = params.optional('limit', () => params.count('limit', { least: 1, most: 10_000 })) ?? 50
      params.done()
      const wanted = { since: since ?? now() - USUAL_DAYS * DAY, account, limit, signal: AbortSignal.timeout(LONGEST_SEARCH) }
      return { recipients: await sent.search(address, wanted) }
    },
  }
}
