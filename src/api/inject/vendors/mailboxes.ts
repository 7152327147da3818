// Addresses as vendors write them: `Ann <ann@example.com>, bob@example.com` in one text, read by the parser that reads header fields, so that
// a name with a comma or a quoted local part is what it is everywhere.
import type { Mailbox } from '../../../contract/injection.ts'
import { readAddressList } from '../../../message/addresses.ts'
import { decodeWords } from '../../../message/report/fields.ts'
import { refuse } from '../refused.ts'
import { given } from './vendor.ts'

const DOT_ATOM = /^[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10ffff}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10ffff}-]+)*$/u
/** As much as a header may hold. */
const LONGEST = 1024 * 1024

function shown(value: string): string {
  return value.replaceAll(/[^ -~]/g, '?').slice(0, 100)
}

/** All addresses of a text, in their order; none where it is empty. */
export function mailboxesOf(value: string | null | undefined, field: string): Mailbox[] | undefined {
  const known = given(value)
  if (known === undefined) return undefined
  const read = known.length > LONGEST || /[\r\n\0]/.test(known) ? null : readAddressList(known)
  if (read === null || read.length === 0)
    return refuse('invalid-field', `${field}: "${shown(known)}" is no mail address, or list of them.`, field)
  return read.map(({ name, local, domain }) => {
    const email = `${DOT_ATOM.test(local) ? local : `"${local.replaceAll(/["\\]/g, '\\$&')}"`}@${domain}`
    return name === '' ? email : { email, name: name.includes('=?') ? decodeWords(name) : name }
  })
}

/** The one address of a text. */
export function mailboxOf(value: string, field: string): Mailbox {
  const [first, ...more] = mailboxesOf(value, field) ?? []
  if (first === undefined || more.length > 0) return refuse('invalid-field', `${field} must be one mail address.`, field)
  return first
}

/** Texts with one or more addresses each. */
export function mailboxesOfAll(values: readonly string[] | null | undefined, field: string): Mailbox[] | undefined {
  return given((values ?? []).flatMap((value) => mailboxesOf(value, field) ?? []))
}

/** An address and a name apart. */
export function mailboxFrom(email: string, name: string | null | undefined): Mailbox {
  const known = given(name)
  return known === undefined ? email : { email, name: known }
}

export function emailOf(mailbox: Mailbox | undefined): string {
  return mailbox === undefined ? '' : typeof mailbox === 'string' ? mailbox : mailbox.email
}
