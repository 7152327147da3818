// Keys of the tokens that leave with mail: made at first need, rotated by hand and by age, kept for what comes back.
import { randomBytes } from 'node:crypto'
import type { TokenKeyView } from '../../../contract/operations.ts'
import type { TokenKey } from '../../../contract/settings.ts'
import { nextTokenKey, spentTokenKeys, timesOf } from '../../../policy/token-keys.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params } from '../params.ts'

type Around = Pick<OperationContext, 'settings' | 'now' | 'by'>

const SECRET_OCTETS = 32

/** For whatever needs tokens, before it is switched on. */
export function ensureTokenKey(around: Around): void {
  if (around.settings.read().tokenKeys.length === 0) rotateTokenKeys(around)
}

/** A new key signs; what nothing needs any more goes. */
export function rotateTokenKeys({ settings, now, by }: Around): TokenKey {
  const keys = settings.read().tokenKeys
  const at = now()
  const key = { ...nextTokenKey(keys, at), secret: randomBytes(SECRET_OCTETS) }
  settings.putTokenKey(key, by)
  for (const n of spentTokenKeys([...keys, key], at)) settings.removeTokenKey(n, by)
  return key
}

export function tokenOperations(context: OperationContext): OperationsOf<'tokens'> {
  const listed = (): readonly TokenKeyView[] => timesOf(context.settings.read().tokenKeys)
  return {
    'tokens.keys': async (values) => {
      new Params(values).done()
      return listed()
    },
    'tokens.rotate': async (values) => {
      new Params(values).done()
      rotateTokenKeys(context)
      return listed()
    },
  }
}
