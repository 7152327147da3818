// The frame around the pages: head, navigation (a drawer on phones), the page, and what is reached from everywhere.
import { ActionIcon } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { SidePanel } from '../parts/dialog.tsx'
import { Icon, Logo } from '../parts/icons.tsx'
import { common } from '../texts/common.ts'
import { shell } from '../texts/shell.ts'
import { AlarmBell } from './alarm-bell.tsx'
import { FreshFactor } from './fresh.tsx'
import { KeyHelp, useKeys } from './keys.tsx'
import { NavigationLinks } from './navigation-links.tsx'
import { rightOf } from './page-rights.ts'
import { Palette } from './palette.tsx'
import { PersonMenu } from './person-menu.tsx'
import { useMay } from './session.ts'
import '../styles/shell.css'
import '../styles/print.css'

const NotYours = lazy(async () => ({ default: (await import('./not-yours.tsx')).NotYours }))
const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

export function Shell(): ReactNode {
  const may = useMay()
  const [navigation, drawer] = useDisclosure(false)
  const [palette, finding] = useDisclosure(false)
  const [keys, help] = useDisclosure(false)
  useKeys({ palette: finding.open, help: help.open })
  const main = useRef<HTMLElement>(null)
  useFocusOnMove(main)
  return (
    <FreshFactor>
      <a className="hms-skip" href="#page">
        {common.skip}
      </a>
      <div className="hms-shell">
        <header className="hms-head">
          <ActionIcon
            className="hms-menu-button"
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={shell.openNavigation}
            onClick={drawer.open}
          >
            <Icon name="menu" />
          </ActionIcon>
          <Brand />
          <span className="hms-head-space" />
          <button type="button" className="hms-find" onClick={finding.open}>
            <Icon name="search" size={16} />
            <span>{shell.find}</span>
            <kbd>{isMac ? '⌘ K' : 'Ctrl K'}</kbd>
          </button>
          {may('status.get') && <AlarmBell />}
          <PersonMenu openKeys={help.open} />
        </header>
        <nav className="hms-nav" aria-label={shell.navigation}>
          <NavigationLinks />
        </nav>
        <main className="hms-main" id="page" tabIndex={-1} ref={main}>
          <Allowed />
        </main>
      </div>
      <SidePanel opened={navigation} close={drawer.close} title={shell.navigation}>
        <nav className="hms-nav hms-drawer-nav" aria-label={shell.navigation}>
          <NavigationLinks gone={drawer.close} />
        </nav>
      </SidePanel>
      <Palette opened={palette} close={finding.close} openKeys={help.open} />
      <KeyHelp opened={keys} close={help.close} />
    </FreshFactor>
  )
}

/** The page, where it is this person's. */
function Allowed(): ReactNode {
  const may = useMay()
  const right = useRouterState({ select: ({ matches }) => rightOf(matches.at(-1)?.fullPath ?? '') })
  if (right === null || may(...right.needs)) return <Outlet />
  return (
    <Suspense>
      <NotYours right={right} />
    </Suspense>
  )
}

function Brand(): ReactNode {
  return (
    <Link to="/" className="hms-brand">
      <Logo />
      <span>
        {common.productShort}
        <span className="hms-brand-long"> MTA Server</span>
      </span>
    </Link>
  )
}

/** Whoever goes to another page by the keyboard begins at its top, and is told its title. */
function useFocusOnMove(main: { readonly current: HTMLElement | null }): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const before = useRef(path)
  useEffect(() => {
    if (before.current !== undefined && before.current !== path) main.current?.focus({ preventScroll: true })
    before.current = path
  }, [path, main])
}
