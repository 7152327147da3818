// Some changes want a second factor that was shown a short time ago. Whoever makes one through `useFresh` is asked for it when the server
// says so, and the change is made again.
import { createContext, lazy, type ReactNode, Suspense, useContext, useMemo, useRef, useState } from 'react'
import { Dialog } from '../parts/dialog.tsx'
import { Problem } from '../../../client/src/index.ts'
import { Waiting } from '../parts/layout.tsx'
import { shell } from '../texts/shell.ts'

type Fresh = <T>(change: () => Promise<T>) => Promise<T>
/** With its fields and words, which the first page need not have. */
const Ask = lazy(async () => ({ default: (await import('./fresh-ask.tsx')).AskFresh }))
const Context = createContext<Fresh | null>(null)

/** Makes a change, and asks for the second factor where it is wanted. Rejects with what the server said where the person would not. */
export function useFresh(): Fresh {
  const fresh = useContext(Context)
  if (fresh === null) throw new Error('outside of FreshFactor')
  return fresh
}

export function FreshFactor({ children }: { readonly children: ReactNode }): ReactNode {
  const [opened, setOpened] = useState(false)
  const answer = useRef<((isShown: boolean) => void) | null>(null)
  const fresh = useMemo<Fresh>(
    () => async (change) => {
      try {
        return await change()
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'fresh-login-needed') throw error
        setOpened(true)
        const isShown = await new Promise<boolean>((resolve) => (answer.current = resolve))
        setOpened(false)
        if (!isShown) throw error
        return await change()
      }
    },
    [],
  )
  return (
    <Context value={fresh}>
      {children}
      <Dialog opened={opened} close={() => answer.current?.(false)} title={shell.fresh} isAbove>
        {opened && (
          <Suspense fallback={<Waiting lines={3} />}>
            <Ask shown={() => answer.current?.(true)} />
          </Suspense>
        )}
      </Dialog>
    </Context>
  )
}
