import type { Pending } from './types'

interface Draft {
  text?: string
  pending?: Pending | undefined
  /** Why the pending question has no answer; without it, it is on its way. */
  failed?: string | undefined
  open?: boolean
}

/** What storage refused to keep, by storage and name; for every element of the page. */
const inPage = new Map<string, string>()

/**
 * What outlives a reload: the token for all tabs and elements, the unsent words for this one.
 *
 * Pages may forbid it; then it lasts as long as the page.
 */
export class Memory {
  constructor(
    private readonly shared: string,
    private readonly own: string,
  ) {}

  get token(): string {
    return read('localStorage', this.shared)
  }

  set token(token: string) {
    write('localStorage', this.shared, token)
  }

  get draft(): Draft {
    try {
      return JSON.parse(read('sessionStorage', this.own) || '{}')
    } catch {
      return {}
    }
  }

  keep(change: Draft): void {
    write('sessionStorage', this.own, JSON.stringify({ ...this.draft, ...change }))
  }
}

type Kind = 'localStorage' | 'sessionStorage'

function read(kind: Kind, name: string): string {
  try {
    return inPage.get(kind + name) ?? window[kind].getItem(name) ?? ''
  } catch {
    // Merely naming a forbidden storage throws.
    return ''
  }
}

function write(kind: Kind, name: string, value: string): void {
  try {
    if (value) window[kind].setItem(name, value)
    else window[kind].removeItem(name)
    inPage.delete(kind + name)
  } catch {
    inPage.set(kind + name, value)
  }
}
