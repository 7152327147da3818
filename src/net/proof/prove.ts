// Who stands behind a message that came: SPF by our own check, DKIM, ARC and DMARC by mailauth, over our resolver. What mailauth is given is
// bounded before: it canonicalizes headers by patterns that take long for long lines, and asks the DNS once for each signature.
import type { Proof, ProofResult } from '../../engine/ports/feedback.ts'
import { type Header, type HeaderField, readHeader } from '../../message/header.ts'
import { checkSpf } from '../../policy/spf/check.ts'
import type { Resolver } from '../dns/resolver.ts'
import { SpfNames } from './spf-names.ts'

const MOST_FIELDS = 500
const LONGEST_FIELD = 8 * 1024
const LONGEST_HEADER = 128 * 1024
const MOST_SIGNATURES = 8
const MOST_ARC_FIELDS = 30
/** Of a body: mailauth keeps each blank line, once for each way of hashing, copies a long line again for each piece of it, and takes each
 * line that a bare LF ends by itself. Four megabytes of lines with one space would take half a minute and gigabytes. */
const MOST_BLANK_LINES = 20_000
const MOST_BARE = 1000
const LONGEST_LINE = 64 * 1024
const RESULTS: ReadonlySet<string> = new Set(['pass', 'fail', 'softfail', 'neutral', 'none', 'policy', 'temperror', 'permerror'])

export interface ProofQuestion {
  readonly octets: Buffer
  /** Empty for `<>`. */
  readonly sender: string
  readonly helo: string
  readonly address: string | null
}

/** With what it brings a megabyte of source, which only mail that comes back needs. */
async function mailauth() {
  const [{ arc }, { dkimVerify }, { dmarc }] = await Promise.all([
    import('mailauth/lib/arc/index.js'),
    import('mailauth/lib/dkim/verify.js'),
    import('mailauth/lib/dmarc/index.js'),
  ])
  return { arc, dkimVerify, dmarc }
}

export async function prove({ octets, sender, helo, address }: ProofQuestion, resolver: Resolver): Promise<Proof> {
  const mailbox = sender === '' ? `postmaster@${helo}` : sender
  const domain = mailbox.slice(mailbox.lastIndexOf('@') + 1)
  const names = new SpfNames(resolver)
  const checked = address === null ? null : await checkSpf({ address, domain, sender: mailbox, helo }, names)
  const spf = { result: checked?.result ?? 'none', sender: mailbox } as const
  const header = readHeader(octets)
  if (!isModest(header) || !isModestBody(octets, header.body))
    return { spf, dkim: [], dmarc: { result: 'permerror', domain: '' }, arc: 'permerror', from: null }
  const ask = askerOf(resolver)
  const { arc, dkimVerify, dmarc } = await mailauth()
  const found = await dkimVerify(bounded(octets, header), { resolver: ask, sender: mailbox })
  const signatures = found.results.flatMap(({ signingDomain, selector, status }) =>
    signingDomain === undefined || signingDomain === ''
      ? []
      : [{ result: signatureResult(status), domain: signingDomain.toLowerCase(), selector: selector ?? '' }],
  )
  const chain = found.arc?.chain ? await arc({ ...found.arc, chain: found.arc.chain }, { resolver: ask }) : null
  const policy = await dmarc({
    headerFrom: found.headerFrom,
    spfDomains: spf.result === 'pass' ? [domain] : [],
    dkimDomains: signatures.filter(({ result }) => result === 'pass').map(({ domain: id }) => ({ id, domain: id })),
    resolver: ask,
  })
  return {
    spf,
    dkim: signatures,
    dmarc: policy === false ? { result: 'none', domain: '' } : { result: resultOf(policy.status.result), domain: policy.domain },
    arc: found.arc?.error === undefined ? resultOf(chain?.status.result ?? 'none') : 'fail',
    from: found.headerFrom.length === 1 ? (found.headerFrom[0]?.toLowerCase() ?? null) : null,
  }
}

/** A signature that covers a part of the body only (`l=`) proves nothing of the rest. */
function signatureResult(status: { readonly result: string; readonly underSized?: unknown }): ProofResult {
  return status.result === 'pass' && status.underSized !== undefined ? 'policy' : resultOf(status.result)
}

function resultOf(text: string): ProofResult {
  return RESULTS.has(text) ? (text as ProofResult) : 'neutral'
}

function isModest({ text, fields }: Header): boolean {
  return text.length <= LONGEST_HEADER && fields.length <= MOST_FIELDS && fields.every(({ start, end }) => end - start <= LONGEST_FIELD)
}

function isModestBody(octets: Buffer, start: number): boolean {
  let [blank, bare] = [0, 0]
  for (let at = start; at < octets.length;) {
    const found = octets.indexOf(10, at)
    const end = found < 0 ? octets.length : found
    if (end - at > LONGEST_LINE) return false
    if (found >= 0 && (end === at || octets[end - 1] !== 13) && ++bare > MOST_BARE) return false
    let i = at
    while (i < end && isBlank(octets[i])) i++
    if (i === end && ++blank > MOST_BLANK_LINES) return false
    at = end + 1
  }
  return true
}

const isBlank = (code: number | undefined): boolean => code === 32 || code === 9 || code === 13

/** Without our own trace field, which its signers cannot have seen, and without more signatures than are looked at. */
function bounded(octets: Buffer, header: Header): Buffer {
  const kept: Buffer[] = []
  let [signatures, arcs] = [0, 0]
  for (const [i, field] of header.fields.entries()) {
    if (i === 0 && field.name === 'received') continue
    if (field.name === 'dkim-signature' && ++signatures > MOST_SIGNATURES) continue
    if (field.name.startsWith('arc-') && ++arcs > MOST_ARC_FIELDS) continue
    kept.push(slice(octets, field))
  }
  return Buffer.concat([...kept, octets.subarray(header.end)])
}

function slice(octets: Buffer, { start, end }: HeaderField): Buffer {
  return octets.subarray(start, end)
}

/** As `dns.resolve` answers: mailauth asks for TXT records alone. */
export function askerOf(resolver: Resolver): (name: string, type: string) => Promise<string[][]> {
  return async (name) => {
    const answer = await resolver.query(name, 'TXT')
    if (answer.kind === 'records') return answer.records.map((record) => [record])
    const code = answer.kind === 'trouble' ? 'ETIMEOUT' : 'ENOTFOUND'
    throw Object.assign(new Error(`${name}: ${answer.kind}`), { code })
  }
}
