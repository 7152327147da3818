// Copies of delivered mail: what is asked of them.
import { type Keep, KEEP_BYTES, KEEP_DAYS } from '../../../contract/kept.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params, refused } from '../params.ts'

const PLACE = /^\d{4}-\d\d-\d\d\.\d{1,6}\.\d{1,9}:\d{1,9}$/
const ANY = { least: 0, most: Number.MAX_SAFE_INTEGER }

export function keptOperations({ data, settings }: OperationContext): OperationsOf<'kept'> {
  const accountIn = (params: Params) => existingAccount(settings.read(), params.account('account')).id
  return {
    'kept.find': async (values) => {
      const params = new Params(values)
      const account = accountIn(params)
      const wanted = {
        address: params.optional('address', () => params.text('address', 320)),
        message: params.optional('message', () => params.message('message')),
        subject: params.optional('subject', () => params.text('subject', 200)),
        since: params.optional('since', () => params.count('since', ANY)),
        after: params.optional('after', () => place(params.text('after', 100))),
        limit: params.optional('limit', () => params.count('limit', { least: 1, most: 1000 })),
      }
      params.done()
      const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
      return data.copies.find({ account, ...given })
    },
    'kept.show': async (values) => {
      const params = new Params(values)
      const asked = { account: accountIn(params), message: params.message('message') }
      params.done()
      return data.copies.show(asked)
    },
    'kept.raw': async (values) => {
      const params = new Params(values)
      const asked = { account: accountIn(params), message: params.message('message') }
      const from = params.optional('from', () => params.count('from', ANY)) ?? 0
      const address = params.optional('address', () => params.text('address', 320))
      params.done()
      return data.copies.raw({ ...asked, from, ...(address !== undefined && { address }) })
    },
  }
}

/** Of `account.set`. */
export function keepSetting(value: unknown): Keep | null {
  if (value === null) return null
  const params = new Params(value, 'keep')
  const keep = { days: params.count('days', KEEP_DAYS), bytes: params.count('bytes', KEEP_BYTES) }
  params.done()
  return keep
}

function place(text: string): string {
  if (PLACE.test(text)) return text
  throw refused(`"${text.slice(0, 100)}" is no place in a search.`, 'Give what the page before told as next.')
}
