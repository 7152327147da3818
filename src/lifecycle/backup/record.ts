// HOME/backups.json: the backups that were made of this home. The delivery journal is kept at least as long as the oldest of them, so
// that each can still be compared with what happened since. An entry whose file is gone from a folder that is there is forgotten.
import { existsSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { EpochMs } from '../../base/brand.ts'
import type { BackupView } from '../../contract/lifecycle.ts'
import { readJson, writeWhole } from '../config/whole-file.ts'

export interface KnownBackup extends Omit<BackupView, 'verifiedAt' | 'there'> {
  /** When it was read to its end and found whole; absent: it was not. */
  readonly verifiedAt?: EpochMs
}

const recordFile = (home: string): string => join(home, 'backups.json')

/** Newest first. */
export function knownBackups(home: string): readonly KnownBackup[] {
  return read(home)
    .filter(({ file }) => existsSync(file) || !existsSync(dirname(file)))
    .toSorted((a, b) => b.at - a.at)
}

export function remember(home: string, backup: KnownBackup): void {
  write(home, [...knownBackups(home).filter(({ file }) => file !== backup.file), backup])
}

/** It was read to its end and is whole. One that is not of this home is not known, and stays so. */
export function rememberVerified(home: string, file: string, at: EpochMs): void {
  const known = knownBackups(home)
  if (known.some((one) => one.file === file))
    write(
      home,
      known.map((one) => (one.file === file ? Object.assign({}, one, { verifiedAt: at }) : one)),
    )
}

/** When the oldest backup was made that may still be restored; null: there is none. */
export function oldestBackup(home: string): EpochMs | null {
  return knownBackups(home).at(-1)?.at ?? null
}

/** When the server last made one by itself. */
export function lastScheduled(home: string): EpochMs | null {
  return knownBackups(home).find(({ scheduled }) => scheduled)?.at ?? null
}

export function forget(home: string, files: readonly string[]): void {
  write(
    home,
    knownBackups(home).filter(({ file }) => !files.includes(file)),
  )
}

/** A disk that is not mounted holds them still. */
export function isThere({ file }: KnownBackup): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}

function read(home: string): readonly KnownBackup[] {
  // None was made yet; what is no record says nothing.
  const backups = (readJson(recordFile(home)) as { readonly backups?: unknown } | null | undefined)?.backups
  return Array.isArray(backups) ? backups.filter(isKnown) : []
}

function isKnown(value: unknown): value is KnownBackup {
  if (typeof value !== 'object' || value === null || !('file' in value) || !('at' in value)) return false
  return typeof value.file === 'string' && isAbsolute(value.file) && Number.isFinite(value.at)
}

function write(home: string, backups: readonly KnownBackup[]): void {
  writeWhole(recordFile(home), `${JSON.stringify({ backups: backups.toSorted((a, b) => a.at - b.at) }, null, 2)}\n`)
}
