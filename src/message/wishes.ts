// Fields of the header that are instructions to us, not for the recipient: read as they are written, and taken out. What they mean is decided
// where the message is taken (engine/accept/sending.ts).
import { detached, fieldValue, type Header, type HeaderField } from './header.ts'

/** Each as it is written. */
export interface Wishes {
  priority?: string
  sendAt?: string
  expires?: string
  spread?: string
  window?: string
  stream?: string
}

/** As the sender writes it: for replies. */
export const WISH_FIELDS = {
  priority: 'X-xsPriority',
  sendAt: 'X-xsSendAt',
  expires: 'X-xsExpires',
  spread: 'X-xsSpread',
  window: 'X-xsWindow',
  stream: 'X-xsStream',
} as const satisfies Record<keyof Wishes, string>

const BY_NAME: ReadonlyMap<string, keyof Wishes> = new Map(
  (Object.keys(WISH_FIELDS) as (keyof Wishes)[]).map((wish) => [WISH_FIELDS[wish].toLowerCase(), wish]),
)
export const WISH_NAMES: readonly string[] = [...BY_NAME.keys()]
/** Nothing that can be read is longer. */
const LONGEST = 501

/** The wishes with that of one field; said twice, the first counts. What windows and zones were named is remembered longer than a message. */
export function withWish(wishes: Wishes | null, header: Header, field: HeaderField): Wishes | null {
  const wish = BY_NAME.get(field.name)
  if (wish === undefined || wishes?.[wish] !== undefined) return wishes
  return { ...wishes, [wish]: detached(fieldValue(header, field).slice(0, LONGEST)) }
}
