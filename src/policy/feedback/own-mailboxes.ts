// Which mailboxes there are at the installation's own domains: those that a mail domain has (rfc:5321#4.5.1, rfc:2142), those that bounces
// and reports are sent to, and the owner's more. All else is refused, so that nobody's guess is answered by a bounce.
import type { OwnDomain } from '../../contract/settings.ts'

export const USUAL_MAILBOXES = ['postmaster', 'abuse', 'bounces', 'fbl', 'unsubscribe'] as const
/** Of the owner's, for one domain. */
export const MOST_MAILBOXES = 100

/** A local part as it may be listed: a dot-string without quoting. */
export function isMailboxName(text: string): boolean {
  return /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(text) && text.length <= 64
}

/** Whoever writes to it need not know how it is written: case does not count. */
export function hasMailbox({ localParts }: Pick<OwnDomain, 'localParts'>, local: string): boolean {
  const name = local.toLowerCase()
  return (USUAL_MAILBOXES as readonly string[]).includes(name) || localParts.includes(name)
}
