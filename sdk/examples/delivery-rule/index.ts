// Override of the delivery rule: what the rules of the server say of a domain or a connection is changed by what they cannot see, here the name
// of the mailing and the MX host. What is not named here stays as the rules say.
import { definePlugin } from '@hurricane-mta/plugin'
import { z } from 'zod'

const settings = z.object({
  /** Mailings whose names begin so leave from this pool. */
  mailings: z.array(z.object({ begins: z.string().min(1), pool: z.string().min(1) })).default([]),
  /** MX hosts of these names, or below them, get connections like this. */
  hosts: z
    .array(
      z.object({
        name: z.string().min(1).toLowerCase(),
        messages_per_connection: z.number().int().min(1).optional(),
        tls: z.enum(['encrypt', 'verify']).optional(),
      }),
    )
    .default([]),
  /** Mail to these domains waits, for minutes. */
  closed: z.array(z.object({ domain: z.string().min(1).toLowerCase(), minutes: z.number().int().min(1).max(43_200) })).default([]),
})

export default definePlugin({
  name: 'delivery-rule',
  apiVersion: 1,
  settings,
  hooks: {
    domainStart: ({ domain, mailing }, { settings: { closed, mailings } }) => {
      const shut = closed.find((one) => one.domain === domain)
      if (shut !== undefined) return { action: 'defer', wait: shut.minutes * 60_000, text: `${domain} is closed for now.` }
      const pool = mailings.find(({ begins }) => mailing?.startsWith(begins) === true)?.pool
      return pool === undefined ? undefined : { action: 'continue', rule: { pool } }
    },
    mxStart: ({ host, rule }, { settings: { hosts }, log }) => {
      const found = hosts.find(({ name }) => host === name || host.endsWith(`.${name}`))
      if (found === undefined) return
      const { name: _name, ...change } = found
      log.info(
        `Connections to ${host} have ${JSON.stringify(change)} instead of ${rule.messages_per_connection} messages and tls ${rule.tls}.`,
      )
      return { action: 'continue', rule: change }
    },
  },
})
