// The search among messages, whose filters are in the address, and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { inside } from '../../app/inside.tsx'
import { searchOf } from './search.ts'

export const messagesRoute = createRoute({
  getParentRoute: () => inside,
  path: '/messages',
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import('./messages-page.tsx'), 'MessagesPage'),
})

export const messageRoute = createRoute({
  getParentRoute: () => inside,
  path: '/messages/$id',
  component: lazyRouteComponent(() => import('./message-page.tsx'), 'MessagePage'),
})
