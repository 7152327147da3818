// Paths of the vendors on the injection listener: what is asked for is made into messages of ours, and what became of them is told in the
// vendor's form.
import type { EpochMs } from '../../../base/brand.ts'
import type { Problem } from '../../../contract/injection.ts'
import type { KeyCheck } from '../keys.ts'
import type { MessageIntake } from '../intake.ts'
import type { Call, Caller, CallHead, InjectRoute } from '../route.ts'
import { headerOf, VendorCallers } from './callers.ts'
import { fulfilled } from './orders.ts'
import { POSTMARK } from './postmark.ts'
import { RESEND } from './resend.ts'
import { SENDGRID } from './sendgrid.ts'
import { SES } from './ses.ts'
import { SOCKETLABS } from './socketlabs.ts'
import { Refused } from '../refused.ts'
import type { Vendor, VendorAnswer } from './vendor.ts'

export const VENDORS: readonly Vendor[] = [POSTMARK, RESEND, SENDGRID, SES, SOCKETLABS]

/** Octets of a body that is read before it is known who calls: strangers can have as much of it made out. */
const MOST_OF_STRANGERS = 16 * 1024 * 1024

export interface VendorsAround {
  readonly keys: KeyCheck
  readonly intake: MessageIntake
  readonly now: () => EpochMs
  /** Octets of a body. */
  readonly most: number
}

export function vendorRoutes({ keys, intake, now, most }: VendorsAround): readonly InjectRoute[] {
  const inside = { callers: new VendorCallers(keys, now), intake, now, most }
  return VENDORS.flatMap((vendor) => [...vendor.paths].map((path) => routeOf(vendor, path, inside)))
}

interface Inside {
  readonly callers: VendorCallers
  readonly intake: MessageIntake
  readonly now: () => EpochMs
  readonly most: number
}

function routeOf(vendor: Vendor, path: string, inside: Inside): InjectRoute {
  const { key, refuse } = vendor
  const { callers } = inside
  const who = (head: CallHead): Caller | Problem => {
    try {
      return typeof key === 'function' ? callers.byKey(key(headerOf(head)), head) : callers.claimed(head)
    } catch (error) {
      return problemOf(error)
    }
  }
  const answer = async (call: Call): Promise<VendorAnswer> => {
    try {
      if (key === 'signed') callers.checkSigned(call)
      const opened = vendor.open({ path, header: headerOf(call), body: call.body, now: inside.now() })
      const caller = call.caller ?? callers.proven(opened, call)
      const order = await opened.order()
      return 'status' in order ? order : await fulfilled(order, { call, caller, refuse, intake: inside.intake })
    } catch (error) {
      return refuse(problemOf(error))
    }
  }
  const route = { method: 'POST', path: vendor.prefix + path, answer, refuse } as const
  if (key !== 'in the body') return { ...route, authenticate: who }
  return { ...route, authenticate: key, most: Math.min(inside.most, MOST_OF_STRANGERS) }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem
  throw error
}
