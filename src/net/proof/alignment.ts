// What DMARC says of a domain before any message is sent: its record, or that of the domain above, and whether a return path and a signature
// stand for it. By mailauth, which knows the domains that belong to nobody (the public suffix list).
import type { DmarcFacts } from '../../policy/health/facts.ts'
import type { Resolver } from '../dns/resolver.ts'
import { askerOf } from './prove.ts'
import { SpfNames } from './spf-names.ts'

export interface AlignmentQuestion {
  readonly domain: string
  readonly returnPath: string
}

export async function alignmentOf({ domain, returnPath }: AlignmentQuestion, resolver: Resolver): Promise<DmarcFacts> {
  const headerFrom = [`postmaster@${domain}`]
  const dkimDomains = [{ id: domain, domain }]
  const { dmarc } = await import('mailauth/lib/dmarc/index.js')
  const found = await dmarc({ headerFrom, spfDomains: [returnPath], dkimDomains, resolver: askerOf(resolver) })
  if (found === false || found.status.result === 'temperror') return { ...NOTHING, texts: null }
  // Of several records none counts: then it says that there is none.
  const own = await new SpfNames(resolver).txt(`_dmarc.${domain}`)
  const texts = own?.filter((text) => /^v=DMARC1\b/i.test(text.trim())) ?? null
  const record = found.rr === undefined ? texts : [found.rr]
  const strictReturnPath = found.alignment?.spf.strict === true
  const strictSignature = found.alignment?.dkim.strict === true
  return {
    texts: texts !== null && texts.length > 1 ? texts : record,
    policy: found.p ?? null,
    returnPath: strictReturnPath ? returnPath === domain : await belongsTo(domain, returnPath),
    signature: true,
    strictReturnPath,
    strictSignature,
  }
}

const NOTHING = { policy: null, returnPath: false, signature: false, strictReturnPath: false, strictSignature: false } as const

/** Whether two domains are of the same organization (rfc:7489#3.2), whatever they publish. */
async function belongsTo(domain: string, other: string): Promise<boolean> {
  const { dmarc } = await import('mailauth/lib/dmarc/index.js')
  const loose = async (): Promise<string[][]> => [['v=DMARC1; p=none']]
  const found = await dmarc({ headerFrom: [`postmaster@${domain}`], spfDomains: [other], dkimDomains: [], resolver: loose })
  return found !== false && found.status.result === 'pass'
}
