// The page behind an unsubscribe link: a question and a button, then that it is done. It needs no script, no picture and no other host, and
// says nothing that a stranger who was sent the link should not know.
import type { Language, PageWords, Tracking } from '../../contract/tracking.ts'
import { languageFor, WORDS } from './languages.ts'

export interface Page {
  readonly language: Language
  readonly html: string
}

/** What of an account's settings a page shows. */
export type PageVoice = Pick<Tracking, 'language' | 'words'>

export const NO_VOICE: PageVoice = { language: null, words: {} }

const STYLE = `:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fff;--ground:#f2f4f7;--act:#1b5fc1;--line:#dde2e9}
@media (prefers-color-scheme:dark){:root{--ink:#e9edf3;--soft:#a4afbe;--paper:#1b222c;--ground:#11161d;--act:#2f74d8;--line:#303a47}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);
font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:30rem;padding:2.5rem;background:var(--paper);border:1px solid var(--line);border-radius:1rem;
box-shadow:0 1px 3px rgb(0 0 0/.06),0 12px 32px rgb(0 0 0/.06)}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em}
p{margin:0;color:var(--soft);overflow-wrap:anywhere}
strong{color:var(--ink);font-weight:600}
form{margin:2rem 0 0}
button{font:inherit;font-weight:600;width:100%;padding:.8rem 1.25rem;border:0;border-radius:.6rem;background:var(--act);color:#fff;cursor:pointer}
button:hover{filter:brightness(1.08)}
button:focus-visible{outline:3px solid var(--act);outline-offset:3px}`

export function questionPage(voice: PageVoice, accepted: string | null, address: string): Page {
  return page(voice, accepted, ({ heading, question, button }) => ({
    heading,
    text: withAddress(question, address),
    form: `<form method="post"><button type="submit" name="confirm" value="yes">${escaped(button)}</button></form>`,
  }))
}

export function donePage(voice: PageVoice, accepted: string | null, address: string): Page {
  return page(voice, accepted, ({ doneHeading, done }) => ({ heading: doneHeading, text: withAddress(done, address), form: '' }))
}

export function brokenPage(voice: PageVoice, accepted: string | null): Page {
  return page(voice, accepted, ({ brokenHeading, broken }) => ({ heading: brokenHeading, text: escaped(broken), form: '' }))
}

/** The words of an account in its language. */
export function wordsOf({ language, words }: PageVoice): PageWords {
  return { ...WORDS[language ?? 'en'], ...words }
}

interface Content {
  readonly heading: string
  /** HTML. */
  readonly text: string
  readonly form: string
}

function page(voice: PageVoice, accepted: string | null, of: (words: PageWords) => Content): Page {
  const language = voice.language ?? languageFor(accepted)
  const { heading, text, form } = of(wordsOf({ ...voice, language }))
  const title = escaped(heading)
  return {
    language,
    html: `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
<main>
<h1>${title}</h1>
<p>${text}</p>
${form}
</main>
</html>
`,
  }
}

function withAddress(text: string, address: string): string {
  return escaped(text).replaceAll('{address}', () => `<strong dir="ltr">${escaped(shortened(address))}</strong>`)
}

/** `jane@example.com` as `j…@example.com`: its owner knows it, whoever found the link does not learn it. */
function shortened(address: string): string {
  const at = address.lastIndexOf('@')
  const [first = ''] = address
  return at < 1 ? '…' : `${first}…${address.slice(at)}`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char)
}
