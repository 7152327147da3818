// Quotas of accounts and their logins, and how much of them is used up.
import { QUOTA_NAMES, type QuotaChange, type QuotaName, QUOTAS, type Quotas, type QuotaUse } from '../../../contract/accounts.ts'
import type { Account } from '../../../contract/settings.ts'
import { quotaKey, quotasOf, scopeOfAccount, scopeOfLogin } from '../../../policy/accounts/quotas.ts'
import { stateNow } from '../../../policy/accounts/standing.ts'
import { existingCredential, putCredential } from './credentials.ts'
import { existingAccount } from '../existing-account.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { Params, refused } from '../params.ts'

const MOST = 1_000_000_000

export function quotaOperations(context: OperationContext): Pick<OperationTable, 'account.show' | 'account.quota' | 'credential.quota'> {
  const { settings, by } = context
  return {
    'account.show': async (values) => {
      const params = new Params(values)
      const account = existingAccount(settings.read(), params.account('id'))
      params.done()
      return { account, use: await useOf(context, account) }
    },
    'account.quota': async (values) => {
      const params = new Params(values)
      const { quotas: before, ...account } = existingAccount(settings.read(), params.account('id'))
      const { messagesPerHour, ...change } = changeIn(params)
      params.done()
      const quotas = changed(before, change)
      // That one was there before the others, and stays where it was.
      const hour = messagesPerHour === undefined ? account.messagesPerHour : messagesPerHour
      settings.putAccount({ ...account, messagesPerHour: hour, ...(Object.keys(quotas).length > 0 && { quotas }) }, by)
      return { quotas: hour === null ? quotas : { ...quotas, messagesPerHour: hour } }
    },
    'credential.quota': async (values) => {
      const params = new Params(values)
      const user = params.text('user', 128)
      const credential = existingCredential(settings.read(), user)
      const change = changeIn(params)
      if (change.queuedMessages !== undefined || change.queuedBytes !== undefined)
        throw refused('What is in the queue is of accounts: a login has no quota of it.', "Use 'hms account quota'.")
      params.done()
      const { quotas: before, ...login } = credential
      const quotas = changed(before, change)
      putCredential(settings, { ...login, ...(Object.keys(quotas).length > 0 && { quotas }) }, by)
      return { quotas }
    },
  }
}

function changeIn(params: Params): QuotaChange {
  const given = new Params(params.raw('quotas'), 'quotas')
  const named = QUOTA_NAMES.filter((name) => given.has(name))
  const change = Object.fromEntries(
    named.map((name) => [
      name,
      given.raw(name) === null
        ? null
        : given.count(name, { least: name === 'messagesPerHour' ? 0 : 1, most: name === 'queuedBytes' ? Number.MAX_SAFE_INTEGER : MOST }),
    ]),
  )
  given.done()
  return change
}

function changed(before: Quotas = {}, change: QuotaChange): Quotas {
  const all: QuotaChange = { ...before, ...change }
  return Object.fromEntries(QUOTA_NAMES.flatMap((name) => (all[name] == null ? [] : [[name, all[name]]])))
}

async function useOf({ settings, workers, delivery, now, live }: OperationContext, account: Account): Promise<readonly QuotaUse[]> {
  const known = settings.read()
  const logins = [...known.credentials.values(), ...known.injectionKeys.values()].filter(
    (login) => login.account === account.id && login.quotas !== undefined,
  )
  const of = (user: string | null, quotas: Quotas, scope: string) =>
    (Object.entries(quotas) as [QuotaName, number][]).map(([quota, limit]) => ({ user, quota, limit, key: quotaKey(quota, scope) }))
  const all = [
    ...of(null, quotasOf(account, stateNow(account, now()), delivery.config), scopeOfAccount(account)),
    ...logins.flatMap((login) => of(login.user, login.quotas ?? {}, scopeOfLogin(login))),
  ]
  const counted = all.filter(({ quota }) => QUOTAS[quota].span !== null)
  const keys = counted.map(({ key }) => key)
  const answers = live().running && keys.length > 0 ? (await workers.some('limits.used', { keys })).answers : []
  const used = answers.find((answer) => answer.used !== null)?.used ?? null
  const usedOf = new Map(keys.map((key, i) => [key, used?.[i] ?? null]))
  const queue = all.some(({ quota }) => QUOTAS[quota].counts === 'queue') && live().running ? await queueOf(workers, account) : null
  return all.map(({ key, user, quota, limit }) => {
    if (quota === 'queuedMessages' || quota === 'queuedBytes') return { user, quota, limit, used: queue?.[quota] ?? null }
    return { user, quota, limit, used: usedOf.get(key) ?? null }
  })
}

async function queueOf(
  workers: OperationContext['workers'],
  { id }: Account,
): Promise<{ readonly queuedMessages: number; readonly queuedBytes: number } | null> {
  const { answers } = await workers.some('queue.use', { account: id })
  let [queuedMessages, queuedBytes] = [0, 0]
  for (const { used } of answers) {
    if (used === null) return null
    queuedMessages += used.messages
    queuedBytes += used.bytes
  }
  return { queuedMessages, queuedBytes }
}
