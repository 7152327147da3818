// The life of a server, as operations ask for it.
import type { BackupView, CertificateView, LifecycleView, Run, RunKind } from '../../contract/lifecycle.ts'

export interface NewRun {
  readonly kind: RunKind
  readonly subject: string | null
  readonly by: string
  /** Words of the command. */
  readonly words: readonly string[]
}

export interface LifecycleDesk {
  /** Throws a Fault where one of the kind is under way, of those that outlast the server any, or no server runs. */
  start(run: NewRun): Run
  /** Newest first. */
  runs(): readonly Run[]
  backups(): readonly BackupView[]
  show(): Promise<LifecycleView>
  /** Where an installed version is. Throws a Fault where it is not installed, or the server's user may not change the version. */
  installed(version: string): Promise<{ readonly folder: string }>
  /** Throws a Fault where it cannot be read. */
  certificate(): CertificateView
  /** `backup.passphrase_file`; null: none is set. */
  readonly passphraseFile: string | null
}
