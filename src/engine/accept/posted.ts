// Recipients that are posted to by HTTP: whether their account may, when the message is taken and again when it is sent.
import type { Domain } from '../../base/brand.ts'
import type { Account } from '../../contract/settings.ts'
import type { HeaderFacts } from '../../message/prepare.ts'
import { isMediaType } from '../../message/posted-body.ts'
import { mayPost } from '../../policy/post/allowed.ts'
import { isPosted, placeOf, urlOf } from '../../smtp/post-address.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { MessageHead, NewRecipient } from '../ports/spool.ts'

const NOT_ALLOWED = reply(550, '5.7.1', 'This account may not post to that address.')
const NOTHING = {}
const NO_TYPE = reply(550, '5.6.0', 'X-XsHttp-Content-Type is no media type such as application/json.')

export function refusePost({ post }: Pick<Account, 'post'>, address: string): Reply | null {
  return post !== undefined && mayPost(post.allow, urlOf(address)) ? null : NOT_ALLOWED
}

/** `type`: what the message says of itself; it counts where something of it is posted. */
export function refusePostType(type: string | undefined, recipients: readonly Pick<NewRecipient, 'domain'>[]): Reply | null {
  return type === undefined || isMediaType(type) || !recipients.some(isPostedTo) ? null : NO_TYPE
}

/** As it is kept with the message. */
export function postTypeOf({ postType }: HeaderFacts, recipients: readonly NewRecipient[]): Pick<MessageHead, 'postType'> {
  return postType !== undefined && recipients.some(isPostedTo) ? { postType } : NOTHING
}

/** As rules know them: what is posted by its host. */
export function ruledBy(recipients: readonly NewRecipient[]): readonly Pick<NewRecipient, 'domain'>[] {
  return recipients.some(isPostedTo)
    ? recipients.map((one) => (isPostedTo(one) ? { domain: placeOf(one.domain).host as Domain } : one))
    : recipients
}

export function isPostedTo({ domain }: Pick<NewRecipient, 'domain'>): boolean {
  return isPosted(domain)
}
