// Forward: mail to an address goes to others, beside or instead of it. What was forwarded once is not forwarded again, so that two servers that
// forward to each other do not do so for ever.
import { definePlugin } from '@hurricane-mta/plugin'
import { z } from 'zod'

const address = z.string().regex(/^[^@\s]+@[^@\s]+$/, 'an address is name@domain')

const settings = z.object({
  forwards: z.array(
    z.object({
      /** An address, or `@domain` for all of a domain. */
      for: z.string().toLowerCase(),
      to: z.array(address).min(1),
      /** The first recipient gets it as well. */
      keep: z.boolean().default(false),
    }),
  ),
  /** Return path of what is forwarded. Without one it stays the author's, whose domain's SPF does not name this server. */
  sender: address.optional(),
})

const MARK = 'X-Forwarded-For'

export default definePlugin({
  name: 'forward',
  apiVersion: 1,
  settings,
  hooks: {
    received: ({ header, recipients, sender }, { settings: { forwards, sender: own }, log }) => {
      const before = new Set(header.filter(({ name }) => name.toLowerCase() === MARK.toLowerCase()).map(({ value }) => value.trim()))
      const added = new Set<string>()
      const removed: string[] = []
      const marks: string[] = []
      for (const recipient of recipients) {
        const known = recipient.toLowerCase()
        const rule = forwards.find((one) => one.for === known || one.for === known.slice(known.lastIndexOf('@')))
        if (rule === undefined) continue
        if (before.has(known)) {
          log.warn(`A message to ${recipient} was forwarded before, and is left as it is.`)
          continue
        }
        for (const to of rule.to) added.add(to)
        if (!rule.keep) removed.push(recipient)
        marks.push(known)
      }
      if (marks.length === 0) return
      return {
        action: 'accept',
        changes: {
          addRecipients: [...added],
          removeRecipients: removed.filter((one) => !added.has(one)),
          header: marks.map((value) => ({ kind: 'add', name: MARK, value })),
          // What came without a return path is a notice, and must not be answered.
          sender: sender === '' ? undefined : own,
        },
      }
    },
  },
})
