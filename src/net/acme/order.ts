// Orders a certificate from an authority that speaks ACME (rfc:8555).
import { Agent } from 'node:https'
import acme from 'acme-client'
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import { ChallengeResponder } from './responder.ts'

export interface CertificateOrder {
  /** URL of the authority's directory. */
  readonly directory: string
  /** PEM of what the authority's own HTTPS is trusted by; null: the public authorities. */
  readonly trust: string | null
  /** Whom the authority may write to; empty: nobody. */
  readonly contact: string
  /** External account binding (rfc:8555#7.3.4). */
  readonly binding: { readonly kid: string; readonly hmacKey: string } | null
  readonly account: AcmeAccount
  readonly names: readonly string[]
  /** PEM of the key that the certificate is for. */
  readonly key: string
  /** Where challenges are answered meanwhile. */
  readonly listen: readonly SocketAddress[]
  /** All of it takes at most so long; ten minutes unless a test says otherwise. */
  readonly most?: Ms
}

export interface AcmeAccount {
  /** PEM. */
  readonly key: string
  /** Null: there is none yet. */
  readonly url: string | null
}

export interface IssuedCertificate {
  /** PEM, the certificate first. */
  readonly chain: string
  readonly accountUrl: string
}

/** An authority that hangs must not keep the order for ever. */
const PATIENCE: Ms = 30_000
/** It may answer each question in time and still never come to an end. */
const MOST: Ms = 600_000

/** Rejects with what the authority, or the network, said. */
export async function orderCertificate(order: CertificateOrder): Promise<IssuedCertificate> {
  const { directory, trust, binding, account, names, key, contact, listen } = order
  acme.axios.defaults.timeout = PATIENCE
  if (trust !== null) acme.axios.defaults.httpsAgent = new Agent({ ca: trust })
  await using responder = await ChallengeResponder.listen(listen)
  const client = new acme.Client({
    directoryUrl: directory,
    accountKey: account.key,
    ...(account.url !== null && { accountUrl: account.url }),
    ...(binding !== null && { externalAccountBinding: binding }),
  })
  const [, csr] = await acme.crypto.createCsr({ altNames: [...names] }, key)
  const issued = client.auto({
    csr,
    ...(contact !== '' && { email: contact }),
    termsOfServiceAgreed: true,
    challengePriority: ['http-01'],
    // It would ask from here, where the name may lead elsewhere.
    skipChallengeVerification: true,
    challengeCreateFn: async (_authorization, { token }, text) => responder.answer(token, text),
    challengeRemoveFn: async (_authorization, { token }) => responder.forget(token),
  })
  return { chain: await within(issued, order.most ?? MOST), accountUrl: client.getAccountUrl() }
}

/** What goes on after that is not waited for: its challenges are not answered any more. */
async function within(issued: Promise<string>, most: Ms): Promise<string> {
  const late = Promise.withResolvers<never>()
  using _timer = machineClock.after(most, () => late.reject(new Error(`the authority did not come to an end within ${most / 1000} s`)))
  return await Promise.race([issued, late.promise])
}
