// The audit, looked through by who, what, when and whose.
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params } from '../params.ts'

const MOST = 1000
const TIMES = { least: 0, most: Number.MAX_SAFE_INTEGER } as const

export function auditOperations({ settings }: OperationContext): OperationsOf<'audit'> {
  return {
    'audit.list': async (values) => {
      const params = new Params(values)
      const text = (name: string): string | undefined => params.optional(name, () => params.text(name, 200))
      const count = (name: string): number | undefined => params.optional(name, () => params.count(name, TIMES))
      const filter = { who: text('who'), action: text('action'), subject: text('subject'), operation: text('operation') }
      const times = { since: count('since'), until: count('until'), after: count('after') }
      const account = params.optional('account', () => params.account('account'))
      const limit = params.optional('limit', () => params.count('limit', { least: 1, most: MOST })) ?? 100
      params.done()
      const asked = Object.entries({ ...filter, ...times, account }).filter(([, value]) => value !== undefined)
      return settings.audited({ ...Object.fromEntries(asked), limit })
    },
  }
}
