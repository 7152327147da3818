// Debian's Chromium, headless, for tests of the Control Panel: one for a file. A page that writes an error to its console, or is kept from
// something by its policy, fails the test; axe looks at what is shown, in light and dark, wide and as a phone; pictures are made when asked for.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { PATIENCE_MS, until } from './patience.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** The same engine without the window around it: two thirds of the work of the whole browser, which does where it is not there. */
const SHELL = '/usr/lib/chromium/chromium-headless-shell'
const PROGRAM = existsSync(SHELL) ? SHELL : '/usr/bin/chromium'
const PICTURES = join(import.meta.dirname, '../docs/panel')
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const
type SizeName = keyof typeof SIZES
type Scheme = 'light' | 'dark'

export interface PanelPage extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** What was wrong in the page so far: errors of its console, of its scripts, of its policy. */
  readonly wrong: readonly string[]
  /** Goes to a path of the panel, and waits until its heading is there. */
  open(path: string, heading?: string): Promise<void>
  /** Violations of WCAG 2.2 AA of what is shown now, in light and dark, wide and as a phone; leaves it light and wide. */
  look(what: string): Promise<void>
  /** `docs/panel/NAME.png` in light, dark and phone, where pictures are asked for (`npm run panel:pictures`). */
  picture(name: string): Promise<void>
}

export interface TestBrowser extends AsyncDisposable {
  /** A session of its own, as if in another browser. */
  visit(base: string): Promise<PanelPage>
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({ executablePath: PROGRAM, headless: true, args: ARGS })
  const complaints: string[] = []
  return {
    visit: (base) => visit(browser, base, complaints),
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      assert.deepEqual(complaints, [])
    },
  }
}

async function visit(browser: Browser, base: string, complaints: string[]): Promise<PanelPage> {
  const context = await browser.newContext({
    baseURL: base,
    viewport: SIZES.wide,
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(`error in the page: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    // What the server refuses is shown by the page; the browser tells it as an error, too.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) wrong.push(`console: ${message.text()}`)
  })
  await page.addInitScript({ content: TELL_VIOLATIONS })
  const own: PanelPage = {
    page,
    context,
    wrong,
    open: async (path, heading) => {
      await page.goto(path)
      await (heading === undefined ? page.locator('h1') : page.getByRole('heading', { level: 1, name: heading })).first().waitFor()
    },
    look: async (what) => {
      for (const [size, scheme] of LOOKS) {
        await show(page, size, scheme)
        await checkAccessible(page, `${what}, ${size}, ${scheme}`)
        await checkWidth(page, `${what}, ${size}`)
      }
      await show(page, 'wide', 'light')
      assert.deepEqual(wrong, [], what)
    },
    picture: async (name) => {
      if (process.env['HMS_PICTURES'] === undefined) return
      mkdirSync(PICTURES, { recursive: true })
      for (const [size, scheme] of PICTURED) {
        await show(page, size, scheme)
        const tail = size === 'phone' ? '-phone' : scheme === 'dark' ? '-dark' : ''
        // The head stays where the page was scrolled to.
        await page.evaluate('scrollTo(0, 0)')
        const height = Math.min(TALLEST, await page.evaluate<number>('document.documentElement.scrollHeight'))
        const clip = { x: 0, y: 0, width: SIZES[size].width, height }
        await page.screenshot({ path: join(PICTURES, `${name}${tail}.png`), fullPage: true, clip })
      }
      await show(page, 'wide', 'light')
    },
    [Symbol.asyncDispose]: async () => {
      await context.close()
      // Told when the browser ends: a test that failed tells its own reason.
      complaints.push(...wrong)
    },
  }
  return own
}

// These run in the page, which has names that nothing here has.
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('kept back by ' + violatedDirective + ': ' + blockedURI))`
/** Colours fade into each other; what goes round for ever is not waited for. */
const IS_STILL = `document.getAnimations().every((one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)`

const LOOKS: readonly (readonly [SizeName, Scheme])[] = [
  ['wide', 'light'],
  ['wide', 'dark'],
  ['phone', 'light'],
]
/** Of a picture: they are kept with the sources. */
const TALLEST = 1800
const PICTURED: readonly (readonly [SizeName, Scheme])[] = [
  ['wide', 'light'],
  ['wide', 'dark'],
  ['phone', 'light'],
]

async function show(page: Page, size: SizeName, colorScheme: Scheme): Promise<void> {
  await page.setViewportSize(SIZES[size])
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
  await until(() => page.evaluate<boolean>(IS_STILL), 'the page does not come to rest')
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly help: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
  }[]
  readonly passes: readonly unknown[]
}

/** By the debugger: the policy of the page keeps it from running anything itself. */
async function checkAccessible(page: Page, what: string): Promise<void> {
  // Each document has it once: to take it in takes as long as some looks.
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(AXE)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const { violations, passes } = await page.evaluate(async (values): Promise<AxeResult> => {
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResult> } }
    return axe.run({ runOnly: { type: 'tag', values }, resultTypes: ['violations'] })
  }, tags)
  assert.ok(passes.length > 5, `${what}: axe saw nothing`)
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `    ${html.slice(0, 300)}\n    ${failureSummary ?? ''}`).join('\n')}`,
  )
  assert.deepEqual(found, [], what)
}

/** Nothing stands out at the side. */
async function checkWidth(page: Page, what: string): Promise<void> {
  const [inner, whole] = await page.evaluate<[number, number]>('[innerWidth, document.documentElement.scrollWidth]')
  assert.ok(whole <= inner, `${what}: the page is ${whole} pixels wide where ${inner} are to be had`)
}
