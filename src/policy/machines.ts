// Programs that fetch images and follow links before, or instead of, a person: proxies that load pictures for a reader, prefetchers, and
// scanners in front of mailboxes. What they do is told and marked, never dropped: who they stand for is for the owner to judge.
// Data: by what a program calls itself, and from which networks it comes, with where that was seen; `estimate` where it was not.
import type { Ms } from '../base/brand.ts'
import { compileNetworks, type NetworkSet } from './networks.ts'

interface MachineRule {
  readonly name: string
  /** All of what it calls itself. */
  readonly exactly?: string
  /** Parts of what it calls itself, in lower case: one of them is enough. */
  readonly agents?: readonly string[]
  /** Where it comes from; with `exactly` or `agents`, both must be so. */
  readonly networks?: readonly string[]
  /** Counts for clicks or opens alone; without it for both. */
  readonly only?: 'opened' | 'clicked'
  readonly seen: string
}

const RULES: readonly MachineRule[] = [
  {
    name: 'Gmail image proxy',
    agents: ['googleimageproxy'],
    seen: 'https://www.mailgun.com/blog/product/bot-detection/',
  },
  {
    name: 'Gmail prefetch',
    agents: ['chrome/42.0.2311.135 safari/537.36 edge/12.246 mozilla/5.0'],
    only: 'opened',
    seen: 'https://bird.com/zh-sg/blog/gmail-prefetching-images',
  },
  {
    name: 'Apple Mail Privacy Protection',
    exactly: 'Mozilla/5.0',
    only: 'opened',
    seen: 'https://www.mailgun.com/blog/product/bot-detection/',
  },
  { name: 'Yahoo Mail proxy', agents: ['yahoomailproxy', 'yahoocachesystem'], seen: 'estimate: not checked' },
  { name: 'Microsoft link preview', agents: ['bingpreview', 'skypeuripreview'], seen: 'https://github.com/phpList/phplist3/issues/415' },
  {
    name: 'Microsoft SafeLinks',
    networks: ['40.92.0.0/15', '40.107.0.0/16', '52.100.0.0/14', '104.47.0.0/17'],
    only: 'clicked',
    seen: 'https://github.com/gophish/gophish/issues/973 (40.107.218.12); the networks around it are an estimate',
  },
  { name: 'Barracuda', agents: ['barracuda'], seen: 'https://github.com/mautic/mautic/issues/16263' },
  {
    name: 'Barracuda',
    networks: ['64.235.144.0/20', '209.222.80.0/21'],
    seen: 'estimate: not checked against what Barracuda publishes',
  },
  { name: 'Proofpoint', agents: ['proofpoint'], seen: 'https://github.com/resend/resend-node/issues/901' },
  {
    name: 'Proofpoint',
    networks: ['67.231.144.0/20', '148.163.128.0/19', '208.84.64.0/22'],
    seen: 'estimate: not checked against the registry',
  },
  { name: 'Mimecast', agents: ['mimecast'], seen: 'https://github.com/mautic/mautic/issues/16263' },
  {
    name: 'Mimecast',
    networks: ['205.139.110.0/24', '207.211.30.0/23', '195.130.217.0/24'],
    seen: 'estimate: not checked against the registries',
  },
  {
    name: 'preview of a messenger',
    agents: ['slackbot', 'slack-imgproxy', 'whatsapp/', 'telegrambot', 'twitterbot', 'facebookexternalhit', 'linkedinbot', 'discordbot'],
    seen: 'What each calls itself in its documentation for websites',
  },
  {
    name: 'search engine',
    agents: ['googlebot', 'bingbot', 'yandexbot', 'applebot', 'duckduckbot', 'petalbot', 'ahrefsbot', 'semrushbot'],
    seen: 'What each calls itself in its documentation for websites',
  },
  {
    name: 'program',
    agents: [
      'python-requests',
      'python-urllib',
      'aiohttp/',
      'go-http-client',
      'curl/',
      'wget/',
      'libwww-perl',
      'java/',
      'apache-httpclient',
      'okhttp/',
      'headlesschrome',
      'phantomjs',
      'node-fetch',
      'axios/',
      'scrapy/',
    ],
    seen: 'What each calls itself unless it is told otherwise',
  },
]

const NETWORKS: ReadonlyMap<MachineRule, NetworkSet> = new Map(RULES.map((rule) => [rule, compileNetworks(rule.networks ?? [])]))
const LONGEST_AGENT = 1000

export interface Visit {
  readonly kind: 'opened' | 'clicked'
  readonly method: string
  readonly agent: string | null
  readonly client: string
  /** What the browser says that it is for (`Sec-Purpose`, `Purpose`, `X-Moz`). */
  readonly purpose: string | null
  /** How long after the message was accepted; seconds may be cut off its beginning. */
  readonly after: Ms
}

/** Sooner nobody can have read it, even where it was delivered at once. */
const TOO_SOON: Ms = 2000

/** The name of what it was; null: a person, as far as can be told. */
export function machineOf({ kind, method, agent, client, purpose, after }: Visit): string | null {
  if (method === 'HEAD') return 'HEAD request'
  if (purpose !== null && /prefetch|preview|prerender/i.test(purpose)) return 'prefetch'
  if (agent === null || agent.trim() === '') return 'no name'
  const name = agent.slice(0, LONGEST_AGENT).toLowerCase()
  for (const rule of RULES) {
    if (rule.only !== undefined && rule.only !== kind) continue
    if (rule.exactly !== undefined && rule.exactly !== agent.trim()) continue
    if (rule.agents !== undefined && !rule.agents.some((part) => name.includes(part))) continue
    if (rule.networks !== undefined && NETWORKS.get(rule)?.has(client) !== true) continue
    return rule.name
  }
  return after < TOO_SOON ? 'too soon' : null
}
