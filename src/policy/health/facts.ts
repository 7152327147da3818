// What was seen of a sender domain and of what its mail leaves from: what the judging of its health stands on. Null in place of what was
// found: no name server answered.
import type { AccountId, Domain } from '../../base/brand.ts'
import type { SpfResult } from '../spf/check.ts'
import type { ListingFacts } from './blocklists.ts'

export type Found = readonly string[] | null

export interface SourceFacts {
  /** As the rules name it; null: it is of the configuration. */
  readonly name: string | null
  /** Null: an exit that sends from an address of its own. */
  readonly address: string | null
  /** Receivers see this address, and no other in its place. */
  readonly isPublic: boolean
  readonly helo: string
  /** Of the domain of the return path; null where nothing could be asked. */
  readonly spf: SpfResult | null
  /** Its reverse names. */
  readonly names: Found
  /** Of these, those that lead back to it. */
  readonly back: readonly string[]
}

export interface KeyFacts {
  readonly name: string
  readonly value: string
  /** It is used for mail of the domain. */
  readonly signs: boolean
  readonly seen: 'match' | 'missing' | 'wrong' | 'unknown'
  /** What is wrong, as the end of a sentence. */
  readonly why: string
}

export interface DmarcFacts {
  /** Records that begin as one of DMARC does, at the domain or at the one above that counts for it. */
  readonly texts: Found
  readonly policy: string | null
  /** Whether the return path, or the domain of a signature, stands for the domain in From. */
  readonly returnPath: boolean
  readonly signature: boolean
  readonly strictReturnPath: boolean
  readonly strictSignature: boolean
}

export interface ReturnPathFacts {
  readonly domain: string
  /** This server takes mail for it. */
  readonly isOwn: boolean
  readonly hosts: Found
  /** One of the hosts is this server; null: that cannot be told. */
  readonly leadsHere: boolean | null
}

export interface TrackingFacts {
  readonly host: string
  readonly addresses: Found
  /** Why it does not answer by HTTPS, as the end of a sentence; null: it does. Undefined: nobody looked yet. */
  readonly trouble: string | null | undefined
}

export interface DomainFacts {
  readonly domain: Domain
  readonly account: AccountId
  /** Our own name. */
  readonly hostName: string
  readonly sources: readonly SourceFacts[]
  readonly keys: readonly KeyFacts[]
  readonly dmarc: DmarcFacts
  readonly returnPath: ReturnPathFacts
  /** Null: the account has no host for its links. */
  readonly tracking: TrackingFacts | null
  /** Mail is offered TLS. */
  readonly offersTls: boolean
  readonly listings: readonly ListingFacts[]
}
