// What is said to whom a page is not open.
export const notYours = {
  title: 'You do not have access to this page',
  whose: (role: string, isOfServer: boolean) =>
    `It takes the role of ${role} or higher${isOfServer ? ', by a login that is not bound to one account' : ''}.`,
  role: (role: string) => `Your role is ${role}.`,
  account: (id: number) => `Your login is bound to account ${id}.`,
  mend: 'An administrator of the server can change that under Users.',
} as const
