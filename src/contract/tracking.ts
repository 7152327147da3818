// What an account does about unsubscribing, opens and clicks. Everything is off until it has a host for its links.
import type { Domain, EpochMs } from '../base/brand.ts'

/** Languages that pages and links speak by themselves. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'da', 'cs'] as const
export type Language = (typeof LANGUAGES)[number]

/** What a page or a link says; `{address}` stands for the recipient's address, most of its local part left out. */
export interface PageWords {
  /** Of the link in a message. */
  readonly link: string
  readonly heading: string
  readonly question: string
  readonly button: string
  readonly doneHeading: string
  readonly done: string
  readonly brokenHeading: string
  readonly broken: string
}

export const PAGE_WORDS = [
  'link',
  'heading',
  'question',
  'button',
  'doneHeading',
  'done',
  'brokenHeading',
  'broken',
] as const satisfies readonly (keyof PageWords)[]

export interface Tracking {
  /** Of all links, in lower case, with a port where that is not 443; null: nothing is tracked. */
  readonly host: string | null
  /** Without being named in the HTML. */
  readonly opens: boolean
  readonly clicks: boolean
  /** Mail of bulk streams without an unsubscribe link gets one. */
  readonly force: boolean
  /** Own domain at which one unsubscribes by mail; null: by HTTPS alone. */
  readonly mailDomain: Domain | null
  /** Null: what the reader's browser prefers, English in messages. */
  readonly language: Language | null
  /** In the owner's own words. */
  readonly words: Partial<PageWords>
  /** HTML above 512 KiB is left as it is. */
  readonly leaveLarge: boolean
}

export const NO_TRACKING: Tracking = {
  host: null,
  opens: false,
  clicks: false,
  force: false,
  mailDomain: null,
  language: null,
  words: {},
  leaveLarge: false,
}

/** HTML that costs its readers, and this server, more than it is worth. */
export const LARGE_HTML = 512 * 1024

/** Whether a host of links answers, as the server itself sees it. */
export interface TrackingHostState {
  readonly host: string
  /** The end of a sentence; null: it answers by HTTPS with a certificate that proves its name. */
  readonly trouble: string | null
  /** When that began. */
  readonly since: EpochMs
}
