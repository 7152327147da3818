// What the DNS says of us at this moment: SPF of a domain, its MX, the names of an address, the record of a DKIM key. Null: no name server
// answers, which says nothing.
import { compareRecord, dkimRecord, type RecordComparison } from '../../message/dkim/record.ts'
import { findSpf } from '../../policy/spf/record.ts'
import type { DkimKey } from '../../contract/settings.ts'
import type { Resolver } from '../dns/resolver.ts'
import { listOf } from './spf-names.ts'

export class Published {
  readonly #resolver: Resolver

  constructor(resolver: Resolver) {
    this.#resolver = resolver
  }

  /** Its one record, or none; several are given as they are. */
  async spf(domain: string): Promise<readonly string[] | null> {
    const texts = listOf(await this.#resolver.query(domain, 'TXT'))
    if (texts === null) return null
    const found = findSpf(texts)
    if (found === null) return []
    return typeof found === 'string' ? [found] : texts.filter((text) => /^v=spf1(?: |$)/i.test(text))
  }

  /** `10 mx.example.com`. */
  async mx(domain: string): Promise<readonly string[] | null> {
    const found = listOf(await this.#resolver.query(domain, 'MX'))
    return found?.map(({ preference, exchange }) => `${preference} ${exchange.toLowerCase()}`) ?? null
  }

  async dkim(key: Pick<DkimKey, 'domain' | 'selector' | 'algorithm' | 'privateKey'>): Promise<RecordComparison | null> {
    const record = dkimRecord(key)
    const texts = listOf(await this.#resolver.query(record.name, 'TXT'))
    return texts === null ? null : compareRecord(record, texts)
  }
}

/** What is wrong, as the end of a sentence; null: nothing. */
export function dkimProblem(comparison: RecordComparison): string | null {
  switch (comparison.kind) {
    case 'match':
      return null
    case 'testing':
      return 'the record says t=y (testing), so receivers treat mail as if it were not signed'
    case 'missing':
      return 'there is no record'
    case 'revoked':
      return 'the record says that the key was revoked'
    case 'different':
      return comparison.why
    default:
      return comparison satisfies never
  }
}
