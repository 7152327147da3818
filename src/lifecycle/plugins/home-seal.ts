// The key of a home, for secrets among the settings of plug-ins; read when the first is met.
import { once } from '../../base/late.ts'
import type { Config } from '../../contract/options.ts'
import type { SecretSeal } from '../../plugins/sealed-settings.ts'
import { openSeal } from '../../store/sqlite/settings/sealing.ts'
import { keyFile } from '../home-files.ts'

export function sealOf(home: string, config: Pick<Config, 'secrets.key_file'>): () => SecretSeal {
  return once(() => openSeal(keyFile(home, config)))
}
