// The life of a server: backups, restores, versions, its certificate. What takes longer than a call runs in a process of its own, as a command
// of `hms`, and can be looked at meanwhile and afterwards.
import type { EpochMs, MessageId } from '../base/brand.ts'
import type { PluginName } from './plugin-operations.ts'
import type { Count, DomainName, OctetPiece, RecordNumber } from './forms.ts'

/** A file on the machine of the server, absolute. @minLength 2 @maxLength 1000 @pattern ^/[^\r\n\0]+$ @example "/var/lib/hms/backups/hms.zip" */
export type FilePath = string
/** A version of the program. @minLength 5 @maxLength 64 @pattern ^(?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5})){2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$ @example "1.1.0" */
export type ReleaseVersion = string
/** @maxItems 1000 */
export type MessageIds = readonly MessageId[]
/** Plug-ins that may be switched off where the release cannot run them. @maxItems 100 */
export type PluginNames = readonly PluginName[]
/** Octets, 256 MiB at most. @integer @minimum 1 @maximum 268435456 */
export type UploadSize = number
/** Hexadecimal, in lower case. @pattern ^[0-9a-f]{64}$ @example "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" */
export type Sha256 = string
/** Up to 4 MiB in base64. @minLength 4 @maxLength 5592408 @pattern ^[A-Za-z0-9+/]+={0,2}$ @example "H4sIAAAA" */
export type UploadPiece = string
/** Where a piece begins: what was received until then. @integer @minimum 0 @maximum 268435456 */
export type UploadPlace = number
/** Id of a support bundle. @pattern ^\d{8}T\d{6}Z$ @example "20261122T070000Z" */
export type BundleId = string
/** Name of a folder of `backup.targets`. @pattern ^[a-z0-9][a-z0-9-]{0,31}$ @example "usb" */
export type BackupTargetName = string

/** `restore-trial`: what a restore would make of each recipient. */
export const RUN_KINDS = [
  'backup',
  'backup-check',
  'preflight',
  'certificate',
  'restore-trial',
  'restore',
  'upgrade',
  'downgrade',
  'support-bundle',
] as const
export type RunKind = (typeof RUN_KINDS)[number]
/** They stop or replace the server, so that they last longer than it: what is known of them is in the home, and one of all runs at a time. */
export const LASTING_RUNS: ReadonlySet<RunKind> = new Set(['restore', 'upgrade', 'downgrade'] as const)

export interface Run {
  readonly id: number
  readonly kind: RunKind
  /** The backup, host or version that it is about. */
  readonly subject: string | null
  readonly by: string
  readonly at: EpochMs
  /** Null: it is under way. */
  readonly ended: EpochMs | null
  /** How far it is, in octets, or (`total` 0) what it does now; null: not known yet, or it reads none. */
  readonly progress: { readonly doing: string; readonly done: number; readonly total: number } | null
  /** Why it failed, or what is not as it should be; null: it did not, or is under way. */
  readonly failure: { readonly code: string; readonly message: string; readonly mend: string | null } | null
  /** What the command of `hms` answers with `--json`; of lists the first 1,000 members. Null: nothing, or it is under way. */
  readonly answer: unknown
}

export interface BackupView {
  /** Absolute. */
  readonly file: string
  readonly at: EpochMs
  readonly size: number
  readonly version: string
  readonly messages: number
  readonly recipients: number
  readonly encrypted: boolean
  /** Made by the server itself: `backup.keep` counts these. */
  readonly scheduled: boolean
  /** When it was read to its end and found whole; null: it was not. */
  readonly verifiedAt: EpochMs | null
  /** Whether its disk is there. */
  readonly there: boolean
}

/** Id of a backup that was opened for reading. @pattern ^[0-9a-f]{32}$ @example "9f86d081884c7d659a2feaa0c55ad015" */
export type BackupDownloadId = string

/** A backup that may be read now. */
export interface BackupDownload {
  readonly id: string
  /** Of its file, without the folder. */
  readonly name: string
  readonly size: number
  /** Until then, or the next start of the server. */
  readonly until: EpochMs
}

/** The certificate that listeners show. */
export interface CertificateView {
  readonly file: string
  readonly names: readonly string[]
  readonly issuer: string
  readonly isSelfSigned: boolean
  readonly from: EpochMs
  readonly until: EpochMs
  /** What a TLSA record `3 1 1` of a host with it says. */
  readonly tlsa: string
  /** When the server orders the next by itself; null: never. */
  readonly renewedAt: EpochMs | null
}

export interface LifecycleView {
  /** Of the program that runs. */
  readonly version: string
  /** Of Node. */
  readonly runtime: string
  /** Where versions are installed; null: the program is a checkout. */
  readonly root: string | null
  /** What the next start runs; null: it is a checkout. */
  readonly current: string | null
  /** Oldest first. */
  readonly versions: readonly string[]
  /** Whether this API may change the version: the server's user may write to `root`. */
  readonly changeable: boolean
  /** Names of the keys that are placed, one of which has signed what is taken over this API. Empty: none is, and nothing is taken. */
  readonly keys: readonly string[]
  /** The upgrade or downgrade that is under way, or the last; null: there was none. */
  readonly change: VersionChangeView | null
  /** How far a restore is that was begun and has not ended; null: none. */
  readonly restore: 'unpacking' | 'swapping' | 'adopting' | null
}

export interface VersionChangeView {
  readonly kind: 'upgrade' | 'downgrade'
  readonly from: string
  readonly to: string
  readonly startedAt: EpochMs
  readonly step: string
  /** The backup that was made before anything was changed. */
  readonly backup: string | null
  /** Null: under way, or cut off. */
  readonly outcome: 'done' | 'undone' | null
  /** Why it was undone. */
  readonly reason: string | null
}

export interface BackupTargetView {
  readonly name: string
  readonly folder: string
  /** Whether the folder is there, and the server's user may write in it. */
  readonly usable: boolean
}

/** What somebody who helps needs, scrubbed of secrets and addresses. */
export interface SupportBundle {
  readonly id: string
  readonly at: EpochMs
  readonly size: number
  /** When it is removed by itself; the sixth removes the oldest, too. */
  readonly until: EpochMs
}

export interface LeftOverView {
  readonly path: string
  /** Octets. */
  readonly size: number
  /** The end of a sentence. */
  readonly what: string
}

/** A release that comes over the management API. */
export interface ReleaseUpload {
  readonly id: number
  readonly by: string
  readonly at: EpochMs
  /** Octets that it has in all. */
  readonly size: number
  readonly sha256: string
  /** Octets that are there for good: where the next piece begins. */
  readonly received: number
  /** When it is removed by itself: a day after its last piece, a week after it was whole. */
  readonly until: EpochMs
  /** Null: it is not whole. `signedBy`: name of the key. */
  readonly release: { readonly version: string; readonly signedBy: string | null } | null
}

/** What of a backup comes back. */
export interface RestoreChoices {
  file: FilePath
  /** Accounts, routes, keys and hms.yaml: of the backup, or as they are. */
  settings?: 'backup' | 'present'
  /** What may have been sent already, as no journal tells; `hold` unless said. */
  uncertain?: 'hold' | 'send' | 'drop'
  /** With the settings of the backup: also gives back what was revoked, suspended or removed since. */
  forget?: boolean
  /** Messages of the backup that come back whatever became of them. */
  messages?: MessageIds
}

export interface LifecycleOperations {
  /** Newest first. */
  'backup.list': { params: Record<never, never>; result: readonly BackupView[] }
  /** Makes one in `backup.folder`, encrypted where `backup.passphrase_file` says so. `messages`, `logs`: false leaves them out. `target`: in this folder of `backup.targets` instead. */
  'backup.start': { params: { messages?: boolean; logs?: boolean; target?: BackupTargetName }; result: Run }
  /** Folders of `backup.targets`, where backups may be made besides `backup.folder`. */
  'backup.targets': { params: Record<never, never>; result: readonly BackupTargetView[] }
  /** Reads a backup of this home to its end and compares every octet. An encrypted one is read with `backup.passphrase_file`. */
  'backup.verify': { params: { file: FilePath }; result: Run }
  /**
   * Opens a backup of this home for reading, for half a day. In it is all that the home has: whoever reads one that is not encrypted has the key of
   * the certificate, too.
   */
  'backup.open': { params: { file: FilePath }; result: BackupDownload }
  /** Up to 1 MiB of the octets of a backup that was opened (.zip, or encrypted), or all of it with `Accept: application/octet-stream`. */
  'backup.read': { params: { id: BackupDownloadId; from?: Count }; result: OctetPiece }
  /** What would become of each recipient if this backup of the home were restored. Changes nothing. */
  'restore.try': { params: RestoreChoices; result: Run }
  /**
   * Puts a backup of this home back. Workers and desk end meanwhile and start again by themselves; clients wait. What becomes of each recipient is
   * the answer of the run: `POST /restore/trial` tells it before.
   */
  'restore.start': { params: RestoreChoices; result: Run }
  'lifecycle.show': { params: Record<never, never>; result: LifecycleView }
  /** Checks what has to be right before an upgrade; `upload`: to this one, whose every file is read and compared. */
  'lifecycle.preflight': { params: { upload?: RecordNumber; allow?: PluginNames }; result: Run }
  /**
   * Lets a newer release take over, or everything stays as it is: what `hms upgrade` does, in the same order. Either an upload that is whole, or
   * the version of one that is installed already. The run is told by whichever version serves.
   */
  'lifecycle.upgrade': { params: { upload?: RecordNumber; version?: ReleaseVersion; allow?: PluginNames }; result: Run }
  /** Goes back to an older version that is installed. Settings and data are kept. */
  'lifecycle.downgrade': { params: { version: ReleaseVersion }; result: Run }
  /** What conversions of older formats left beside what is in use; removes it, unless `dryRun`. An older release that needs it cannot go on where it was. */
  'lifecycle.cleanup': { params: { dryRun?: boolean }; result: { done: boolean; found: readonly LeftOverView[] } }
  'certificate.show': { params: Record<never, never>; result: CertificateView }
  /** From the authority of `acme.directory`; `host`: for this host of links instead of `acme.names`. */
  'certificate.order': { params: { host?: DomainName }; result: Run }
  /** What was started, newest first: restores and changes of version, the last 50; the last 50 others since the server started. */
  'run.list': { params: Record<never, never>; result: readonly Run[] }
  'run.show': { params: { id: RecordNumber }; result: Run }
}

export interface UploadOperations {
  /** Newest first. */
  'upload.list': { params: Record<never, never>; result: readonly ReleaseUpload[] }
  'upload.show': { params: { id: RecordNumber }; result: ReleaseUpload }
  /** Of `hms-VERSION-linux-ARCH.tar.gz`, signed by a key that is placed on the server. Three may be there at once. */
  'upload.begin': { params: { size: UploadSize; sha256: Sha256 }; result: ReleaseUpload }
  /** The next piece. With the last one it is compared with its SHA-256, and its signature with the keys; what is not right is removed. */
  'upload.add': { params: { id: RecordNumber; from: UploadPlace; octets: UploadPiece }; result: ReleaseUpload }
  'upload.remove': { params: { id: RecordNumber }; result: { removed: boolean } }
}

export interface SupportOperations {
  /** Newest first. */
  'support.list': { params: Record<never, never>; result: readonly SupportBundle[] }
  /** Makes one, in the background: what `hms support-bundle` puts together. `subject` of the run is its id. */
  'support.make': { params: Record<never, never>; result: Run }
  /** Up to 1 MiB of the octets of a bundle (.tar.gz), or all of it with `Accept: application/gzip`. */
  'support.read': { params: { id: BundleId; from?: Count }; result: OctetPiece }
  'support.remove': { params: { id: BundleId }; result: { removed: boolean } }
}
