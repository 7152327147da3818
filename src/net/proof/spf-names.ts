// Questions to the DNS as checks ask them: a list, empty where there is nothing, null where no name server answers.
import type { SpfLookups } from '../../policy/spf/check.ts'
import type { Resolver } from '../dns/resolver.ts'

export class SpfNames implements SpfLookups {
  readonly #resolver: Resolver

  constructor(resolver: Resolver) {
    this.#resolver = resolver
  }

  async txt(name: string): Promise<readonly string[] | null> {
    return listOf(await this.#resolver.query(name, 'TXT'))
  }

  async addresses(name: string, family: 4 | 6): Promise<readonly string[] | null> {
    return listOf(await this.#resolver.query(name, family === 4 ? 'A' : 'AAAA'))
  }

  async mx(name: string): Promise<readonly string[] | null> {
    const found = listOf(await this.#resolver.query(name, 'MX'))
    return found?.toSorted((a, b) => a.preference - b.preference).map(({ exchange }) => exchange) ?? null
  }
}

export function listOf<T>(answer: { readonly kind: string; readonly records?: readonly T[] }): readonly T[] | null {
  return answer.kind === 'trouble' ? null : (answer.records ?? [])
}
