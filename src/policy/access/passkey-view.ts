// A passkey as it is shown.
import type { PasskeyView } from '../../contract/passkeys.ts'

/** Without what only its check needs. */
export function passkeyView({ id, name, host, synced, madeAt, lastUse }: PasskeyView): PasskeyView {
  return { id, name, host, synced, madeAt, lastUse }
}
