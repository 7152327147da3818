// What an install or an upgrade writes, step by step, and where: measured from what is there.
import { join } from 'node:path'
import type { Config } from '../../contract/options.ts'
import { backupFolder } from '../home-files.ts'
import { type DiskStep, type DiskUse, sizeOf } from './disk.ts'
import { NEEDS } from './requirements.ts'

export interface StepFacts {
  readonly home: string
  readonly exists: boolean
  readonly config: Config
  /** Octets that conversions write. */
  readonly conversion: number
  /** Where the program goes and what it takes; undefined where none is installed. */
  readonly program: { readonly root: string; readonly octets: number } | undefined
  readonly workers: number
}

/** What lies in a home and is no part of a backup. */
const NOT_BACKED_UP = ['backups', 'run', 'trust', 'journal', 'sent', 'kept', 'dialogs']

export function stepsOf({ home, exists, config, conversion, program, workers }: StepFacts): DiskStep[] {
  const spool = join(home, 'spool')
  const steps: DiskStep[] = []
  if (program !== undefined) steps.push({ step: 'program', folder: program.root, octets: program.octets, of: 'the program' })
  if (!exists) steps.push({ step: 'home', folder: home, octets: NEEDS.homeSpace, of: 'a new home' })
  else {
    steps.push({ step: 'backup', folder: backupFolder(home, config), octets: sizeOf(home, NOT_BACKED_UP), of: 'all that is in the home' })
    if (conversion > 0) steps.push({ step: 'conversion', folder: home, octets: conversion, of: 'copies in the new format' })
  }
  const shards = `${workers} new ${workers === 1 ? 'shard' : 'shards'}`
  return [...steps, { step: 'spool', folder: spool, octets: workers * config['spool.reserve'], of: `spool.reserve of ${shards}` }]
}

export function keptFree(home: string, config: Config): DiskUse['keptFree'] {
  const octetsOf = (total: number): number => Math.max(config['spool.low_water'], (total * config['spool.low_water_percent']) / 100)
  return { folder: join(home, 'spool'), octetsOf }
}
