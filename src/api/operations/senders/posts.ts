// Where an account may post to by HTTP, and the secret that it signs with.
import { randomBytes } from 'node:crypto'
import type { AccountId } from '../../../base/brand.ts'
import { writeSecret } from '../../../policy/alerts/webhook.ts'
import { canonicalPattern } from '../../../policy/post/allowed.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const MOST_PATTERNS = 1000
const LONGEST_PATTERN = 500
const SECRET_OCTETS = 32

function patternOf(value: unknown): string {
  const text = typeof value === 'string' && value.length <= LONGEST_PATTERN ? value : ''
  const pattern = canonicalPattern(text)
  if (pattern !== undefined) return pattern
  throw refused(
    `${JSON.stringify(text)} is no pattern of addresses that are posted to.`,
    'Examples: https://hooks.example.com/, https://*.example.com:8443/in/, http://10.1.2.3/.',
  )
}

export function postOperations({ settings, by }: OperationContext): OperationsOf<'account.post'> {
  const newSecret = (id: AccountId, change: 'new' | 'none' | undefined): string | null => {
    if (change !== 'new') return null
    const secret = randomBytes(SECRET_OCTETS)
    settings.putPostSecret(id, secret, by)
    return writeSecret(secret)
  }
  return {
    'account.post.set': async (values) => {
      const params = new Params(values)
      const id = params.account('id')
      const add = params.optional('add', () => params.list('add', MOST_PATTERNS).map(patternOf)) ?? []
      const remove = params.optional('remove', () => params.list('remove', MOST_PATTERNS).map(patternOf)) ?? []
      const change = params.optional('secret', () => params.choice('secret', ['new', 'none']))
      params.done()
      const before = existingAccount(settings.read(), id)
      const { allow: known = [], isSigned: wasSigned = false } = before.post ?? {}
      const missing = remove.find((pattern) => !known.includes(pattern))
      if (missing !== undefined) throw refused(`Account ${id} has no pattern ${missing}.`, `'hms account post ${id}' lists them.`)
      const allow = [...new Set([...known, ...add])].filter((pattern) => !remove.includes(pattern))
      if (allow.length > MOST_PATTERNS) throw refused(`An account has at most ${MOST_PATTERNS} patterns.`)
      // Before what says that it is signed, so that nothing leaves that cannot be.
      const secret = newSecret(id, change)
      const account = { ...before, post: { allow, isSigned: change === undefined ? wasSigned : change === 'new' } }
      settings.putAccount(account, by)
      if (change === 'none') settings.removePostSecret(id, by)
      return { account, secret }
    },
  }
}
