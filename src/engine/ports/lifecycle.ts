// The life of a server, as operations ask for it.
import type { OctetPiece } from '../../contract/forms.ts'
import type {
  BackupDownload,
  BackupTargetView,
  BackupView,
  CertificateView,
  LeftOverView,
  LifecycleView,
  ReleaseUpload,
  Run,
  RunKind,
  SupportBundle,
} from '../../contract/lifecycle.ts'

export interface NewRun {
  readonly kind: RunKind
  readonly subject: string | null
  readonly by: string
  /** Words of the command. */
  readonly words: readonly string[]
}

/** Releases that come over the management API. */
export interface UploadDesk {
  /** Newest first. */
  list(): readonly ReleaseUpload[]
  /** Throws a Fault where there are too many, no room, or no key is placed. */
  begin(asked: Pick<ReleaseUpload, 'size' | 'sha256' | 'by'>): Promise<ReleaseUpload>
  /** Throws a Fault where it does not go on there, or is not what it was to be. */
  add(id: number, from: number, octets: Uint8Array): Promise<ReleaseUpload>
  remove(id: number): Promise<boolean>
  /** Throws a Fault where it is not there, or not whole. */
  whole(id: number): { readonly file: string; readonly version: string }
}

/** Support bundles that were made. */
export interface BundleDesk {
  /** Newest first. */
  list(): readonly SupportBundle[]
  /** For one that is to be made now. */
  place(): Promise<{ readonly id: string; readonly file: string }>
  /** Throws a Fault where it is not there. */
  read(id: string, from: number): Promise<OctetPiece>
  remove(id: string): boolean
}

export interface LifecycleDesk {
  /** Throws a Fault where one of the kind is under way, of those that outlast the server any, or no server runs. */
  start(run: NewRun): Run
  /** Newest first. */
  runs(): readonly Run[]
  backups(): readonly BackupView[]
  /** `file`: of one of them. Throws a Fault where it cannot be read. */
  openBackup(file: string): Promise<BackupDownload>
  /** Throws a Fault where nothing is open by that id, or not so much. */
  readBackup(id: string, from: number): Promise<OctetPiece>
  show(): Promise<LifecycleView>
  /** The folder of an installed version. Throws a Fault where it is not installed. */
  installed(version: string): Promise<string>
  /** Throws a Fault where the server's user may not install or change the version. `release`: for the command to tell. */
  requireChangeable(release: string): void
  readonly uploads: UploadDesk
  readonly bundles: BundleDesk
  /** Folders of `backup.targets`. */
  targets(): readonly BackupTargetView[]
  /** Throws a Fault where none has the name. */
  requireTarget(name: string): void
  /** Throws a Fault while it may be needed. */
  leftOvers(): readonly LeftOverView[]
  removeLeftOvers(found: readonly LeftOverView[]): void
  /** Throws a Fault where it cannot be read. */
  certificate(): CertificateView
  /** `backup.passphrase_file`; null: none is set. */
  readonly passphraseFile: string | null
}
