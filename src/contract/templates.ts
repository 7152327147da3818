// Stored templates: of an account or of all, each in versions of which the newest counts. What is called a template here is Liquid.
import type { Note } from './forms.ts'
import type { AccountId, EpochMs } from '../base/brand.ts'

/** Letters, digits, `.`, `_` and `-`. @pattern ^[0-9A-Za-z][\w.-]{0,99}$ @example "receipt" */
export type TemplateId = string
/** Number of a version, from 1. @integer @minimum 1 @maximum 1000000000 */
export type VersionNumber = number

export interface TemplateParts {
  readonly subject?: string
  readonly text?: string
  readonly html?: string
}

export interface StoredTemplate extends TemplateParts {
  readonly id: string
  /** Null: of all accounts. */
  readonly account: AccountId | null
  readonly version: number
  readonly at: EpochMs
  readonly by: string
  readonly note: string
}

/** Without what it says. */
export type TemplateHead = Pick<StoredTemplate, 'id' | 'account' | 'version' | 'at' | 'by' | 'note'>

/** Versions of one that are kept, and templates that there may be. */
export const TEMPLATES = { versions: 20, most: 10_000, part: 1024 * 1024 } as const

/** Letters, digits, `.`, `_` and `-`. */
export const TEMPLATE_ID = /^[0-9A-Za-z][\w.-]{0,99}$/

interface Which {
  readonly id: TemplateId
  /** Left out: of all accounts. */
  readonly account?: AccountId
}

export interface TemplateOperations {
  'template.list': { params: { account?: AccountId }; result: readonly TemplateHead[] }
  /** The newest version, where none is named. */
  'template.show': { params: Which & { version?: VersionNumber }; result: StoredTemplate }
  /** A new version. */
  'template.add': { params: Which & TemplateParts & { note?: Note }; result: TemplateHead }
  /** Those that are kept, the newest first. */
  'template.versions': { params: Which; result: readonly TemplateHead[] }
  /** Parts that need not be stored, filled in as they stand. What the data do not have is empty, and named. */
  'template.try': {
    params: TemplateParts & { data?: Readonly<Record<string, unknown>> }
    result: TemplateParts & { fields: readonly string[]; missing: readonly string[] }
  }
  'template.remove': { params: Which; result: { removed: boolean } }
  'template.preview': {
    params: Which & { version?: VersionNumber; data?: Readonly<Record<string, unknown>>; missing?: 'error' | 'empty' }
    result: TemplateParts
  }
}
