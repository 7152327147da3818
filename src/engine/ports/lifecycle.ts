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
  /** Throws a Fault where one of the kind is under way, or no server runs. */
  start(run: NewRun): Run
  /** Newest first. */
  runs(): readonly Run[]
  backups(): readonly BackupView[]
  show(): Promise<LifecycleView>
  /** Throws a Fault where it cannot be read. */
  certificate(): CertificateView
  /** `backup.passphrase_file`; null: none is set. */
  readonly passphraseFile: string | null
}
