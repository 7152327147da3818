// Lists of the API that come page after page, as one list that grows.
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query'
import type { Page } from '../../../client/src/index.ts'

export interface Listed<Row> {
  readonly rows: readonly Row[] | undefined
  readonly error: Error | null
  readonly again: () => void
  /** Null: that was the last page. */
  readonly more: (() => void) | null
  readonly isMore: boolean
}

/** `key`: what the list depends on, all of it. */
export function usePages<Row>(
  key: readonly unknown[],
  get: (after: string | undefined, signal: AbortSignal) => Promise<Page<Row>>,
): Listed<Row> {
  const list = useInfiniteQuery<Page<Row>, Error, InfiniteData<Page<Row>>, readonly unknown[], string | undefined>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => get(pageParam, signal),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  })
  return {
    rows: list.data?.pages.flatMap((page) => page.data),
    error: list.error,
    again: () => void list.refetch(),
    more: list.hasNextPage ? () => void list.fetchNextPage() : null,
    isMore: list.isFetchingNextPage,
  }
}
