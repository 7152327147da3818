// Where the files of a home are, said once for all who open them.
import { join } from 'node:path'
import type { Config } from '../contract/options.ts'

export const masterFile = (home: string): string => join(home, 'master.db')

/** The key that seals secrets in master.db: 32 octets. */
export function keyFile(home: string, config: Pick<Config, 'secrets.key_file'>): string {
  return config['secrets.key_file'] === '' ? join(home, 'config/hms.key') : config['secrets.key_file']
}

/** The certificate that listeners show, and its key. */
export function tlsFiles(
  home: string,
  config: Pick<Config, 'smtp.tls_cert' | 'smtp.tls_key'>,
): { readonly cert: string; readonly key: string } {
  return config['smtp.tls_cert'] === ''
    ? { cert: join(home, 'config/tls/cert.pem'), key: join(home, 'config/tls/key.pem') }
    : { cert: config['smtp.tls_cert'], key: config['smtp.tls_key'] }
}
