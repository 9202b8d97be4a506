import type { Pending } from './types'

interface Draft {
  text?: string
  pending?: Pending | undefined
  open?: boolean
}

/** What outlives a reload: the token for all tabs, the unsent words for this one. Pages may forbid it; then it lasts as long as the page. */
export class Memory {
  private readonly inPage = new Map<() => Storage, string>()

  constructor(private readonly name: string) {}

  get token(): string {
    return this.read(shared)
  }

  set token(token: string) {
    this.write(shared, token)
  }

  get draft(): Draft {
    try {
      return JSON.parse(this.read(own) || '{}')
    } catch {
      return {}
    }
  }

  keep(change: Draft): void {
    this.write(own, JSON.stringify({ ...this.draft, ...change }))
  }

  private read(storage: () => Storage): string {
    try {
      return this.inPage.get(storage) ?? storage().getItem(this.name) ?? ''
    } catch {
      return ''
    }
  }

  private write(storage: () => Storage, value: string): void {
    try {
      if (value) storage().setItem(this.name, value)
      else storage().removeItem(this.name)
      this.inPage.delete(storage)
    } catch {
      this.inPage.set(storage, value)
    }
  }
}

// Functions, because merely naming a forbidden storage throws.
const shared = (): Storage => localStorage
const own = (): Storage => sessionStorage
