// The mailbox simulator: answers like a receiving server, over real SMTP on loopback, so that everything can be tried without
// the internet. The local part chooses the answer (`+label` after it is ignored), the domain is simulator.hms.test:
//   success@    250
//   bounce@     550 5.1.1 at RCPT (invalid address)
//   full@       552 5.2.2 at RCPT (mailbox full; permanent, as some large providers answer it)
//   defer@      451 4.7.1 at RCPT, always
//   slow@       250, five seconds after the final dot
//   block@      554 5.7.1 at RCPT, in the words of a blocklist
//   complaint@  250 (a complaint will follow in a later version)
// Anything else is 550 5.1.1. Nothing is kept.
import type { Domain, Ms } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { type Reply, reply } from '../smtp/reply.ts'
import type { BodySink, Client, Mailbox, ServerHandler } from '../smtp/server/handler.ts'

export const SIMULATOR_DOMAIN = 'simulator.hms.test' as Domain
const SLOW: Ms = 5000

const NO_AUTH = reply(502, '5.5.1', 'The simulator knows no users')
const NO_RELAY = reply(550, '5.7.1', `This is a mailbox simulator; it takes mail for ${SIMULATOR_DOMAIN} only`)
const TAKEN = reply(250, '2.0.0', 'Taken and dropped by the mailbox simulator')

function answerTo({ local, domain }: Mailbox, client: Client): Reply | null {
  if (domain !== SIMULATOR_DOMAIN) return NO_RELAY
  switch (nameOf(local)) {
    case 'success':
    case 'slow':
    case 'complaint':
      return null
    case 'full':
      return reply(552, '5.2.2', 'Mailbox full, quota exceeded')
    case 'defer':
      return reply(451, '4.7.1', 'Greylisted, please try again later')
    case 'block':
      return reply(554, '5.7.1', `Service unavailable; client host [${client.address}] blocked using blocklist.simulator.hms.test`)
    default:
      return reply(550, '5.1.1', 'No such mailbox here: user unknown')
  }
}

function nameOf(local: string): string {
  return local.toLowerCase().replace(/\+.*$/s, '')
}

/** One handler for each session, as a server has. */
export function createSimulatorHandler(clock: Clock): ServerHandler {
  let slow = false
  return {
    connected: () => null,
    checkPassword: () => ({ ok: false, reply: NO_AUTH }),
    scramVerifier: () => NO_AUTH,
    scramFinished: () => ({ ok: false, reply: NO_AUTH }),
    mail: () => null,
    recipient: ({ recipient }, client) => {
      const refusal = answerTo(recipient, client)
      if (refusal === null && nameOf(recipient.local) === 'slow') slow = true
      return refusal
    },
    begin: () => {
      const isSlow = slow
      slow = false
      return sink(clock, isSlow)
    },
    reset: () => {
      slow = false
    },
    closed: () => {},
  }
}

function sink(clock: Clock, slow: boolean): BodySink {
  return {
    write: () => {},
    end: () => (slow ? new Promise((resolve) => clock.after(SLOW, () => resolve(TAKEN))) : TAKEN),
    abort: () => {},
  }
}
