// Aggregate reports of DMARC (rfc:7489#7.2) as sums. The XML is read by a scanner of our own: no entities beyond the five of XML, no
// document types, no tree; each element is seen once and the rows only counted.
import type { DmarcSums } from './types.ts'

const MOST_ROWS = 100_000
const MOST_SOURCES = 10_000
const TOLD_SOURCES = 1000
const DEEPEST_ELEMENT = 20
const LONGEST_VALUE = 256

interface Row {
  ip: string
  count: number
  disposition: string
  dkim: string
  spf: string
}

interface Sums {
  messages: number
  aligned: number
  dkim: number
  spf: number
  none: number
  quarantine: number
  reject: number
  rows: number
  isCut: boolean
  readonly sources: Map<string, { ip: string; messages: number; aligned: number }>
  readonly facts: Map<string, string>
}

const FACTS = new Set([
  'report_metadata/org_name',
  'report_metadata/report_id',
  'date_range/begin',
  'date_range/end',
  'policy_published/domain',
  'policy_published/p',
])

/** Null where it is no such report. */
export function readDmarc(xml: string): DmarcSums | null {
  if (!/<(?:[\w-]{1,20}:)?feedback[\s>]/.test(xml.slice(0, 4096)) || /<!(?:DOCTYPE|ENTITY)/i.test(xml.slice(0, 4096))) return null
  const sums: Sums = {
    messages: 0,
    aligned: 0,
    dkim: 0,
    spf: 0,
    none: 0,
    quarantine: 0,
    reject: 0,
    rows: 0,
    isCut: false,
    sources: new Map(),
    facts: new Map(),
  }
  let row = emptyRow()
  scan(xml, (parent, name, text) => {
    if (name === 'record') {
      take(sums, row)
      row = emptyRow()
    } else if (FACTS.has(`${parent}/${name}`)) {
      if (!sums.facts.has(`${parent}/${name}`)) sums.facts.set(`${parent}/${name}`, text)
    } else if (parent === 'row' && name === 'source_ip') row.ip = text
    else if (parent === 'row' && name === 'count') row.count = Math.max(0, Math.min(1e12, Number.parseInt(text, 10) || 0))
    else if (parent === 'policy_evaluated' && name === 'disposition') row.disposition = text.toLowerCase()
    else if (parent === 'policy_evaluated' && name === 'dkim') row.dkim = text.toLowerCase()
    else if (parent === 'policy_evaluated' && name === 'spf') row.spf = text.toLowerCase()
    return sums.rows < MOST_ROWS
  })
  return sums.facts.size === 0 ? null : told(sums)
}

const emptyRow = (): Row => ({ ip: '', count: 0, disposition: '', dkim: '', spf: '' })

function take(sums: Sums, { ip, count, disposition, dkim, spf }: Row): void {
  sums.rows++
  const aligned = dkim === 'pass' || spf === 'pass' ? count : 0
  sums.messages += count
  sums.aligned += aligned
  if (dkim === 'pass') sums.dkim += count
  if (spf === 'pass') sums.spf += count
  if (disposition === 'none' || disposition === 'quarantine' || disposition === 'reject') sums[disposition] += count
  const source = sums.sources.get(ip)
  if (source !== undefined) {
    source.messages += count
    source.aligned += aligned
  } else if (sums.sources.size < MOST_SOURCES) sums.sources.set(ip, { ip, messages: count, aligned })
  else sums.isCut = true
}

function told(sums: Sums): DmarcSums {
  const fact = (name: string): string => sums.facts.get(name) ?? ''
  const seconds = (name: string): number => Number.parseInt(fact(name), 10) || 0
  const sources = [...sums.sources.values()].sort((a, b) => b.messages - a.messages)
  return {
    kind: 'dmarc',
    organization: fact('report_metadata/org_name'),
    reportId: fact('report_metadata/report_id'),
    domain: fact('policy_published/domain').toLowerCase(),
    policy: fact('policy_published/p').toLowerCase(),
    begin: seconds('date_range/begin'),
    end: seconds('date_range/end'),
    messages: sums.messages,
    aligned: sums.aligned,
    dkimAligned: sums.dkim,
    spfAligned: sums.spf,
    dispositions: { none: sums.none, quarantine: sums.quarantine, reject: sums.reject },
    sources: sources.slice(0, TOLD_SOURCES),
    isCut: sums.isCut || sums.rows >= MOST_ROWS || sources.length > TOLD_SOURCES,
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" }

/** Calls `seen` at the end of each element with its parent's name and the text directly in front of the end; until it answers false. */
function scan(xml: string, seen: (parent: string, name: string, text: string) => boolean): void {
  const open: string[] = []
  let textStart = 0
  for (let at = xml.indexOf('<'); at >= 0;) {
    const skip = xml.startsWith('<!--', at) ? '-->' : xml.startsWith('<![CDATA[', at) ? ']]>' : '>'
    const end = xml.indexOf(skip, at + 1)
    if (end < 0) return
    const first = xml.charCodeAt(at + 1)
    if (first === 47) {
      const name = open.pop()
      if (name === undefined) return
      const text = xml
        .slice(textStart, Math.min(at, textStart + LONGEST_VALUE))
        .replace(/&(?:amp|lt|gt|quot|apos);/g, (found) => ENTITIES[found] ?? found)
      if (!seen(open.at(-1) ?? '', name, text.trim())) return
    } else if (first !== 33 && first !== 63) {
      const name = /^<(?:[\w.-]{1,20}:)?([\w.-]{1,40})/.exec(xml.slice(at, at + 64))?.[1]
      if (name === undefined || open.length >= DEEPEST_ELEMENT) return
      if (xml.charCodeAt(end - 1) !== 47) open.push(name)
      textStart = end + 1
    }
    at = xml.indexOf('<', end + skip.length)
  }
}
