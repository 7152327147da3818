// What can be done by the keyboard from everywhere, and the list of it. Letters alone count only where nobody types.
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { Dialog } from '../parts/dialog.tsx'
import { shell } from '../texts/shell.ts'

const words = shell.keys
const SEQUENCE_WITHIN = 1200

interface Doing {
  readonly palette: () => void
  readonly help: () => void
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

export function useKeys({ palette, help }: Doing): void {
  const navigate = useNavigate()
  const begun = useRef(0)
  useEffect(() => {
    const heard = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        return palette()
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('[role=dialog]') !== null)
        return
      const isSecond = event.timeStamp - begun.current < SEQUENCE_WITHIN
      begun.current = event.key === 'g' ? event.timeStamp : 0
      if (event.key === '?') help()
      else if (event.key === '/') {
        event.preventDefault()
        palette()
      } else if (isSecond && event.key === 'o') void navigate({ to: '/' })
      else if (isSecond && event.key === 'm') void navigate({ to: '/messages' })
    }
    document.addEventListener('keydown', heard)
    return () => document.removeEventListener('keydown', heard)
  }, [navigate, palette, help])
}

const LIST: readonly (readonly [string, readonly string[]])[] = [
  [words.palette, ['Ctrl / ⌘', 'K']],
  [words.palette, ['/']],
  [words.goOverview, ['g', words.next, 'o']],
  [words.goMessages, ['g', words.next, 'm']],
  [words.help, ['?']],
  [words.close, ['Esc']],
]

export function KeyHelp({ opened, close }: { readonly opened: boolean; readonly close: () => void }): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title}>
      <dl className="hms-facts">
        {LIST.map(([what, keys]) => (
          <div key={keys.join()}>
            <dt>{keys.map((key) => (key === words.next ? ` ${key} ` : <kbd key={key}>{key}</kbd>))}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
