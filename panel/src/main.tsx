// Where the panel begins: how it looks, what it remembers of the server, its pages.
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/mantine.ts'
import './styles/tokens.css'
import { newQueryClient, onSessionEnd } from './app/api.ts'
import { nonce } from './app/nonce.ts'
import { loggedOut } from './app/session.ts'
import { theme } from './app/theme.ts'
import { newRouter } from './router.tsx'

const queries = newQueryClient()
const router = newRouter(queries)
// Beside public/scheme.js, which reads it before the first paint.
const schemes = localStorageColorSchemeManager({ key: 'hms-color-scheme' })
/** Style elements of the parts count by it alone (services/panel/panel-files.ts). */
const pageNonce = nonce()
// Where the part that keeps the page behind a dialog from scrolling looks for it.
Object.assign(globalThis, { __webpack_nonce__: pageNonce })

onSessionEnd(() => {
  const { pathname, href } = router.state.location
  if (pathname === '/login' || pathname === '/first') return
  loggedOut(queries)
  void router.navigate({ to: '/login', search: { next: href, ended: true } })
})

/** Another version took over, and the files of pages that were not fetched yet are gone: the page is loaded anew. Not again and again. */
const RELOADED = 'hms-reloaded'
const NOT_BEFORE = 30_000
addEventListener('vite:preloadError', () => {
  const now = Date.now()
  if (now - Number(sessionStorage.getItem(RELOADED) ?? 0) < NOT_BEFORE) return
  sessionStorage.setItem(RELOADED, String(now))
  location.reload()
})

const place = document.getElementById('panel')
if (place === null) throw new Error('the page has no place for the panel')
createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={schemes} getStyleNonce={() => pageNonce}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
