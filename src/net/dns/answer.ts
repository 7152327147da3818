// What a question to the DNS can come to, and the reading of a reply: pure functions between octets and these unions.
import packet, { type Answer, type DecodedPacket } from 'dns-packet'
import type { Ms } from '../../base/brand.ts'
import type { Tlsa } from '../../policy/trust/tlsa.ts'

/** Record types that are asked for, and what one record of each holds. TXT: its strings joined, one character an octet. */
export interface RecordData {
  A: string
  AAAA: string
  MX: { readonly preference: number; readonly exchange: string }
  TXT: string
  PTR: string
  NS: string
  TLSA: Tlsa
}
export type RecordType = keyof RecordData

/**
 * `ttl`: how much longer the answer is good for. A name that is not there is `nxdomain`, one without such records `nodata`. `secure`: the
 * name server says that DNSSEC proves it (AD, rfc:4035#3.2.3). `alias`: the name
 * that the records really have, where that was proved.
 */
export type DnsAnswer<T extends RecordType = RecordType> =
  | {
      readonly kind: 'records'
      readonly records: readonly RecordData[T][]
      readonly ttl: Ms
      readonly secure?: true
      readonly alias?: string
    }
  | { readonly kind: 'nodata'; readonly ttl: Ms; readonly secure?: true }
  | { readonly kind: 'nxdomain'; readonly ttl: Ms; readonly secure?: true }
  /** Time-out, SERVFAIL, nonsense: says nothing about the name. */
  | { readonly kind: 'trouble'; readonly reason: string; readonly ttl: Ms }

/** What one reply of a server means, before it is acted on. */
export type ReplyMeaning =
  | DnsAnswer
  /** It does not answer what was asked (a forged or late reply): as if it had not come. */
  | { readonly kind: 'foreign' }
  /** TC: ask again over TCP. */
  | { readonly kind: 'truncated' }
  /** The server does not know EDNS(0): ask again without it (rfc:6891#7). */
  | { readonly kind: 'no-edns' }
  /** The chain of CNAMEs ends outside of this reply: ask for `name`; `ttl` of the chain so far. */
  | { readonly kind: 'alias'; readonly name: string; readonly ttl: Ms; readonly secure?: true }

/** rfc:9715: what fits into a datagram everywhere without fragments. */
const UDP_SIZE = 1232
const MOST_ALIASES = 8
/** A reply over TCP can hold thousands of records: nobody needs them, and they would sit in the cache. */
const MOST_RECORDS = 100
const SECOND = 1000
/** rfc:1035 lets TTL 0 mean `do not keep`; a burst of mail to one domain must not be a query a message. */
const LEAST_TTL: Ms = SECOND
const LONGEST_TTL: Ms = 86_400 * SECOND
/** rfc:2308#5 suggests 1 to 3 hours as the bound; an owner who has just made a record should not wait that long. */
const LONGEST_NEGATIVE_TTL: Ms = 300 * SECOND
/** rfc:2308#7.1: at most 5 minutes. */
export const TROUBLE_TTL: Ms = 10 * SECOND

const millis = (seconds: number | undefined, longest: Ms): Ms => Math.min(Math.max((seconds ?? 0) * SECOND, LEAST_TTL), longest)

/** AD in a query asks for AD in the answer (rfc:6840#5.7). */
export function encodeQuery(id: number, name: string, type: RecordType, edns: boolean): Buffer {
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA,
    questions: [{ name, type, class: 'IN' }],
    additionals: edns
      ? [{ type: 'OPT', name: '.', udpPayloadSize: UDP_SIZE, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }]
      : [],
  })
}

/** Whether `name` can be asked for at all (rfc:1035#2.3.4): lower case, no trailing dot. */
export function isAskable(name: string): boolean {
  return name.length > 0 && name.length <= 253 && name.split('.').every((label) => /^[\x21-\x7e]{1,63}$/.test(label))
}

/** The meaning of `data` as a reply to the query `id name type`. Never throws. */
export function readReply(data: Buffer, id: number, name: string, type: RecordType): ReplyMeaning {
  let reply: DecodedPacket
  try {
    reply = packet.decode(data)
  } catch {
    return { kind: 'foreign' }
  }
  const rcode = rcodeOf(reply)
  if (reply.type !== 'response' || reply.id !== id) return { kind: 'foreign' }
  const [question, ...more] = reply.questions ?? []
  // A server that could not read the question need not repeat it.
  if (question === undefined && (rcode === 'FORMERR' || rcode === 'NOTIMP')) return { kind: 'no-edns' }
  if (
    question === undefined ||
    more.length > 0 ||
    question.name.toLowerCase() !== name ||
    question.type !== type ||
    question.class !== 'IN'
  )
    return { kind: 'foreign' }
  if (rcode === 'FORMERR') return { kind: 'no-edns' }
  if (reply.flag_tc) return { kind: 'truncated' }
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return { kind: 'trouble', reason: rcode, ttl: TROUBLE_TTL }
  const meaning = readSections(reply, rcode, name, type)
  return reply.flag_ad && meaning.kind !== 'trouble' ? { ...meaning, secure: true } : meaning
}

/** dns-packet decodes it; its types leave it out. */
function rcodeOf(reply: DecodedPacket): string {
  return (reply as DecodedPacket & { readonly rcode: string }).rcode
}

type Sections = Exclude<ReplyMeaning, { kind: 'foreign' | 'truncated' | 'no-edns' }>

function readSections(reply: DecodedPacket, rcode: 'NOERROR' | 'NXDOMAIN', asked: string, type: RecordType): Sections {
  const answers = reply.answers ?? []
  let name = asked
  let ttl = LONGEST_TTL
  for (let hops = 0; ; hops++) {
    const records = answers.filter((answer) => answer.type === type && answer.name.toLowerCase() === name)
    if (records.length > 0) {
      const gathered = gather(records, type, ttl)
      return name === asked || gathered.kind !== 'records' || !reply.flag_ad ? gathered : { ...gathered, alias: name }
    }
    const alias = answers.find((answer) => answer.type === 'CNAME' && answer.name.toLowerCase() === name)
    if (alias?.type !== 'CNAME') break
    if (hops === MOST_ALIASES) return { kind: 'trouble', reason: `more than ${MOST_ALIASES} aliases`, ttl: TROUBLE_TTL }
    name = String(alias.data).toLowerCase()
    ttl = Math.min(ttl, millis(alias.ttl, LONGEST_TTL))
  }
  const negative = negativeTtl(reply)
  if (rcode === 'NXDOMAIN') return { kind: 'nxdomain', ttl: Math.min(ttl, negative ?? LEAST_TTL) }
  if (name !== asked && negative === undefined) return { kind: 'alias', name, ttl }
  // rfc:2308#2.2: servers named and no SOA is a referral. It says nothing of the name, so it must not fail mail.
  if (negative === undefined && reply.authorities?.some((record) => record.type === 'NS') === true)
    return { kind: 'trouble', reason: 'a referral to other servers', ttl: TROUBLE_TTL }
  return { kind: 'nodata', ttl: Math.min(ttl, negative ?? LEAST_TTL) }
}

/** rfc:2308#5: the lesser of the SOA's own TTL and its MINIMUM. Undefined without an SOA: then it is hardly kept. */
function negativeTtl(reply: DecodedPacket): Ms | undefined {
  const soa = reply.authorities?.find((record) => record.type === 'SOA')
  if (soa?.type !== 'SOA') return undefined
  return millis(Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0), LONGEST_NEGATIVE_TTL)
}

function gather(answers: readonly Answer[], type: RecordType, chainTtl: Ms): DnsAnswer {
  let ttl = chainTtl
  const records: RecordData[RecordType][] = []
  for (const answer of answers.slice(0, MOST_RECORDS)) {
    const data = dataOf(answer)
    if (data === undefined) continue
    records.push(data)
    if ('ttl' in answer) ttl = Math.min(ttl, millis(answer.ttl, LONGEST_TTL))
  }
  return records.length > 0
    ? { kind: 'records', records, ttl }
    : { kind: 'trouble', reason: `unreadable ${type} records`, ttl: TROUBLE_TTL }
}

function dataOf(answer: Answer): RecordData[RecordType] | undefined {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return answer.data
    case 'MX':
      return { preference: answer.data.preference ?? 0, exchange: answer.data.exchange.toLowerCase().replace(/^\.$/, '') }
    case 'TXT':
      return (Array.isArray(answer.data) ? answer.data : [answer.data])
        .map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
        .join('')
    case 'PTR':
    case 'NS':
      return answer.data.toLowerCase()
    case 'TLSA': {
      const { usage, selector, matchingType: matching, certificate } = answer.data
      return { usage, selector, matching, data: certificate.toString('hex') }
    }
    default:
      return undefined
  }
}
