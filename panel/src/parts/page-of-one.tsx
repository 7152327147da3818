// A page about one thing that is named in the address: the thing once it is there, and before that a wait, what went wrong, or that there is no
// such thing, with the way to the list.
import type { LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Problem } from '../../../client/src/index.ts'
import { ButtonLink } from './button-link.tsx'
import { Card, Empty, Page, Waiting } from './layout.tsx'
import { ProblemNotice } from './problem.tsx'

/** The query of it. */
interface Asked<One> {
  readonly data: One | undefined
  readonly error: Error | null
  readonly refetch: () => Promise<unknown>
}

interface NotThereProps {
  readonly shown: Asked<unknown>
  readonly unknown: { readonly title: string; readonly what: string; readonly back: string }
  /** Where all of them are listed. */
  readonly list: NonNullable<LinkProps['to']>
}

interface PageOfOneProps<One> extends NotThereProps {
  readonly shown: Asked<One>
  /** As long as nothing is known of it. */
  readonly title: string
  readonly children: (one: One) => ReactNode
}

/** One that was removed meanwhile is gone, whatever was known of it. */
export function PageOfOne<One>({ title, children, ...asked }: PageOfOneProps<One>): ReactNode {
  const { data, error } = asked.shown
  if (data !== undefined && !isNone(error)) return children(data)
  return (
    <Page title={title}>
      <NotThere {...asked} />
    </Page>
  )
}

/** What stands in its place on a page that has more to say. */
export function NotThere({ shown: { error, refetch }, unknown, list }: NotThereProps): ReactNode {
  if (isNone(error))
    return (
      <Empty
        icon="search"
        title={unknown.title}
        actions={
          <ButtonLink to={list} variant="default">
            {unknown.back}
          </ButtonLink>
        }
      >
        {unknown.what}
      </Empty>
    )
  if (error !== null) return <ProblemNotice error={error} again={() => void refetch()} />
  return (
    <Card>
      <Waiting lines={6} />
    </Card>
  )
}

/** It is not there, not the asker's to see, or its name is none. */
export const isNone = (error: Error | null): boolean =>
  error instanceof Problem && (error.status === 404 || error.status === 400 || error.code === 'not-yours')
