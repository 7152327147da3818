// What somebody of one account may do: decided before the operation runs (he names his account, or a thing that is his), and of lists
// afterwards (he sees his rows). What is another's is answered as what is not there.
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { ERRORS } from '../../contract/errors.ts'
import type { Owned, Route } from '../../contract/management/route.ts'
import type { OperationTable } from '../operations/context.ts'
import { absent } from './pages.ts'
import type { Values } from './parameters.ts'

type Row = Readonly<Record<string, unknown>>

/** Of a host with its port. */
const LONGEST_NAME = 261

type Bound = Pick<Route, 'tenant' | 'withheld'>

/** The values as he may say them. Throws where he may not. */
export async function boundValues(
  { tenant, withheld = [] }: Bound,
  flat: Values,
  account: AccountId,
  table: OperationTable,
): Promise<Values> {
  const kept = withheld.find((name) => flat[name] !== undefined)
  if (kept !== undefined) throw notForAccounts(`say ${kept} here`)
  if (tenant === 'all' || (typeof tenant === 'object' && 'rows' in tenant)) return flat
  if (tenant === 'none') throw notForAccounts('do this')
  if (typeof tenant.verified === 'string') await checkVerified(flat[tenant.verified], account, table)
  if ('param' in tenant) return withAccount(flat, tenant.param.split('.'), account)
  if ((await ownerOf(tenant.owner, flat[tenant.of], table)) !== account) throw absent()
  return flat
}

/** A domain, or a host with or without its port: the nearest verified domain that it is, or is below, must be his. Null takes one away. */
async function checkVerified(named: unknown, account: AccountId, table: OperationTable): Promise<void> {
  if (typeof named !== 'string') return
  const host = canonical(named).replace(/:\d+$/, '')
  for (let rest = host.length > LONGEST_NAME ? '' : host; rest !== ''; rest = rest.slice(rest.indexOf('.') + 1 || rest.length)) {
    const [known] = await orNone(table['domain.list']({ domain: rest as Domain }))
    if (known?.verifiedAt && known.account === account) return
    if (known !== undefined) break
  }
  throw notForAccounts(`name ${named.slice(0, 253)} here, as it is no verified domain of the account, nor below one`)
}

function notForAccounts(what: string): Fault {
  return new Fault('not-allowed', `Users and keys of one account may not ${what}.`, {
    blame: 'caller',
    mend: 'Ask whoever runs the server.',
  })
}

function withAccount(flat: Values, [name = '', ...rest]: readonly string[], account: AccountId): Values {
  const given = flat[name]
  if (rest.length > 0) {
    const inner = typeof given === 'object' && given !== null ? (given as Values) : {}
    return { ...flat, [name]: withAccount(inner, rest, account) }
  }
  if (given !== undefined && given !== account)
    throw new Fault('not-yours', `${name} is not the account of this user or key.`, {
      blame: 'caller',
      mend: `Leave it out, or say ${account}.`,
    })
  return { ...flat, [name]: account }
}

/** Of these the sentences name nothing but what was asked for, and say how to ask. */
const PLAIN: ReadonlySet<string> = new Set<keyof typeof ERRORS>([
  'invalid-parameter',
  'report-not-kept',
  'report-too-long',
  'too-many-replays',
  'too-many-tests',
  'too-many-webhooks',
])

/** A failure as somebody of one account may be told it: sentences of operations name whose the other thing is, and what to do about it. */
export function inGeneral(error: unknown): unknown {
  if (!(error instanceof Fault) || PLAIN.has(error.code)) return error
  const { code, blame, temporary } = error
  return new Fault(code, (ERRORS as Readonly<Record<string, string>>)[code] ?? error.message, { blame, temporary })
}

/** The rows of a list that he may see. */
export function ownRows(route: Pick<Route, 'tenant'>, rows: readonly Row[], account: AccountId | null): readonly Row[] {
  const { tenant } = route
  return account === null || typeof tenant !== 'object' || !('rows' in tenant) ? rows : rows.filter((row) => row[tenant.rows] === account)
}

/** Null: it is not there, or nobody's. */
async function ownerOf(owned: Owned, named: unknown, table: OperationTable): Promise<AccountId | null> {
  const owners = await orNone(LOOK_UPS[owned](named, table))
  // What is of several is nobody's alone.
  return owners.every((owner) => owner === owners[0]) ? (owners[0] ?? null) : null
}

/** It is not there, or what was said is no name of such a thing. */
async function orNone<T>(asking: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof Fault && error.blame === 'caller') return []
    throw error
  }
}

/** Whose the things of that name are. Nothing but those is looked at. */
type LookUp = (named: unknown, table: OperationTable) => Promise<readonly (AccountId | null | undefined)[]>

async function accountsOf(rows: Promise<readonly { readonly account: AccountId | null }[]>): Promise<readonly (AccountId | null)[]> {
  return (await rows).map(({ account }) => account)
}

const LOOK_UPS: Readonly<Record<Owned, LookUp>> = {
  account: async (named) => [named as AccountId],
  credential: (named, table) => accountsOf(table['credential.list']({ user: String(named) })),
  domain: (named, table) => accountsOf(table['domain.list']({ domain: String(named) as Domain })),
  dkim: (named, table) => accountsOf(table['dkim.list']({ domain: String(named) as Domain })),
  message: async (named, table) => {
    const { entry, events } = await table['queue.show']({ id: named as MessageId })
    return [entry?.account ?? events[0]?.account]
  },
  job: async (named, table) => [(await table['job.show']({ id: Number(named) })).account],
  list: (named, table) => accountsOf(table['suppression.lists']({ name: String(named) })),
  user: async (named, table) => [(await table['user.show']({ name: String(named) })).account],
  key: async (named, table) => [(await table['key.show']({ name: String(named) })).account],
  session: (named, table) => accountsOf(table['session.list']({ id: String(named) })),
  suspension: (named, table) => accountsOf(table['queue.suspensions']({ id: Number(named) })),
  // What others keep back of his is not his to let go.
  'own-suspension': async (named, table) => {
    const found = await table['queue.suspensions']({ id: Number(named) })
    return found.filter(({ isOwn }) => isOwn === true).map(({ account }) => account)
  },
}

const canonical = (named: unknown): string => String(named).toLowerCase().replace(/\.$/, '')
