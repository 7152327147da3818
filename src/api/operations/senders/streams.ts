// The streams of an account.
import { MOST_STREAMS, SHIPPED_STREAMS, STREAM_KINDS, STREAM_NAME } from '../../../contract/streams.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const isShipped = (name: string): boolean => SHIPPED_STREAMS.some((stream) => stream.name === name)

export function streamOperations({ settings, by }: OperationContext): OperationsOf<'account.streams'> {
  return {
    'account.streams.add': async (values) => {
      const params = new Params(values)
      const id = params.account('id')
      const name = params.text('name', 100).toLowerCase()
      const kind = params.choice('kind', STREAM_KINDS)
      params.done()
      if (!STREAM_NAME.test(name))
        throw refused('The name of a stream is made of up to 32 letters, digits and hyphens, and does not begin with a hyphen.')
      if (isShipped(name)) throw refused(`Every account has the stream ${name}, which keeps its kind.`, 'Choose another name.')
      const account = existingAccount(settings.read(), id)
      const others = account.streams.filter((stream) => stream.name !== name)
      if (others.length >= MOST_STREAMS) throw refused(`Account ${id} has ${MOST_STREAMS} streams of its own: it can have no more.`)
      const changed = { ...account, streams: [...others, { name, kind }] }
      settings.putAccount(changed, by)
      return changed
    },
    'account.streams.remove': async (values) => {
      const params = new Params(values)
      const id = params.account('id')
      const name = params.text('name', 100).toLowerCase()
      params.done()
      if (isShipped(name)) throw refused(`Every account has the stream ${name}.`)
      const known = settings.read()
      const account = existingAccount(known, id)
      if (account.stream === name) throw refused(`${name} is the stream of mail of account ${id} that does not say.`, 'Set another first.')
      const login = [...known.credentials.values(), ...known.injectionKeys.values()].find(
        (one) => one.account === id && one.stream === name,
      )
      if (login !== undefined) throw refused(`${name} is the stream of the login ${login.user}.`, 'Set another first.')
      const streams = account.streams.filter((stream) => stream.name !== name)
      if (streams.length === account.streams.length) return { removed: false }
      settings.putAccount({ ...account, streams }, by)
      return { removed: true }
    },
  }
}
