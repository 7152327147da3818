// Whom a provider brought: the user that he is here, or why he is none. The first time it goes by the verified address, which is the user's name;
// from then on by the provider's own name for the person (the subject), as addresses are given to others.
import type { EpochMs } from '../../../base/brand.ts'
import type { Role, UserView } from '../../../contract/access.ts'
import type { AccessBook } from '../../../engine/ports/access.ts'
import type { StoredProvider } from '../../../engine/ports/providers.ts'
import { isName } from '../../../policy/access/access-names.ts'
import { areLastOwners } from '../../../policy/access/last-owner.ts'
import { type Claims, isOfDomains, roleByClaim, saidEmail, verifiedEmail } from '../../../policy/access/provider-rules.ts'

export interface Brought {
  readonly subject: string
  readonly claims: Claims
  /** As it came. */
  readonly idToken: string
}

export type Admission =
  /** `before`: the role that he had, where it is another now. */
  | { readonly kind: 'in'; readonly user: UserView; readonly isNew: boolean; readonly before: Role | null }
  /** Whole sentences: for the person, and what may be done. */
  | { readonly kind: 'refused'; readonly why: string; readonly mend: string }

const MOST_USERS = 10_000
const MOST_OF_ACCOUNT = 500
/** OpenID Connect Core 1.0, section 2. */
const LONGEST_SUBJECT = 255
const ASK = 'Ask whoever runs this server.'

const refused = (why: string, mend = ASK): Admission => ({ kind: 'refused', why, mend })

/** What was decided is written down. Synchronous: nobody is removed in between. */
export function admit(book: AccessBook, provider: StoredProvider, { subject, claims }: Omit<Brought, 'idToken'>, now: EpochMs): Admission {
  if (subject.length > LONGEST_SUBJECT) return refused('The provider has a longer name for you than it may.')
  const email = verifiedEmail(claims, provider)
  const known = book.providers.userOf(provider.name, subject)
  if (email === undefined && typeof known !== 'string')
    return refused('The provider does not say that it has verified your address.', `${ASK} The provider calls you ${subject}.`)
  // Who is known needs no address, but where only those of some domains are let in.
  const address = email ?? saidEmail(claims)
  if (address === undefined && provider.domains.length > 0)
    return refused('The provider does not tell your address, and not all are let in by it.', ASK)
  if (address !== undefined && !isOfDomains(address, provider.domains))
    return refused(`Addresses such as ${address} are not let in by this provider.`)
  const given = roleByClaim(provider, claims)
  if (given === null) return refused('The provider gives you no role here.')
  const person = { book, provider, subject, given, now }
  if (typeof known === 'string') return withRole(person, book.user(known))
  const there = email === undefined ? undefined : book.user(email)
  if (there === undefined) return email === undefined ? refused(NOBODY) : made(person, email, known === null)
  if (claims['email_verified'] !== true && there.role === 'owner')
    return refused('An owner is not known by an address that nobody verified.', `${ASK} The provider calls you ${subject}.`)
  if (provider.only && areLastOwners(book, [there.name]))
    return refused('You are the last owner who can log in without this provider.', 'Log in as before, and make another owner first.')
  const other = book.providers.subjectOf(provider.name, there.name)
  if (other !== undefined)
    return refused(`To the provider, ${there.name} is somebody else than you.`, 'An owner can forget the one before.')
  const admission = withRole(person, there)
  if (admission.kind === 'in') book.providers.link(provider.name, subject, there.name)
  return admission
}

const NOBODY = 'You are no user of this server.'

interface Person {
  readonly book: AccessBook
  readonly provider: StoredProvider
  readonly subject: string
  /** Undefined: the role is not the provider's to say. */
  readonly given: Role | undefined
  readonly now: EpochMs
}

function made({ book, provider, subject, given, now }: Person, email: string, wasRemoved: boolean): Admission {
  const role = given ?? provider.role
  if (wasRemoved) return refused('Your user was removed.')
  if (!provider.makes || role === null) return refused(NOBODY)
  if (!isName(email)) return refused(`${email} cannot be the name of a user.`)
  const { account } = provider
  const isFull = account !== null && book.users(account).length >= MOST_OF_ACCOUNT
  if (isFull || book.users().length >= MOST_USERS) return refused('There are as many users as there may be.')
  book.addUser({ name: email, role, account, at: now })
  book.providers.link(provider.name, subject, email)
  const user = book.user(email)
  return user === undefined ? refused(NOBODY) : { kind: 'in', user, isNew: true, before: null }
}

function withRole({ book, provider, given }: Person, user: UserView | undefined): Admission {
  if (user === undefined) return refused(NOBODY)
  if (provider.account !== null && user.account !== provider.account) return refused('This provider is not for your user.')
  if (user.onlyBy !== null && !provider.only) return refused('You log in by another provider alone.')
  // An owner is of no account.
  const role = given === 'owner' && user.account !== null ? 'administrator' : given
  if (role === undefined || role === user.role) return { kind: 'in', user, isNew: false, before: null }
  if (areLastOwners(book, [user.name]))
    return refused(
      'The provider gives you another role, and you are the last owner who can log in.',
      'Log in with the password or a passkey.',
    )
  book.setRole(user.name, role)
  return { kind: 'in', user: { ...user, role }, isNew: false, before: user.role }
}
