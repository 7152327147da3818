// By which providers one may log in, for the page where people choose.
import type { LoginProvider } from '../../../contract/providers.ts'
import type { AccessBook } from '../../../engine/ports/access.ts'
import { loginPath } from '../../../policy/access/provider-rules.ts'

export function offeredProviders({ providers }: Pick<AccessBook, 'providers'>): readonly LoginProvider[] {
  const open = providers.list().filter(({ enabled }) => enabled)
  return open.map(({ name, title }) => ({ name, title, path: loginPath(name) }))
}
