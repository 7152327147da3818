// What operations on delivery rules ask of the world: where a domain's mail goes, and whose signature a file of Smart rules has.
import type { RulesSurroundings, SiteAnswer } from '../../api/operations/context.ts'
import type { Domain } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { Config } from '../../contract/options.ts'
import type { RulesDocument } from '../../contract/rules.ts'
import { routeFor, SIMULATOR_DOMAIN } from '../../engine/deliver/routing.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'
import { keyFolders, keyThatSigned, readTrust } from '../../lifecycle/release/trust.ts'
import { shippedSmartRules } from '../../lifecycle/smart-rules.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import { siteName } from '../../net/dns/site-name.ts'
import { judgeApart } from './rules-judge.ts'

export interface RulesSources {
  readonly home: string
  readonly config: Config
  readonly settings: SettingsStore
  readonly resolver: Resolver
}

export function rulesSurroundings({ home, config, settings, resolver }: RulesSources): RulesSurroundings {
  let shipped: RulesDocument | null = null
  return {
    config,
    // Read when somebody asks: 25 MiB and 0.2 s that few commands need.
    get shipped() {
      return (shipped ??= shippedSmartRules().document)
    },
    judge: judgeApart,
    siteOf: (domain) => siteOf(domain, settings, resolver),
    signerOf: (text, signature, unsigned) => signerOf(home, { text, signature, unsigned }),
  }
}

async function siteOf(domain: Domain, settings: SettingsStore, resolver: Resolver): Promise<SiteAnswer> {
  const route = routeFor(settings.read().routes, domain)
  if (route !== null) {
    const { host, port, implicitTls } = route
    const site = `${implicitTls ? 'smtps' : 'smtp'}://${host.includes(':') ? `[${host}]` : host}:${port}`
    return { kind: 'site', site, hosts: [host] }
  }
  if (domain === SIMULATOR_DOMAIN) return { kind: 'site', site: domain, hosts: [domain] }
  const answer = await resolver.query(domain, 'MX')
  switch (answer.kind) {
    case 'records': {
      const hosts = [...new Set(answer.records.map(({ exchange }) => exchange))].filter((host) => host !== '')
      if (hosts.length === 0) return { kind: 'trouble', reason: `The domain ${domain} takes no mail (null MX, rfc:7505).` }
      return { kind: 'site', site: siteName(hosts), hosts }
    }
    case 'nodata':
      return { kind: 'site', site: domain, hosts: [domain] }
    case 'nxdomain':
      return { kind: 'trouble', reason: `The domain ${domain} does not exist.` }
    case 'trouble':
      return { kind: 'trouble', reason: answer.reason }
  }
}

interface SignedText {
  readonly text: string
  readonly signature: string | null
  readonly unsigned: boolean
}

/** As releases are: once the owner placed a key, one of those must have signed, unless the person at the shell takes it so. */
function signerOf(home: string, { text, signature, unsigned }: SignedText): string | null {
  const { keys } = readTrust(keyFolders(home), unsigned)
  const signer = keyThatSigned(Buffer.from(text), signature, keys)
  if (signer !== null || keys.length === 0 || unsigned) return signer
  const what = signature === null ? 'are not signed' : 'are not signed by any key that you placed'
  throw new Fault('rules-unsigned', `The Smart rules ${what} (${keys.map(({ file }) => file).join(', ')}). Nothing was changed.`, {
    blame: 'caller',
    mend: 'Fetch them with their signature (FILE.sig beside FILE); at the shell --unsigned takes them nevertheless.',
  })
}
