// Who calls a vendor's path: an account's key in that vendor's place, or a call that was signed with one. What is wrong counts against the
// client's network as a wrong password does.
import type { EpochMs } from '../../../base/brand.ts'
import type { Problem } from '../../../contract/injection.ts'
import type { KeyCheck } from '../keys.ts'
import type { Call, Caller, CallHead } from '../route.ts'
import { checkSignature, readClaim, type SignatureClaim, type SignatureTrouble } from './sigv4.ts'
import { Refused, refuse } from '../refused.ts'
import type { Header, Opened } from './vendor.ts'

const SERVICE = 'ses'
const UNKNOWN_KEY: SignatureTrouble = {
  code: 'UnrecognizedClientException',
  message: "The access key is none of this server, or may not be used from there. 'hms credential add ACCOUNT --kind ses' makes one.",
}

export class VendorCallers {
  readonly #keys: KeyCheck
  readonly #now: () => EpochMs

  constructor(keys: KeyCheck, now: () => EpochMs) {
    this.#keys = keys
    this.#now = now
  }

  byKey(key: string, head: CallHead): Caller | Problem {
    return this.#keys.byKey(key, head)
  }

  /** By a key that was in the body, which must be of the account that is named there. */
  proven({ proof }: Opened, head: CallHead): Caller {
    const caller = this.byKey(proof?.key ?? '', head)
    if ('code' in caller) throw new Refused(caller)
    if (proof?.account !== caller.account) refuse('not-authenticated', 'The key is none of that account.')
    return caller
  }

  /** Whose key a call says to be signed with: without one that is there its body is not read. */
  claimed(head: CallHead): Caller {
    return this.#keys.signing(this.#claim(head).accessKeyId) ?? this.#refused(UNKNOWN_KEY, head)
  }

  /** That it was, with its body. */
  checkSigned(call: Call): void {
    const { method, path, query, body } = call
    const claim = this.#claim(call)
    const key = this.#keys.signing(claim.accessKeyId) ?? this.#refused(UNKNOWN_KEY, call)
    const request = { method, target: query === '' ? path : `${path}?${query}`, header: headerOf(call), body }
    const trouble = checkSignature(request, claim, key.secret)
    if (trouble !== null) this.#refused(trouble, call)
    const admitted = this.#keys.admit(key, call)
    if ('code' in admitted) throw told(admitted, UNKNOWN_KEY)
  }

  #refused(trouble: SignatureTrouble, head: CallHead): never {
    const counted = this.#keys.admit(undefined, head)
    throw 'code' in counted ? told(counted, trouble) : troubled(trouble)
  }

  #claim(head: CallHead): SignatureClaim {
    const claim = readClaim({ header: headerOf(head) }, SERVICE, this.#now())
    if ('code' in claim) throw troubled(claim)
    return claim
  }
}

/** Said several times, values are one behind the other. */
export function headerOf({ headers }: Pick<CallHead, 'headers'>): Header {
  return (name) => {
    // A signature may name any: `constructor` is there of every object.
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    return value === undefined ? null : Array.isArray(value) ? value.join(',') : value
  }
}

function told(problem: Problem, trouble: SignatureTrouble): Refused {
  return problem.code === 'too-many-failures' ? new Refused(problem) : troubled(trouble)
}

/** AWS has a class of error for each, which `field` carries to where it is told. */
function troubled({ code, message }: SignatureTrouble): Refused {
  return new Refused({ code: 'not-authenticated', message, field: code })
}
